//! What can be wrong with a CSV, in words fit for its sender.

use serde::{Deserialize, Serialize};

use super::encoding::EncodingFault;
use super::records::RecordError;
use super::workbook::WorkbookError;
use crate::url::UrlFault;

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// Line the row starts on, counted from 1 (the header).
    pub line: u64,
    /// Stable: `no_url`, `invalid_url`, `too_many_urls`, `cell_too_long` or `too_many_cells`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

impl RowError {
    fn new(line: u64, code: &str, message: String) -> Self {
        Self {
            line,
            code: code.to_owned(),
            message,
        }
    }

    pub(super) fn no_url(line: u64) -> Self {
        Self::new(line, "no_url", "the row has no image URL".to_owned())
    }

    pub(super) fn invalid_url(line: u64, url: &str, fault: &UrlFault, advice: &str) -> Self {
        // A cell may hold anything, of any length: show enough to find it.
        let shown: String = url.chars().take(200).collect();
        let message = format!("\"{shown}\" cannot be fetched: {fault}{advice}");
        Self::new(line, "invalid_url", message)
    }

    pub(super) fn too_many_cells(line: u64, cells: usize, width: usize) -> Self {
        let message = format!(
            "the row has {cells} cells where the header has {width}; put a cell that holds the \
             delimiter into quotes"
        );
        Self::new(line, "too_many_cells", message)
    }

    pub(super) fn cell_too_long(line: u64, what: &str, bytes: usize, max: usize) -> Self {
        let message = format!(
            "the product's {what} has {bytes} bytes; at most {max} are taken (MaxCellBytes)"
        );
        Self::new(line, "cell_too_long", message)
    }

    pub(super) fn too_many_urls(line: u64, count: usize, max: usize) -> Self {
        let message =
            format!("the row has {count} image URLs; at most {max} are taken (MaxUrlsPerRow)");
        Self::new(line, "too_many_urls", message)
    }
}

/// Why a CSV is refused as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No bytes, or only blank ones.
    #[error("the file is empty")]
    Empty,
    /// A header and nothing under it.
    #[error("the file has a header but no products")]
    NoProducts,
    /// Another kind of file.
    #[error("the file is {kind}, not a CSV; export or save it as CSV")]
    OtherKind {
        /// What it is, with its article.
        kind: &'static str,
    },
    /// A workbook that is too large to be read.
    #[error("a workbook may have {max} bytes; save it as CSV")]
    LargeWorkbook {
        /// The bound.
        max: u64,
    },
    /// A workbook that cannot be read.
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    /// Nothing in the header says where the images are.
    #[error(
        "the header has no column \"{title}\"; its columns are {found}. Rename them to S. No., Product \
         Name, Input Image Urls, or say which are which with the fields imageColumns, nameColumn and \
         idColumn (names or letters, such as {example})"
    )]
    MissingColumn {
        /// The documented title of the column.
        title: &'static str,
        /// The columns there are, quoted.
        found: String,
        /// A mapping that would help.
        example: String,
    },
    /// The first row is a product.
    #[error(
        "the file has no header: its first row ({row}) is a product; put a row of titles above it, such \
         as S. No., Product Name, Input Image Urls"
    )]
    NoHeader {
        /// The row's cells, quoted.
        row: String,
    },
    /// A column that the caller named is not there.
    #[error("there is no column \"{name}\"; the columns are {found}")]
    NoSuchColumn {
        /// What the caller named.
        name: String,
        /// The columns there are, quoted.
        found: String,
    },
    /// Rows, and no image in any of them.
    #[error("no row has an image URL under {columns}")]
    NoImages {
        /// The image columns, quoted.
        columns: String,
    },
    /// More rows than are taken.
    #[error(
        "the file has more than {max} rows, the most taken this way; larger files are announced \
         or go through the drop bucket (limits: MaxUploadRows, MaxDropRows)"
    )]
    TooManyRows {
        /// The bound.
        max: u64,
    },
    /// More images than are taken.
    #[error(
        "the file has more than {max} image URLs, the most taken in one request \
         (MaxImagesPerRequest); split it"
    )]
    TooManyImages {
        /// The bound.
        max: u64,
    },
    /// Rows that cannot be used.
    #[error("{}", rows_in_words(*.total))]
    Rows {
        /// Each with its line, in order; the first 10,000.
        errors: Vec<RowError>,
        /// All of them.
        total: u64,
    },
    /// The text is no CSV, or the source failed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The text is damaged.
    #[error(transparent)]
    Encoding(#[from] EncodingFault),
    /// What is wrong with the one sheet of a workbook that is read.
    #[error("{error}. {note}")]
    Sheet {
        /// What is wrong.
        error: Box<Self>,
        /// Which sheet it is, and which others there are.
        note: String,
    },
}

/// A number of rows that cannot be used, as a person would say it.
fn rows_in_words(total: u64) -> String {
    match total {
        1 => "1 row cannot be used".to_owned(),
        total => format!("{total} rows cannot be used"),
    }
}

impl From<std::io::Error> for ManifestError {
    fn from(error: std::io::Error) -> Self {
        Self::Record(error.into())
    }
}

impl ManifestError {
    /// The stable code clients see.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::NoProducts => "no_products",
            Self::OtherKind { .. } | Self::Workbook(WorkbookError::OtherKind { .. }) => "not_a_csv",
            Self::Workbook(_) | Self::LargeWorkbook { .. } => "unusable_workbook",
            Self::MissingColumn { .. } | Self::NoHeader { .. } => "missing_column",
            Self::NoSuchColumn { .. } => "no_such_column",
            Self::NoImages { .. } => "no_images",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::TooManyImages { .. } => "too_many_images",
            Self::Rows { .. } => "invalid_rows",
            Self::Record(_) | Self::Encoding(_) => "malformed_csv",
            Self::Sheet { error, .. } => error.code(),
        }
    }

    /// The rows to blame, where rows are.
    #[must_use]
    pub fn rows(&self) -> &[RowError] {
        match self {
            Self::Rows { errors, .. } => errors,
            Self::Sheet { error, .. } => error.rows(),
            _ => &[],
        }
    }

    /// Whether the source failed rather than its content: the same bytes may be read again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Record(RecordError::Read(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_in_words_that_fit() {
        let said = |total| {
            let errors = vec![RowError::no_url(2)];
            ManifestError::Rows { errors, total }.to_string()
        };
        assert_eq!(said(1), "1 row cannot be used");
        assert_eq!(said(2), "2 rows cannot be used");
    }
}
