//! Why an image has no output: a stable code for programs, a sentence for its owner.

use std::time::Duration;

use halftone_codec::ImageError;
use tokio::task::JoinError;

use crate::request::ImageFailure;
use crate::services::blobs::BlobError;
use crate::services::fetch::FetchError;

/// What an image was at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for its host's turn or for memory: nothing was tried yet.
    Waiting,
    /// Being fetched or recompressed.
    Working,
    /// Its output being written.
    Storing,
}

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
    #[error("the picture could not be processed: it met a fault of ours, which has been logged")]
    Panicked(#[source] JoinError),
    /// The function's time ran out first.
    #[error("the image was not done within the time of one run (CompressTimeoutSeconds)")]
    Deadline(Stage),
    /// Its host asked not to be asked for a while; when the image comes back.
    #[error("the server asks to be left alone")]
    Paused(Duration),
}

/// What follows from a failed try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The image has failed for good.
    Fail,
    /// It was a try, and the next may go better.
    Retry,
    /// It was no try: a service of ours failed, or nothing was begun. Later, however often.
    Later,
    /// It was no try: its host is asked after this long.
    After(Duration),
}

impl CompressError {
    /// What follows.
    #[must_use]
    pub fn next(&self) -> Next {
        match self {
            Self::Paused(wait) => Next::After(*wait),
            Self::Fetch(FetchError::Setup(_)) | Self::Storage(_) => Next::Later,
            Self::Deadline(Stage::Working) => Next::Retry,
            Self::Deadline(Stage::Waiting | Stage::Storing) => Next::Later,
            Self::Fetch(error) if error.is_transient() => Next::Retry,
            Self::Fetch(_) | Self::Image(_) | Self::Panicked(_) => Next::Fail,
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
            Self::Deadline(_) => "timeout",
            Self::Paused(_) => "http_status",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_ours_are_no_tries() {
        let storage = CompressError::Storage(BlobError::NotFound);
        assert_eq!(storage.next(), Next::Later);
        assert_eq!(CompressError::Deadline(Stage::Waiting).next(), Next::Later);
        assert_eq!(CompressError::Deadline(Stage::Storing).next(), Next::Later);
        assert_eq!(CompressError::Deadline(Stage::Working).next(), Next::Retry);
        let status = |status| {
            CompressError::Fetch(FetchError::HttpStatus {
                status,
                retry_after: None,
            })
        };
        assert_eq!(status(503).next(), Next::Retry);
        assert_eq!(status(404).next(), Next::Fail);
    }
}
