//! Why an image has no output: a stable code for programs, a sentence for its owner.

use tokio::task::JoinError;

use crate::request::ImageFailure;
use crate::services::blobs::BlobError;
use crate::services::fetch::FetchError;
use halftone_codec::ImageError;

/// Why a try at an image failed.
#[derive(Debug, thiserror::Error)]
pub enum CompressError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It could not be recompressed.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Its output could not be written.
    #[error("the output could not be stored")]
    Storage(#[from] BlobError),
    /// The codec panicked.
    #[error("the image could not be processed")]
    Panicked(#[source] JoinError),
    /// The function's time ran out first.
    #[error("the image was not done in time")]
    Deadline,
}

impl CompressError {
    /// Whether the next try may go better.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Fetch(error) => error.is_transient(),
            Self::Image(_) | Self::Panicked(_) => false,
            Self::Storage(_) | Self::Deadline => true,
        }
    }

    /// One of the stable image error codes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Image(error) => error.code(),
            Self::Storage(_) => "storage_failed",
            Self::Panicked(_) => "internal",
            Self::Deadline => "timeout",
        }
    }

    /// What is recorded and shown; the causes stay in the log.
    #[must_use]
    pub fn failure(&self) -> ImageFailure {
        ImageFailure {
            code: self.code().to_owned(),
            message: self.to_string(),
        }
    }
}
