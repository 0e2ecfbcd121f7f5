//! Reads the CSV of products: which columns, which rows, which URLs; no I/O of its own.
//!
//! Forgiving about form: delimiter, encoding, titles above the header, any known shop's columns or
//! those that the caller names. Strict about content: what a row holds is read, or the row is refused
//! with its line and its reason; nothing is dropped without a word.

mod bookmark;
mod dialect;
mod encoding;
mod error;
mod layout;
mod reading;
mod records;
mod rows;
mod systems;
mod understood;
mod urls;
mod workbook;

pub use bookmark::Bookmark;
pub use dialect::{Delimiter, Dialect};
pub use encoding::{Encoding, EncodingFault, Look, Looking};
pub use error::{ManifestError, RowError};
pub use layout::{Layout, Mapping};
pub use reading::{Hints, ManifestLimits, OnRowError, Reading};
pub use records::{Record, Records};
pub use rows::{Place, Product, ProductError, Row, Rows, places};
pub use systems::FurtherRows;
pub use understood::{FirstImage, Understood, digest, validate};
pub use workbook::{Workbook, WorkbookError, is_zip};

#[cfg(test)]
mod tests;
