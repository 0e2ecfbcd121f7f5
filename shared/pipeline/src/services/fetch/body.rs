//! Reading bodies: whole or an error, within the limit, whatever the server declares.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use reqwest::Response;

use super::coding::{self, Unpacking};
use super::{FetchError, Fetcher, Wait};

/// How much of a body is read that is not a picture's, in bytes: enough to see what it is, and to let the connection
/// be used again.
const MAX_GLIMPSE_BYTES: u64 = 16 * 1024;

/// How long such a body is read.
const MAX_GLIMPSE_TIME: Duration = Duration::from_secs(1);

/// How much memory a declared length reserves at most, in bytes. The rest is reserved as it arrives.
const MAX_RESERVED_BYTES: u64 = 1024 * 1024;

/// The most bytes that a body can have, if its server says so and does not pack it.
pub(super) fn declared(response: &Response) -> Option<u64> {
    let packed = response.headers().contains_key(CONTENT_ENCODING);
    response.content_length().filter(|_| !packed)
}

impl Fetcher {
    /// Whether a body may have the length that its server declares.
    pub(super) fn check_length(&self, response: &Response) -> Result<(), FetchError> {
        let limit = self.config.max_bytes;
        match response.content_length() {
            Some(declared) if declared > limit => Err(FetchError::TooLarge { limit }),
            _ => Ok(()),
        }
    }

    /// Reads a body to its end.
    ///
    /// Of a body whose length was not declared nobody but the bytes can tell whether it was whole when the connection
    /// closed out of turn: there are servers that leave out the end of a chunked body, and the goodbye of TLS.
    pub(super) async fn body(&self, response: &mut Response) -> Result<Bytes, FetchError> {
        let (declared, limit) = (response.content_length(), self.config.max_bytes);
        let codings = coding::codings(response.headers())?;
        let reserved = declared.unwrap_or(0).min(MAX_RESERVED_BYTES);
        let reserved = usize::try_from(reserved).unwrap_or(0);
        let mut unpacking = Unpacking::new(&codings, reserved, limit);
        loop {
            let cut = match self.chunk(response, unpacking.came(), declared).await {
                Ok(Some(chunk)) => {
                    unpacking.add(&chunk)?;
                    continue;
                }
                Ok(None) => return unpacking.finish(),
                Err(error) => error,
            };
            let may_be_whole = declared.is_none() && matches!(cut, FetchError::Broken { .. });
            return match unpacking.finish() {
                Ok(body) if may_be_whole && (self.config.has_end)(&body) => Ok(body),
                _ => Err(cut),
            };
        }
    }

    /// The beginning of a body, as far as it comes at once; nothing if it does not.
    pub(super) async fn glimpse(&self, response: &mut Response) -> Bytes {
        let Ok(codings) = coding::codings(response.headers()) else {
            return Bytes::new();
        };
        let mut unpacking = Unpacking::new(&codings, 0, MAX_GLIMPSE_BYTES);
        let read = async {
            while let Ok(Some(chunk)) = self.chunk(response, 0, None).await {
                if unpacking.add(&chunk).is_err() {
                    break;
                }
            }
        };
        // Given up in the middle, it is still a beginning.
        let _ = tokio::time::timeout(MAX_GLIMPSE_TIME, read).await;
        unpacking.so_far()
    }

    /// The next part of a body, of which so many bytes have come.
    async fn chunk(
        &self,
        response: &mut Response,
        came: u64,
        declared: Option<u64>,
    ) -> Result<Option<Bytes>, FetchError> {
        let limit = self.config.idle_timeout;
        match tokio::time::timeout(limit, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| FetchError::broken(error, came, declared)),
            Err(_) => Err(FetchError::Timeout {
                wait: Wait::Data,
                limit,
            }),
        }
    }
}
