//! A request's results: what became of each row of the input, in the forms they are given in; no I/O.
//!
//! Rows without an image, and rows that were skipped, say so. Columns of the input that are none of ours
//! follow as they were.

pub mod csv;
pub mod json;
pub mod zip;

use crate::manifest::RowError;
use crate::request::{ImageFailure, ImageStatus};

/// What became of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageResult {
    /// Where it was fetched.
    pub input_url: String,
    /// Where its output is; `None` unless it succeeded.
    pub output_url: Option<String>,
    /// How it ended.
    pub status: ImageStatus,
    /// Why it failed; `None` unless it did.
    pub error: Option<ImageFailure>,
    /// The source's picture was kept, since recompressing did not make it smaller.
    pub kept: bool,
    /// Its output is an earlier request's, since its source has not changed.
    pub unchanged: bool,
    /// What of its picture is not in its output, a sentence each.
    pub notes: Vec<String>,
    /// The round of its request in which it ended.
    pub round: u32,
    /// Bytes fetched, where anything was.
    pub bytes_in: Option<u64>,
    /// Bytes written; `None` unless it succeeded.
    pub bytes_out: Option<u64>,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowResult<'a> {
    /// A product's images, in order.
    Images(Vec<ImageResult>),
    /// It has none.
    NoImage,
    /// It could not be used.
    Skipped(&'a RowError),
}

/// One row of the input, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReport<'a> {
    /// Line it starts on, counted from 1.
    pub row: u64,
    /// The product's id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What became of it.
    pub result: RowResult<'a>,
    /// Its further columns, each with its title.
    pub further: Vec<(&'a str, &'a str)>,
}
