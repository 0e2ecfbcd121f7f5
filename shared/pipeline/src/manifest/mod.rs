//! Reads the CSV of products: which columns, which rows, which URLs; no I/O of its own.
//!
//! Forgiving about form: delimiter, encoding, titles above the header, any known shop's columns or
//! those that the caller names. Strict about content: what a row holds is read, or the row is refused
//! with its line and its reason; nothing is dropped without a word.

mod dialect;
mod encoding;
mod error;
mod layout;
mod records;
mod rows;
mod systems;
mod understood;
mod urls;
mod workbook;

pub use dialect::{Delimiter, Dialect};
pub use encoding::{Encoding, Look};
pub use error::{ManifestError, RowError};
pub use layout::{Layout, Mapping};
pub use records::{Record, Records};
pub use rows::{Place, Product, ProductError, Row, Rows, places};
pub use understood::{FirstImage, Understood, digest, validate};
pub use workbook::{is_zip, to_csv as workbook_to_csv};

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

/// What becomes of a CSV some of whose rows are mistakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnRowError {
    /// It is refused, with all of them listed.
    #[default]
    Refuse,
    /// The other rows go on; the results say of each of these why it did not.
    Skip,
}

/// What the caller says about a CSV beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hints {
    /// Which columns are which.
    #[serde(default)]
    pub mapping: Mapping,
    /// Where relative image paths begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_base: Option<String>,
    /// What becomes of rows that are mistakes.
    #[serde(default)]
    pub on_row_error: OnRowError,
}

/// How an accepted CSV is read, kept with its request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// How it is written.
    pub dialect: Dialect,
    /// What the caller said.
    pub hints: Hints,
}

#[cfg(test)]
mod tests;
