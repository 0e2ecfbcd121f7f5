//! Why a TIFF could not be decoded.

use thiserror::Error;

/// Everything that can be wrong with a TIFF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TiffError {
    /// It breaks the rules, or ends too early.
    #[error("{0}")]
    Damaged(&'static str),
    /// A picture of a kind that is not read here, as the end of a sentence: it is …
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

impl TiffError {
    /// What all data that ends too early is.
    pub const TOO_SHORT: Self = Self::Damaged("a strip or tile ends too early");
}
