//! Why an image has no output: a stable code for programs, a sentence for its owner.

use std::time::Duration;

use halftone_codec::{Document, ImageError};
use tokio::task::JoinError;

use super::stage::Stage;
use crate::codes::ImageCode;
use crate::page::Page;
use crate::request::ImageFailure;
use crate::services::blobs::BlobError;
use crate::services::fetch::{FetchError, Fetched};

/// Why a try at an image failed.
#[derive(Debug, thiserror::Error)]
pub enum CompressError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It could not be recompressed.
    #[error("{}{}", .0, what_to_do(.0))]
    Image(#[from] ImageError),
    /// Something else came than a picture.
    #[error("{}{error}{}", behind(redirected_to.as_ref()), why_a_page(page.as_ref()))]
    NoPicture {
        /// The host that sent it, where a redirect led to it.
        redirected_to: Option<String>,
        /// What the codec says.
        error: ImageError,
        /// What it is, if it is a text.
        page: Option<Page>,
    },
    /// Its output could not be written.
    #[error("the output could not be stored")]
    Storage(#[from] BlobError),
    /// The codec panicked.
    #[error("the picture could not be processed: it met a fault of ours, which has been logged")]
    Panicked(#[source] JoinError),
    /// The function's time ran out first.
    #[error("the image was not done within the time of one run (CompressTimeoutSeconds)")]
    Deadline(Stage),
    /// Others were at work for as long as the run began images, or a service was slow.
    #[error("its turn did not come while the run began images")]
    NotBegun,
    /// Its host asked not to be asked for a while; when the image comes back.
    #[error("the server asks to be left alone")]
    Paused(Duration),
    /// Its request was given up meanwhile.
    #[error("the request was cancelled")]
    GivenUp,
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
    /// It was no try: it comes back after this long.
    After(Duration),
    /// Nobody wants the image any more.
    Drop,
}

/// What the owner of a picture can do about it.
fn what_to_do(error: &ImageError) -> &'static str {
    match error {
        ImageError::DecodeFailed { .. } => {
            "; open it in an image program, save it anew and put it in its place"
        }
        _ => "",
    }
}

fn behind(redirected_to: Option<&String>) -> String {
    redirected_to.map_or_else(String::new, |host| format!("behind a redirect to {host}: "))
}

/// The codec names its errors itself; a test of its own names keeps every one of them known here.
fn of_codec(error: &ImageError) -> ImageCode {
    ImageCode::of_word(error.code()).unwrap_or(ImageCode::Internal)
}

/// Why there may be a page where a picture should be, and how to find out.
fn why_a_page(page: Option<&Page>) -> String {
    match page {
        Some(page) if page.document == Document::Html => {
            let title = page.title();
            let titled = title.map_or_else(String::new, |title| format!(", titled \"{title}\""));
            format!(
                "{titled}: the server probably asks for a login or guards against hot-linking; open the \
                 address in a private window to see it"
            )
        }
        _ => "; open the address in a browser to see what the server sends".to_owned(),
    }
}

impl CompressError {
    /// Why what was fetched cannot be recompressed.
    pub(super) fn of_fetched(error: ImageError, fetched: &Fetched) -> Self {
        match error {
            ImageError::NotAnImage { .. } => Self::NoPicture {
                redirected_to: fetched.redirected_to.clone(),
                error,
                page: Page::read(&fetched.body),
            },
            _ => Self::Image(error),
        }
    }

    /// What follows.
    #[must_use]
    pub fn next(&self) -> Next {
        match self {
            Self::Paused(wait) => Next::After(*wait),
            Self::NotBegun => Next::After(Duration::ZERO),
            Self::GivenUp => Next::Drop,
            Self::Fetch(FetchError::Setup(_)) | Self::Storage(_) => Next::Later,
            Self::Deadline(Stage::Working) => Next::Retry,
            Self::Deadline(Stage::Waiting) => Next::After(Duration::ZERO),
            Self::Deadline(Stage::Storing) => Next::Later,
            Self::Fetch(error) if error.is_transient() => Next::Retry,
            Self::Fetch(_) | Self::Image(_) | Self::NoPicture { .. } | Self::Panicked(_) => {
                Next::Fail
            }
        }
    }

    /// One of the stable image error codes.
    #[must_use]
    pub fn code(&self) -> ImageCode {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Image(error) | Self::NoPicture { error, .. } => of_codec(error),
            Self::Storage(_) => ImageCode::StorageFailed,
            Self::Panicked(_) => ImageCode::Internal,
            Self::Deadline(_) | Self::NotBegun => ImageCode::Timeout,
            Self::Paused(_) => ImageCode::HttpStatus,
            Self::GivenUp => ImageCode::Cancelled,
        }
    }

    /// What is recorded and shown; the causes stay in the log.
    #[must_use]
    pub fn failure(&self) -> ImageFailure {
        ImageFailure {
            code: self.code().into(),
            message: self.to_string(),
            sniffed: self.page().map(|page| page.to_string()),
        }
    }

    /// What came instead of a picture, where that is a text.
    fn page(&self) -> Option<Page> {
        match self {
            Self::NoPicture { page, .. } => page.clone(),
            Self::Fetch(error) => match error.root() {
                FetchError::HttpStatus { page, .. } => Page::read(page),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn faults_of_ours_are_no_tries() {
        let storage = CompressError::Storage(BlobError::NotFound);
        assert_eq!(storage.next(), Next::Later);
        let waited = CompressError::Deadline(Stage::Waiting).next();
        assert_eq!(waited, Next::After(Duration::ZERO));
        assert_eq!(CompressError::Deadline(Stage::Storing).next(), Next::Later);
        assert_eq!(CompressError::Deadline(Stage::Working).next(), Next::Retry);
        let status = |status| {
            CompressError::Fetch(FetchError::HttpStatus {
                status,
                retry_after: None,
                page: "<!doctype html><title>Sign in</title>".into(),
            })
        };
        assert_eq!(status(503).next(), Next::Retry);
        assert_eq!(status(404).next(), Next::Fail);
    }

    #[test]
    fn a_failure_says_what_was_seen_and_what_to_do() {
        let failure_behind = |redirected_to: Option<&str>, bytes: &[u8]| {
            let limits = halftone_codec::PixelLimits {
                max_pixels: 100,
                max_dimension: 100,
            };
            let error = halftone_codec::inspect(bytes, &limits).unwrap_err();
            let fetched = Fetched {
                body: Bytes::copy_from_slice(bytes),
                redirected_to: redirected_to.map(str::to_owned),
                validators: None,
            };
            CompressError::of_fetched(error, &fetched).failure()
        };
        let failure = |bytes: &[u8]| failure_behind(None, bytes);
        let page = failure(b"<!doctype html><title>Sign in</title>");
        assert_eq!(page.code, "not_an_image");
        assert_eq!(
            page.sniffed.as_deref(),
            Some("text/html, title \"Sign in\"")
        );
        assert_eq!(
            page.message,
            "it is not a picture but an HTML page, titled \"Sign in\": the server probably asks for a \
             login or guards against hot-linking; open the address in a private window to see it"
        );
        let behind = failure_behind(Some("login.example"), b"<html>");
        assert!(
            behind.message.starts_with(
                "behind a redirect to login.example: it is not a picture but an HTML page: "
            ),
            "{behind:?}"
        );
        let nothing = failure(b"");
        assert_eq!(nothing.sniffed, None);
        assert_eq!(
            nothing.message,
            "it is not a picture but an empty file; open the address in a browser to see what the server \
             sends"
        );
        let cut = failure(b"\xff\xd8\xff");
        assert_eq!(cut.code, "decode_failed");
        assert!(
            cut.message
                .ends_with("save it anew and put it in its place"),
            "{cut:?}"
        );
    }

    #[test]
    fn a_page_that_came_with_a_status_is_told_too() {
        let status = FetchError::HttpStatus {
            status: 403,
            retry_after: None,
            page: "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>".into(),
        };
        let behind = FetchError::Redirected {
            host: "cdn.example".to_owned(),
            source: Box::new(status),
        };
        let failure = CompressError::Fetch(behind).failure();
        let sniffed = "application/xml, code \"AccessDenied\"";
        assert_eq!(failure.sniffed.as_deref(), Some(sniffed));
        assert!(
            failure.message.starts_with(
                "behind a redirect to cdn.example: the server answered with status 403"
            ),
            "{failure:?}"
        );
    }
}
