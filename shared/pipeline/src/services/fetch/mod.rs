//! Fetching from, and posting to, hosts that strangers name: images and webhooks alike.
//!
//! What a URL may make this process do is bounded on every side: only http and https, only permitted addresses (see
//! [`address`]), at most a few redirects and each one checked like the first URL, time limits for connecting, for
//! silence and for the whole, and bytes counted as they come, whatever the server declares.

pub mod address;
mod client;
mod error;
mod resolver;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use ::url::{Host, Url};
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use ipnet::IpNet;
use reqwest::{RequestBuilder, Response};

use address::AddressPolicy;
pub use error::{FetchError, Wait};

use crate::url;

/// Asks for the formats that can be compressed, so that an origin which negotiates does not send AVIF.
const ACCEPTED: &str = "image/jpeg, image/png, image/webp, image/gif;q=0.9, */*;q=0.1";

/// How much of the answer to a POST is read, in bytes: enough to let the connection be used again.
const MAX_ANSWER_BYTES: u64 = 16 * 1024;

/// How long the body of the answer to a POST is read.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(1);

/// How much memory a declared length reserves at most, in bytes. The rest is reserved as it arrives.
const MAX_RESERVED_BYTES: u64 = 1024 * 1024;

/// The bounds of every exchange.
#[derive(Debug, Clone)]
pub struct FetchConfig {
    /// The longest time for name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// The longest silence: until the answer's head is complete, then between two parts of its body.
    pub idle_timeout: Duration,
    /// The longest time for everything, redirects included.
    pub total_timeout: Duration,
    /// The largest body, in bytes.
    pub max_bytes: u64,
    /// How many redirects are followed. 5 is the product's number.
    pub max_redirects: u8,
    /// Networks that may be reached although they are not public. Empty: only public addresses.
    pub allowed_networks: Vec<IpNet>,
    /// Says who asks, and where the owner of an origin can read about it.
    pub user_agent: String,
}

/// What a server answered to a POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, a redirect's included: none is followed.
    pub status: u16,
    /// When to come back at the earliest, counted from the answer.
    pub retry_after: Option<Duration>,
}

/// An HTTP client for hosts that strangers name. Cheap to clone; one per process shares its connections.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: reqwest::Client,
    policy: AddressPolicy,
    config: FetchConfig,
}

impl Fetcher {
    /// A fetcher with these bounds.
    ///
    /// # Errors
    /// [`FetchError::Setup`]: the system has no trusted root certificates, for one.
    pub fn new(config: FetchConfig) -> Result<Self, FetchError> {
        let policy = AddressPolicy::new(config.allowed_networks.clone());
        let client = client::build(&config, policy.clone()).map_err(FetchError::Setup)?;
        Ok(Self {
            client,
            policy,
            config,
        })
    }

    /// Fetches the whole body behind a URL, through redirects.
    ///
    /// # Errors
    /// See [`FetchError`]; the body is never a part only of what the server declared.
    pub async fn get(&self, url: &str) -> Result<Bytes, FetchError> {
        let url = url::check(url)?;
        self.in_time(async {
            let mut response = self.follow(url).await?;
            self.body(&mut response, self.config.max_bytes).await
        })
        .await
    }

    /// Posts a body and tells how the server answered. Redirects are not followed.
    ///
    /// # Errors
    /// No answer came: see [`FetchError`]. An answer of any status is `Ok`.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Answer, FetchError> {
        let url = url::check(url)?;
        self.check_literal(&url)?;
        let request = self.client.post(url).headers(headers).body(body);
        let mut response = self.in_time(self.send(request)).await?;
        // The status is the answer: a body that is too long, slow or broken changes nothing.
        let _ =
            tokio::time::timeout(MAX_ANSWER_TIME, self.body(&mut response, MAX_ANSWER_BYTES)).await;
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(&response),
        })
    }

    async fn in_time<T>(
        &self,
        exchange: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let limit = self.config.total_timeout;
        tokio::time::timeout(limit, exchange)
            .await
            .unwrap_or(Err(FetchError::Timeout {
                wait: Wait::Whole,
                limit,
            }))
    }

    /// Goes from URL to URL until one answers with success.
    async fn follow(&self, mut url: Url) -> Result<Response, FetchError> {
        for _ in 0..=self.config.max_redirects {
            self.check_literal(&url)?;
            let response = self
                .send(self.client.get(url.clone()).header(ACCEPT, ACCEPTED))
                .await?;
            if response.status().is_success() {
                return Ok(response);
            }
            url = url::follow(&url, &redirect_target(&response)?)?;
        }
        Err(FetchError::TooManyRedirects {
            limit: self.config.max_redirects,
        })
    }

    /// The HTTP client does not ask its resolver about literal addresses, so they are checked here.
    fn check_literal(&self, url: &Url) -> Result<(), FetchError> {
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        Ok(self.policy.check(address)?)
    }

    /// Sends a request and waits for the head of the answer.
    async fn send(&self, request: RequestBuilder) -> Result<Response, FetchError> {
        let limit = self.config.connect_timeout + self.config.idle_timeout;
        match tokio::time::timeout(limit, request.send()).await {
            Ok(answered) => answered.map_err(|error| self.client_error(error)),
            Err(_) => Err(FetchError::Timeout {
                wait: Wait::Data,
                limit,
            }),
        }
    }

    /// Reads a body to its end, counting its bytes.
    async fn body(&self, response: &mut Response, limit: u64) -> Result<Bytes, FetchError> {
        let declared = response.content_length().unwrap_or(0);
        if declared > limit {
            return Err(FetchError::TooLarge { limit });
        }
        let reserved = usize::try_from(declared.min(MAX_RESERVED_BYTES)).unwrap_or(0);
        let mut body = BytesMut::with_capacity(reserved);
        while let Some(chunk) = self.chunk(response).await? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(FetchError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    async fn chunk(&self, response: &mut Response) -> Result<Option<Bytes>, FetchError> {
        let limit = self.config.idle_timeout;
        match tokio::time::timeout(limit, response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| self.client_error(error)),
            Err(_) => Err(FetchError::Timeout {
                wait: Wait::Data,
                limit,
            }),
        }
    }

    fn client_error(&self, error: reqwest::Error) -> FetchError {
        FetchError::from_client(error, self.config.connect_timeout)
    }
}

/// Where an answer redirects to; any other answer is an error by its status.
fn redirect_target(response: &Response) -> Result<String, FetchError> {
    const REDIRECTS: [StatusCode; 5] = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let location = response
        .headers()
        .get(LOCATION)
        .and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    match location {
        Some(location) if REDIRECTS.contains(&response.status()) => Ok(location.to_owned()),
        _ => Err(FetchError::HttpStatus {
            status: response.status().as_u16(),
            retry_after: retry_after(response),
        }),
    }
}

/// `Retry-After` as a duration from now: seconds or a date ([RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(
        date.duration_since(SystemTime::now())
            .unwrap_or(Duration::ZERO),
    )
}
