//! The HTTP client behind the fetcher: what it must and must not do by itself.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use rustls::ClientConfig;

use super::address::AddressPolicy;
use super::resolver::FilteringResolver;
use super::{FetchConfig, FetchError, tls};

/// How many header lines an answer may have. Browsers count bytes only; all of them together have 400 KiB here, which
/// is more than browsers take.
const MAX_HEADERS: usize = 1000;

/// A client for AWS alone, whose address no stranger names.
///
/// # Errors
/// [`FetchError::Setup`].
pub fn client_of_aws(limit: Duration) -> Result<reqwest::Client, FetchError> {
    let tls = tls::trusting_the_system().map_err(|error| FetchError::Setup(error.into()))?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(limit)
        .build();
    client.map_err(|error| FetchError::Setup(error.into()))
}

/// A client that follows no redirects, uses no proxy, decodes no content, resolves only to permitted addresses, and
/// takes the header lines that browsers take: folded ones, those with blanks before the colon, and beside those that
/// cannot be understood the others.
pub(super) fn build(
    config: &FetchConfig,
    policy: AddressPolicy,
    tls: ClientConfig,
) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .dns_resolver(Arc::new(FilteringResolver::new(policy)))
        .connect_timeout(config.connect_timeout)
        .user_agent(&config.user_agent)
        .http1_max_headers(MAX_HEADERS)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        // To pack a picture again saves nothing and costs both sides time. Who packs it all the same is understood.
        .default_headers(HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )]))
        .build()
}
