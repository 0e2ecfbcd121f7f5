//! Why an AVIF could not be decoded.

use thiserror::Error;

/// Everything that can be wrong with an AVIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AvifError {
    /// It breaks the rules, or ends too early.
    #[error("{0}")]
    Damaged(&'static str),
    /// A picture of a kind that is not read here, as the end of a sentence: it is …
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}
