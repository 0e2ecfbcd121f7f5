//! Fetching from, and posting to, hosts that strangers name: images and webhooks alike.
//!
//! What a URL may make this process do is bounded on every side: only http and https, only permitted addresses (see
//! [`address`]) at permitted ports, at most a few redirects and each one checked like the first URL, time limits for connecting, for
//! silence and for the whole, and bytes counted as they come, whatever the server declares.

pub mod address;
mod body;
mod client;
mod coding;
mod cookies;
mod error;
mod headers;
mod ports;
mod redirect;
mod resolver;
mod status;
#[cfg(test)]
mod tests;
mod tls;
mod validators;

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use ::url::{Host, Url};
use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT, COOKIE, RETRY_AFTER};
use ipnet::IpNet;
use reqwest::{RequestBuilder, Response};
use rustls::ClientConfig;

use address::AddressPolicy;
pub use client::client_of_aws;
use cookies::Cookies;
pub use error::{FetchError, Wait};
pub use headers::{OriginHeaders, OriginHeadersError};
pub use ports::{BlockedPort, NoPorts, Ports};
use redirect::Way;
pub use tls::TlsFault;
pub use validators::Validators;

use crate::url;

/// Asks for the formats that take little time, so that an origin which negotiates does not send AVIF.
const ACCEPTED: &str =
    "image/jpeg, image/png, image/webp, image/gif;q=0.9, image/*;q=0.8, */*;q=0.1";

/// The bounds of every exchange.
#[derive(Debug, Clone)]
pub struct FetchConfig {
    /// The longest time for name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// The longest silence: until the answer's head is complete, then between two parts of its body.
    pub idle_timeout: Duration,
    /// The longest time for everything, redirects included.
    pub total_timeout: Duration,
    /// The largest body, in bytes, as it comes and unpacked.
    pub max_bytes: u64,
    /// How many redirects are followed. 5 is the product's number.
    pub max_redirects: u8,
    /// Networks that may be reached although they are not public. Empty: only public addresses.
    pub allowed_networks: Vec<IpNet>,
    /// Ports that may be reached, in allowed networks too.
    pub allowed_ports: Ports,
    /// Says who asks, and where the owner of an origin can read about it.
    pub user_agent: String,
    /// What some origins are asked with besides. Posts never carry any of it.
    pub headers: OriginHeaders,
    /// Whether bytes surely have their end: asked where a connection broke off and no length had been declared.
    pub has_end: fn(&[u8]) -> bool,
}

/// What a server answered to a POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, a redirect's included: none is followed.
    pub status: u16,
    /// When to come back at the earliest, counted from the answer.
    pub retry_after: Option<Duration>,
}

/// What a server has begun to send: its body is still to be read.
#[derive(Debug)]
pub struct Opened {
    response: Response,
    way: Way,
    /// What is left of the time for everything.
    rest: Duration,
}

impl Opened {
    /// The most bytes that its body can have, if the server says so.
    #[must_use]
    pub fn declared(&self) -> Option<u64> {
        body::declared(&self.response)
    }

    fn validators(&self) -> Option<Validators> {
        self.way.validators(self.response.headers())
    }
}

/// What is behind a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The whole body.
    pub body: Bytes,
    /// The host that sent it, where that is another one than the URL's.
    pub redirected_to: Option<String>,
    /// What tells, another time, that it has not changed.
    pub validators: Option<Validators>,
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
        let tls = tls::trusting_the_system().map_err(|error| FetchError::Setup(error.into()))?;
        Self::with_tls(config, tls)
    }

    fn with_tls(config: FetchConfig, tls: ClientConfig) -> Result<Self, FetchError> {
        let policy = AddressPolicy::new(config.allowed_networks.clone());
        let client = client::build(&config, policy.clone(), tls);
        Ok(Self {
            client: client.map_err(|error| FetchError::Setup(error.into()))?,
            policy,
            config,
        })
    }

    /// Asks for what is behind a URL, through redirects, until a server begins to send it; `None` if it is still
    /// what was `known`, as that very server says.
    ///
    /// # Errors
    /// See [`FetchError`]; a body that is declared too large is one.
    pub async fn open(
        &self,
        url: &str,
        known: Option<&Validators>,
    ) -> Result<Option<Opened>, FetchError> {
        let (url, started) = (url::check(url)?, Instant::now());
        let limit = self.config.total_timeout;
        let mut opened = self.in_time(limit, self.follow(url, known)).await?;
        if let Some(opened) = &mut opened {
            opened.rest = limit.saturating_sub(started.elapsed());
        }
        Ok(opened)
    }

    /// Reads the whole of it, within what [`Self::open`] left of the time for everything.
    ///
    /// # Errors
    /// See [`FetchError`]; the body is never a part only of what the server declared.
    pub async fn read(&self, mut opened: Opened) -> Result<Fetched, FetchError> {
        let validators = opened.validators();
        let body = self.body(&mut opened.response);
        let body = self.in_time(opened.rest, body).await;
        Ok(Fetched {
            body: body.map_err(|error| opened.way.at(error))?,
            redirected_to: opened.way.other_host(),
            validators,
        })
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
        self.check_target(&url)?;
        let request = self.client.post(url).headers(headers).body(body);
        let sent = self.in_time(self.config.total_timeout, self.send(request));
        let sent = sent.await;
        let mut response = sent.map_err(FetchError::of_receiver)?;
        // The status is the answer: a body that is too long, slow or broken changes nothing.
        self.glimpse(&mut response).await;
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(&response),
        })
    }

    /// What is `left` of the time for everything is all that this may take.
    async fn in_time<T>(
        &self,
        left: Duration,
        exchange: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        tokio::time::timeout(left, exchange)
            .await
            .unwrap_or(Err(FetchError::Timeout {
                wait: Wait::Whole,
                limit: self.config.total_timeout,
            }))
    }

    /// The port, and the address where it is a literal one: the HTTP client does not ask its resolver about those.
    fn check_target(&self, url: &Url) -> Result<(), FetchError> {
        self.config.allowed_ports.check(url)?;
        let address: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        Ok(self.policy.check(address)?)
    }

    /// Asks for what is behind a URL, with what its origin wants to see.
    async fn ask(
        &self,
        url: &Url,
        cookies: &Cookies,
        conditions: Option<HeaderMap>,
    ) -> Result<Response, FetchError> {
        self.check_target(url)?;
        let mut request = self.client.get(url.clone()).header(ACCEPT, ACCEPTED);
        if let Some(cookies) = cookies.of(url) {
            request = request.header(COOKIE, cookies);
        }
        if let Some(headers) = self.config.headers.of(url) {
            request = request.headers(headers.clone());
        }
        if let Some(conditions) = conditions {
            request = request.headers(conditions);
        }
        self.send(request).await
    }

    /// Sends a request and waits for the head of the answer.
    async fn send(&self, request: RequestBuilder) -> Result<Response, FetchError> {
        let connecting = self.config.connect_timeout;
        let limit = connecting + self.config.idle_timeout;
        match tokio::time::timeout(limit, request.send()).await {
            Ok(answered) => answered.map_err(|error| FetchError::no_answer(error, connecting)),
            Err(_) => Err(FetchError::Timeout {
                wait: Wait::Data,
                limit,
            }),
        }
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
