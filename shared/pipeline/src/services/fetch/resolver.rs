//! A DNS resolver that hands out only addresses that may be connected to.
//!
//! The connector connects to what comes out of here and to nothing else, so the address that was checked is the
//! address that is connected to: a name that changes its answer between check and use gains nothing.

use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::address::{AddressPolicy, BlockedAddress};

/// Why a name led to no address.
#[derive(Debug, Error)]
pub(super) enum ResolveError {
    #[error("the name could not be resolved")]
    Lookup(#[source] io::Error),
    #[error("the name has no address")]
    NoAddress,
    #[error("the name leads only to addresses that are not allowed")]
    Blocked(#[source] BlockedAddress),
}

/// The system's resolver behind an [`AddressPolicy`].
#[derive(Debug, Clone)]
pub(super) struct FilteringResolver {
    policy: AddressPolicy,
}

impl FilteringResolver {
    pub(super) fn new(policy: AddressPolicy) -> Self {
        Self { policy }
    }
}

impl Resolve for FilteringResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(ResolveError::Lookup)?;
            let permitted = permitted(&policy, found)?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be used; the first refusal when there is none.
fn permitted(
    policy: &AddressPolicy,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, ResolveError> {
    let (mut permitted, mut refusal) = (Vec::new(), None);
    for address in found {
        match policy.check(address.ip()) {
            Ok(()) => permitted.push(address),
            Err(blocked) => refusal = refusal.or(Some(blocked)),
        }
    }
    match refusal {
        _ if !permitted.is_empty() => Ok(permitted),
        Some(blocked) => Err(ResolveError::Blocked(blocked)),
        None => Err(ResolveError::NoAddress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(found: &[&str]) -> Result<Vec<SocketAddr>, ResolveError> {
        permitted(
            &AddressPolicy::default(),
            found.iter().map(|text| text.parse().unwrap()),
        )
    }

    #[test]
    fn only_permitted_addresses_are_handed_out() {
        let permitted = run(&["10.0.0.1:0", "8.8.8.8:0", "[::1]:0", "[2606:4700::1]:0"]).unwrap();
        assert_eq!(
            permitted,
            [
                "8.8.8.8:0".parse().unwrap(),
                "[2606:4700::1]:0".parse().unwrap()
            ]
        );
    }

    #[test]
    fn a_name_with_only_blocked_addresses_is_blocked() {
        let error = run(&["[::1]:0", "127.0.0.1:0"]).unwrap_err();
        assert!(matches!(error, ResolveError::Blocked(blocked) if blocked.kind == "loopback"));
    }

    #[test]
    fn a_name_without_addresses_is_an_error() {
        assert!(matches!(run(&[]), Err(ResolveError::NoAddress)));
    }
}
