//! What can go wrong while fetching, and whether trying again may help.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use thiserror::Error;

use super::address::BlockedAddress;
use super::resolver::ResolveError;
use crate::url::UrlFault;

/// What was being waited for when the time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A connection: name resolution, TCP and TLS.
    Connect,
    /// The head of the answer, or the next part of its body.
    Data,
    /// The end of the whole exchange, redirects included.
    Whole,
}

impl Wait {
    /// The template's parameter that says how long.
    fn parameter(self) -> &'static str {
        match self {
            Self::Connect => " (FetchConnectTimeoutSeconds)",
            Self::Data => " (FetchIdleTimeoutSeconds)",
            Self::Whole => " (FetchTotalTimeoutSeconds)",
        }
    }
}

/// What the statuses that shops meet most mean for them.
fn status_in_words(status: u16) -> &'static str {
    match status {
        401 | 403 => ": it does not let strangers see the picture",
        404 | 410 => ": there is no picture at this address",
        429 => ": it is asked too often",
        _ => "",
    }
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "connection",
            Self::Data => "data",
            Self::Whole => "end of the exchange",
        })
    }
}

/// Why something was not fetched or posted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL, or one that it redirects to, cannot be used.
    #[error("the URL cannot be used: {0}")]
    InvalidUrl(#[from] UrlFault),
    /// The address is not a public one and not in an allowed network.
    #[error(
        "the address is not a public one; others are fetched from only where AllowedNetworks covers them"
    )]
    BlockedAddress(#[from] BlockedAddress),
    /// The host's name did not resolve.
    #[error("the host's name did not resolve")]
    DnsFailed(#[source] Box<reqwest::Error>),
    /// No connection came about.
    #[error("no connection could be made")]
    ConnectFailed(#[source] Box<reqwest::Error>),
    /// The server's certificate is not valid for the host.
    #[error("the server's certificate was refused")]
    CertificateRefused(#[source] Box<reqwest::Error>),
    /// The connection broke, or what came over it was not HTTP, before the answer was complete.
    #[error("the answer broke off")]
    Broken(#[source] Box<reqwest::Error>),
    /// A time limit passed.
    #[error("no {wait} within {} s{}", .limit.as_secs_f32(), wait.parameter())]
    Timeout {
        /// What was being waited for.
        wait: Wait,
        /// The limit that passed.
        limit: Duration,
    },
    /// The server answered with something other than success.
    #[error("the server answered with status {status}{}", status_in_words(*status))]
    HttpStatus {
        /// The status code.
        status: u16,
        /// When the server asks to be left alone until, counted from its answer.
        retry_after: Option<Duration>,
    },
    /// More redirects than allowed.
    #[error("there are more than {limit} redirects on the way, the most that are followed")]
    TooManyRedirects {
        /// The limit that was passed.
        limit: u8,
    },
    /// The body is larger than allowed.
    #[error("the file is larger than {limit} bytes, the most that are taken (MaxImageBytes)")]
    TooLarge {
        /// The limit that was passed, in bytes.
        limit: u64,
    },
    /// The HTTP client itself could not be set up: a fault of the installation, not of the URL.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] Box<dyn StdError + Send + Sync>),
}

impl FetchError {
    /// The stable name that clients see.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUrl(_) => "invalid_url",
            Self::BlockedAddress(_) => "blocked_address",
            Self::DnsFailed(_) => "dns_failed",
            Self::ConnectFailed(_) | Self::CertificateRefused(_) | Self::Broken(_) => {
                "connect_failed"
            }
            Self::Timeout { .. } => "timeout",
            Self::HttpStatus { .. } => "http_status",
            Self::TooManyRedirects { .. } => "too_many_redirects",
            Self::TooLarge { .. } => "too_large",
            Self::Setup(_) => "internal",
        }
    }

    /// Whether the same call may succeed later.
    ///
    /// A name that does not resolve counts as transient: the system resolver does not tell "no such name" from
    /// "no answer" by type.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::DnsFailed(_)
            | Self::ConnectFailed(_)
            | Self::Broken(_)
            | Self::Timeout { .. }
            | Self::Setup(_) => true,
            Self::HttpStatus { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::InvalidUrl(_)
            | Self::BlockedAddress(_)
            | Self::CertificateRefused(_)
            | Self::TooManyRedirects { .. }
            | Self::TooLarge { .. } => false,
        }
    }

    /// Sorts an error of the HTTP client by the types in its chain of sources. Its URL is dropped: it may hold secrets.
    pub(super) fn from_client(error: reqwest::Error, connect_limit: Duration) -> Self {
        let boxed = |error: reqwest::Error| Box::new(error.without_url());
        match find::<ResolveError>(&error) {
            Some(ResolveError::Blocked(blocked)) => return Self::BlockedAddress(*blocked),
            Some(_) => return Self::DnsFailed(boxed(error)),
            None => {}
        }
        if let Some(rustls::Error::InvalidCertificate(_)) = find(&error) {
            Self::CertificateRefused(boxed(error))
        } else if !error.is_connect() {
            Self::Broken(boxed(error))
        } else if error.is_timeout() {
            Self::Timeout {
                wait: Wait::Connect,
                limit: connect_limit,
            }
        } else {
            Self::ConnectFailed(boxed(error))
        }
    }
}

/// The first error of type `T` among `error`'s sources.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // `io::Error::source` steps over the very error it wraps.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> FetchError {
        FetchError::HttpStatus {
            status,
            retry_after: None,
        }
    }

    #[test]
    fn statuses_that_may_pass_are_transient() {
        for code in [408, 425, 429, 500, 502, 503, 504, 521, 599] {
            assert!(status(code).is_transient(), "{code}");
        }
        for code in [304, 400, 401, 403, 404, 410, 415, 451] {
            assert!(!status(code).is_transient(), "{code}");
        }
    }

    #[test]
    fn wrapped_errors_are_found_by_type() {
        let inner = rustls::Error::DecryptError;
        let error = io::Error::other(io::Error::other(inner.clone()));
        assert_eq!(find::<rustls::Error>(&error), Some(&inner));
        assert!(find::<ResolveError>(&error).is_none());
    }
}
