//! How a CSV is read: what is known of it, what the caller said, what it may ask for.

use serde::{Deserialize, Serialize};

use super::dialect::Dialect;
use super::layout::Mapping;

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnRowError {
    /// It is refused, with all of them listed.
    #[default]
    Refuse,
    /// The other rows go on; the results say of each of these why it did not.
    Skip,
}

/// What the caller says about a CSV beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// How it is written.
    pub dialect: Dialect,
    /// What the caller said.
    pub hints: Hints,
}
