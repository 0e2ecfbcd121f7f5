//! What can go wrong while fetching, and whether trying again may help.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use super::address::BlockedAddress;
use super::ports::BlockedPort;
use super::resolver::ResolveError;
use super::status;
use super::tls::TlsFault;
use crate::codes::ImageCode;
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
    /// A connection to a webhook's receiver.
    Receiver,
    /// The answer of a webhook's receiver.
    Answer,
}

impl Wait {
    /// The template's parameter that says how long, where there is one.
    fn parameter(self) -> &'static str {
        match self {
            Self::Connect => " (FetchConnectTimeoutSeconds)",
            Self::Data => " (FetchIdleTimeoutSeconds)",
            Self::Whole => " (FetchTotalTimeoutSeconds)",
            Self::Receiver => "",
            Self::Answer => " (WebhookTimeoutSeconds)",
        }
    }
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect | Self::Receiver => "connection",
            Self::Data => "data",
            Self::Whole => "end of the exchange",
            Self::Answer => "answer",
        })
    }
}

/// Why something was not fetched or posted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL cannot be used.
    #[error("the URL cannot be used: {0}")]
    InvalidUrl(#[from] UrlFault),
    /// The URL that the server redirects to cannot be used.
    #[error("the server redirects to an address that cannot be used: {0}")]
    InvalidRedirect(#[source] UrlFault),
    /// The address is not a public one and not in an allowed network.
    #[error(
        "the address is not a public one; others are fetched from only where AllowedNetworks covers them"
    )]
    BlockedAddress(#[from] BlockedAddress),
    /// The port is none that may be connected to.
    #[error("the address cannot be used: {0}")]
    BlockedPort(#[from] BlockedPort),
    /// The host's name did not resolve.
    #[error("the host's name did not resolve; check how it is spelt")]
    DnsFailed(#[source] Box<reqwest::Error>),
    /// No connection came about.
    #[error("no connection could be made: the server is down, or lets nobody in at this port")]
    ConnectFailed(#[source] Box<reqwest::Error>),
    /// The server's TLS cannot be used.
    #[error("the server cannot be reached over https: {fault}")]
    TlsFailed {
        /// What is wrong with it.
        fault: TlsFault,
        /// The client's error.
        source: Box<reqwest::Error>,
    },
    /// The connection broke, or what came over it was not HTTP, before the head of the answer was complete.
    #[error("the server closed the connection, or sent what is not HTTP, instead of an answer")]
    NoAnswer(#[source] Box<reqwest::Error>),
    /// The connection broke before the body was complete.
    #[error("the answer broke off after {came}{} bytes", of(*.declared))]
    Broken {
        /// How many bytes had come.
        came: u64,
        /// How many the server had announced, if it had.
        declared: Option<u64>,
        /// The client's error.
        source: Box<reqwest::Error>,
    },
    /// A time limit passed.
    #[error("no {wait} within {} s{}", .limit.as_secs_f32(), wait.parameter())]
    Timeout {
        /// What was being waited for.
        wait: Wait,
        /// The limit that passed.
        limit: Duration,
    },
    /// The server answered with something other than success.
    #[error("{}", status::sentence(*status))]
    HttpStatus {
        /// The status code.
        status: u16,
        /// When the server asks to be left alone until, counted from its answer.
        retry_after: Option<Duration>,
        /// The beginning of what it sent with it.
        page: Bytes,
    },
    /// More redirects than allowed.
    #[error(
        "there are more than {limit} redirects on the way, the most that are followed; give the address \
         that they end at"
    )]
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
    /// The body is packed in a way that is not known here.
    #[error(
        "the server packs the file as {0} (Content-Encoding) without being asked to, which is not \
         unpacked here; have it send pictures as they are"
    )]
    UnknownCoding(&'static str),
    /// The body was packed, and is damaged or ends too early.
    #[error(
        "the server says that it packs the file as {0} (Content-Encoding), and what it sends is \
         damaged or incomplete; have it send pictures as they are"
    )]
    DamagedCoding(&'static str),
    /// Another host than the URL's failed.
    #[error("behind a redirect to {host}: {source}")]
    Redirected {
        /// The host that failed, with its port where it is not the usual one.
        host: String,
        /// Why.
        source: Box<Self>,
    },
    /// The HTTP client itself could not be set up: a fault of the installation, not of the URL.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] Box<dyn StdError + Send + Sync>),
}

fn of(declared: Option<u64>) -> String {
    declared.map_or_else(String::new, |declared| format!(" of {declared}"))
}

impl FetchError {
    /// The stable name that clients see.
    #[must_use]
    pub fn code(&self) -> ImageCode {
        match self {
            Self::InvalidUrl(_) | Self::InvalidRedirect(_) => ImageCode::InvalidUrl,
            Self::BlockedAddress(_) => ImageCode::BlockedAddress,
            Self::BlockedPort(_) => ImageCode::BlockedPort,
            Self::DnsFailed(_) => ImageCode::DnsFailed,
            Self::ConnectFailed(_) | Self::NoAnswer(_) | Self::Broken { .. } => {
                ImageCode::ConnectFailed
            }
            Self::TlsFailed { .. } => ImageCode::TlsFailed,
            Self::Timeout { .. } => ImageCode::Timeout,
            Self::HttpStatus { .. } => ImageCode::HttpStatus,
            Self::TooManyRedirects { .. } => ImageCode::TooManyRedirects,
            Self::TooLarge { .. } => ImageCode::TooLarge,
            Self::UnknownCoding(_) => ImageCode::UnsupportedEncoding,
            Self::DamagedCoding(_) => ImageCode::DecodeFailed,
            Self::Redirected { source, .. } => source.code(),
            Self::Setup(_) => ImageCode::Internal,
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
            | Self::NoAnswer(_)
            | Self::Broken { .. }
            | Self::Timeout { .. }
            | Self::Setup(_) => true,
            Self::HttpStatus { status, .. } => status::may_pass(*status),
            Self::Redirected { source, .. } => source.is_transient(),
            Self::InvalidUrl(_)
            | Self::InvalidRedirect(_)
            | Self::BlockedAddress(_)
            | Self::BlockedPort(_)
            | Self::TlsFailed { .. }
            | Self::TooManyRedirects { .. }
            | Self::TooLarge { .. }
            | Self::UnknownCoding(_)
            | Self::DamagedCoding(_) => false,
        }
    }

    /// What failed, whichever host it was at.
    #[must_use]
    pub fn root(&self) -> &Self {
        match self {
            Self::Redirected { source, .. } => source.root(),
            _ => self,
        }
    }

    /// The same of a webhook's receiver, which is waited for otherwise than an image's server.
    pub(super) fn of_receiver(self) -> Self {
        match self {
            Self::Timeout { wait, limit } => Self::Timeout {
                wait: match wait {
                    Wait::Connect => Wait::Receiver,
                    _ => Wait::Answer,
                },
                limit,
            },
            other => other,
        }
    }

    /// Sorts an error that came instead of an answer, by the types in its chain of sources. Its URL is dropped: it may
    /// hold secrets.
    pub(super) fn no_answer(error: reqwest::Error, connect_limit: Duration) -> Self {
        match find::<ResolveError>(&error) {
            Some(ResolveError::Blocked(blocked)) => return Self::BlockedAddress(*blocked),
            Some(_) => return Self::DnsFailed(without_url(error)),
            None => {}
        }
        match find::<rustls::Error>(&error) {
            // Of TLS 1.3, a server's refusal may come when the connection is there.
            Some(fault @ rustls::Error::AlertReceived(_)) => {
                return Self::tls(fault.clone(), error);
            }
            Some(fault) if error.is_connect() => return Self::tls(fault.clone(), error),
            _ => {}
        }
        if !error.is_connect() {
            Self::NoAnswer(without_url(error))
        } else if error.is_timeout() {
            Self::Timeout {
                wait: Wait::Connect,
                limit: connect_limit,
            }
        } else {
            Self::ConnectFailed(without_url(error))
        }
    }

    fn tls(fault: rustls::Error, error: reqwest::Error) -> Self {
        Self::TlsFailed {
            fault: TlsFault::of(&fault),
            source: without_url(error),
        }
    }

    /// An error that came after so many bytes of a body.
    pub(super) fn broken(error: reqwest::Error, came: u64, declared: Option<u64>) -> Self {
        Self::Broken {
            came,
            declared,
            source: without_url(error),
        }
    }
}

fn without_url(error: reqwest::Error) -> Box<reqwest::Error> {
    Box::new(error.without_url())
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

    #[test]
    fn wrapped_errors_are_found_by_type() {
        let inner = rustls::Error::DecryptError;
        let error = io::Error::other(io::Error::other(inner.clone()));
        assert_eq!(find::<rustls::Error>(&error), Some(&inner));
        assert!(find::<ResolveError>(&error).is_none());
    }
}
