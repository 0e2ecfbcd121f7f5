//! Which cell of a record is which, read off the header.

use super::ManifestError;
use super::records::Record;

/// A column the product knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `S. No.`, also `Serial Number`.
    SerialNumber,
    /// `Product Name`.
    ProductName,
    /// `Input Image Urls`.
    InputImageUrls,
}

impl Column {
    /// The header cell as it is documented.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SerialNumber => "S. No.",
            Self::ProductName => "Product Name",
            Self::InputImageUrls => "Input Image Urls",
        }
    }

    /// Recognises a header cell whatever its case, spacing and punctuation.
    fn of_header(cell: &str) -> Option<Self> {
        let letters: String = cell
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        match letters.as_str() {
            "sno" | "serialno" | "serialnumber" => Some(Self::SerialNumber),
            "productname" => Some(Self::ProductName),
            "inputimageurls" | "inputimageurl" => Some(Self::InputImageUrls),
            _ => None,
        }
    }
}

/// Places of the known columns.
#[derive(Debug)]
pub(super) struct Columns {
    serial_number: usize,
    product_name: usize,
    urls: usize,
    /// The URL column is the last one, so cells beyond the header are more URLs.
    urls_spill: bool,
}

impl Columns {
    pub(super) fn find(header: &Record) -> Result<Self, ManifestError> {
        let titles = header
            .cells()
            .map(std::str::from_utf8)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| ManifestError::HeaderNotUtf8)?;
        let place = |column: Column| {
            titles
                .iter()
                .position(|title| Column::of_header(title) == Some(column))
                .ok_or(ManifestError::MissingColumn {
                    title: column.title(),
                })
        };
        let urls = place(Column::InputImageUrls)?;
        Ok(Self {
            serial_number: place(Column::SerialNumber)?,
            product_name: place(Column::ProductName)?,
            urls,
            urls_spill: titles[urls + 1..]
                .iter()
                .all(|title| title.trim().is_empty()),
        })
    }

    /// The trimmed cell of a column; empty when the record is too short.
    pub(super) fn cell<'a>(&self, cells: &[&'a str], column: Column) -> &'a str {
        let place = match column {
            Column::SerialNumber => self.serial_number,
            Column::ProductName => self.product_name,
            Column::InputImageUrls => self.urls,
        };
        cells.get(place).map_or("", |cell| cell.trim())
    }

    /// The cells that hold URLs.
    pub(super) fn urls<'a>(&self, cells: &[&'a str]) -> impl Iterator<Item = &'a str> {
        let end = if self.urls_spill {
            cells.len()
        } else {
            self.urls + 1
        };
        cells
            .get(self.urls..end.min(cells.len()))
            .unwrap_or_default()
            .to_vec()
            .into_iter()
    }
}
