//! The HTTP client behind the fetcher: what it must and must not do by itself.

use std::error::Error as StdError;
use std::sync::Arc;

use http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use super::FetchConfig;
use super::address::AddressPolicy;
use super::resolver::FilteringResolver;

type BoxError = Box<dyn StdError + Send + Sync>;

#[derive(Debug, Error)]
#[error("the system has no trusted root certificates")]
struct NoRoots;

/// A client that follows no redirects, uses no proxy, decodes no content, resolves only to permitted addresses.
pub(super) fn build(
    config: &FetchConfig,
    policy: AddressPolicy,
) -> Result<reqwest::Client, BoxError> {
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .dns_resolver(Arc::new(FilteringResolver::new(policy)))
        .connect_timeout(config.connect_timeout)
        .user_agent(&config.user_agent)
        .default_headers(HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )]))
        .build()?;
    Ok(client)
}

/// TLS by the aws-lc provider, chosen here and not process-wide, trusting the system's roots as the AWS SDK does:
/// one trust store for the process, kept current by the platform's updates.
fn tls() -> Result<ClientConfig, BoxError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(NoRoots.into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
