//! Reads the CSV of products: which columns, which rows, which URLs; no I/O of its own.
//!
//! Forgiving about form (case, spaces and punctuation of the header, a byte order mark, blank
//! lines, URLs that spill into further columns), strict about content: every row needs at least
//! one URL that can be fetched.

mod columns;
mod error;
mod records;
mod urls;

use std::io::{Chain, Cursor, Read};

pub use columns::Column;
use columns::Columns;
pub use error::{ManifestError, RowError};
use records::{Record, Records};

/// One row of the CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Line its row starts on, counted from 1 (the header).
    pub row: u64,
    /// The `S. No.` cell.
    pub serial_number: String,
    /// The `Product Name` cell.
    pub name: String,
    /// Its images, in order; never empty.
    pub urls: Vec<String>,
}

/// How much one CSV may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManifestLimits {
    /// Rows, without the header.
    pub max_rows: u64,
    /// URLs in one row.
    pub max_urls_per_row: usize,
    /// URLs in all rows.
    pub max_images: u64,
    /// Bytes of each cell that is kept with every image: serial number and product name.
    pub max_cell_bytes: usize,
}

/// What a valid CSV holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Rows, without the header.
    pub rows: u64,
    /// URLs in all rows.
    pub images: u64,
    /// Name of the first product.
    pub product_name: String,
}

/// Why the next product could not be read.
#[derive(Debug)]
pub enum ProductError {
    /// This row is unusable; the next one may be read.
    Row(RowError),
    /// Nothing further can be read.
    Fatal(ManifestError),
}

/// The products of a CSV, one at a time: memory does not grow with the file.
pub struct Manifest<R> {
    records: Records<Chain<Cursor<Vec<u8>>, R>>,
    columns: Columns,
    limits: ManifestLimits,
    rows: u64,
    images: u64,
}

impl<R: Read> Manifest<R> {
    /// Reads the header of `source`.
    ///
    /// # Errors
    /// When there is no header, it is not UTF-8, or a needed column is missing.
    pub fn open(source: R, limits: ManifestLimits) -> Result<Self, ManifestError> {
        let mut records = Records::new(without_byte_order_mark(source)?, b',');
        let mut header = Record::default();
        loop {
            if !records.read(&mut header)? {
                return Err(ManifestError::Empty);
            }
            if !header.is_blank() {
                break;
            }
        }
        let columns = Columns::find(&header)?;
        Ok(Self {
            records,
            columns,
            limits,
            rows: 0,
            images: 0,
        })
    }

    /// The next product, or `None` after the last.
    ///
    /// # Errors
    /// [`ProductError::Row`] for a row that cannot be used, [`ProductError::Fatal`] when reading
    /// cannot go on.
    pub fn next_product(&mut self) -> Result<Option<Product>, ProductError> {
        let mut record = Record::default();
        loop {
            let more = self.records.read(&mut record);
            if !more.map_err(|source| ProductError::Fatal(source.into()))? {
                return Ok(None);
            }
            if !record.is_blank() {
                break;
            }
        }
        if self.rows == self.limits.max_rows {
            let max = self.limits.max_rows;
            return Err(ProductError::Fatal(ManifestError::TooManyRows { max }));
        }
        self.rows += 1;
        let product = self.product(&record).map_err(ProductError::Row)?;
        self.images += product.urls.len() as u64;
        if self.images > self.limits.max_images {
            let max = self.limits.max_images;
            return Err(ProductError::Fatal(ManifestError::TooManyImages { max }));
        }
        Ok(Some(product))
    }

    fn product(&self, record: &Record) -> Result<Product, RowError> {
        let row = record.line;
        let cells = record
            .cells()
            .map(std::str::from_utf8)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| RowError::not_utf8(row))?;
        let urls = self
            .columns
            .urls(&cells)
            .flat_map(urls::split)
            .collect::<Vec<_>>();
        urls::check(row, &urls, self.limits.max_urls_per_row)?;
        Ok(Product {
            row,
            serial_number: self.kept(row, &cells, Column::SerialNumber)?,
            name: self.kept(row, &cells, Column::ProductName)?,
            urls: urls.into_iter().map(str::to_owned).collect(),
        })
    }

    /// A cell that is kept with every image of its row.
    fn kept(&self, row: u64, cells: &[&str], column: Column) -> Result<String, RowError> {
        let cell = self.columns.cell(cells, column);
        let max = self.limits.max_cell_bytes;
        if cell.len() > max {
            return Err(RowError::cell_too_long(
                row,
                column.title(),
                cell.len(),
                max,
            ));
        }
        Ok(cell.to_owned())
    }
}

/// Passes over the mark that some programs put in front of UTF-8.
fn without_byte_order_mark<R: Read>(mut source: R) -> std::io::Result<Chain<Cursor<Vec<u8>>, R>> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let mut start = Vec::new();
    source
        .by_ref()
        .take(MARK.len() as u64)
        .read_to_end(&mut start)?;
    if start == MARK {
        start.clear();
    }
    Ok(Cursor::new(start).chain(source))
}

/// Reads the whole of `source` and reports every row error at once.
///
/// # Errors
/// [`ManifestError::Rows`] with all unusable rows, or whatever made reading stop.
pub fn validate<R: Read>(source: R, limits: ManifestLimits) -> Result<Summary, ManifestError> {
    let mut manifest = Manifest::open(source, limits)?;
    let mut summary = Summary {
        rows: 0,
        images: 0,
        product_name: String::new(),
    };
    let mut errors = RowErrors::default();
    loop {
        match manifest.next_product() {
            Ok(None) => break,
            Ok(Some(product)) => {
                summary.images += product.urls.len() as u64;
                if summary.rows == 0 {
                    summary.product_name = product.name;
                }
                summary.rows += 1;
            }
            Err(ProductError::Row(error)) => errors.push(error),
            Err(ProductError::Fatal(error)) => return Err(error),
        }
    }
    errors.into_result()?;
    if summary.rows == 0 {
        Err(ManifestError::NoProducts)
    } else {
        Ok(summary)
    }
}

/// Row errors kept for one answer; a file that is wrong throughout must not fill the memory.
const MAX_ROW_ERRORS: usize = 10_000;

#[derive(Default)]
struct RowErrors {
    kept: Vec<RowError>,
    total: u64,
}

impl RowErrors {
    fn push(&mut self, error: RowError) {
        self.total += 1;
        if self.kept.len() < MAX_ROW_ERRORS {
            self.kept.push(error);
        }
    }

    fn into_result(self) -> Result<(), ManifestError> {
        if self.total == 0 {
            return Ok(());
        }
        Err(ManifestError::Rows {
            errors: self.kept,
            total: self.total,
        })
    }
}

#[cfg(test)]
mod tests;
