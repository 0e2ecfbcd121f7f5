//! URLs, the addresses that stand in them, and the names that are made of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use halftone_pipeline::api::paths::Route;
use halftone_pipeline::services::blobs::{Key, file_name};
use halftone_pipeline::services::fetch::address::AddressPolicy;
use halftone_pipeline::url::{check, follow, host};
use lambda_http::http::Method;
use url::Host;

/// The first line is a URL, the others are where it redirects to.
pub fn url(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default();
    is_safe(&file_name(first));
    let route = Route::of(&Method::GET, first);
    if let Some(Route::Output(image, key)) = route {
        assert_eq!(Key::image_of(&key), Some(image));
    }
    let Ok(mut here) = check(first) else { return };
    is_one(&here);
    for location in lines.take(5) {
        let Ok(next) = follow(&here, location) else {
            return;
        };
        is_one(&next);
        here = next;
    }
}

fn is_safe(name: &str) {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    assert!(
        !name.is_empty() && name.len() <= 80 && name.chars().all(good),
        "{name}"
    );
}

/// It is read again as what it was read as, and names a host and nobody.
fn is_one(url: &url::Url) {
    assert!(matches!(url.scheme(), "http" | "https"));
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(!host(url.as_str()).is_empty());
    if let Ok(again) = check(url.as_str()) {
        assert_eq!(&again, url);
    }
    // A name that is an address to somebody else is one here.
    if let Some(Host::Domain(name)) = url.host() {
        assert!(name.parse::<IpAddr>().is_err(), "{name}");
        let last = name
            .trim_end_matches('.')
            .rsplit('.')
            .next()
            .unwrap_or_default();
        let number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
        assert!(!number, "{name}");
    }
}

/// Four bytes, and what stands before them.
pub fn address(bytes: &[u8]) {
    let Some((&bytes, _)) = bytes.split_first_chunk::<16>() else {
        return;
    };
    let nobody = AddressPolicy::default();
    let may = |address: IpAddr| nobody.check(address).is_ok();
    let [.., a, b, c, d] = bytes;
    let v4 = Ipv4Addr::new(a, b, c, d);
    let v6 = Ipv6Addr::from(bytes);
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_unspecified();
    assert!(!(special && may(v4.into())), "{v4}");
    let special = v6.is_loopback()
        || v6.is_multicast()
        || v6.is_unspecified()
        || v6.is_unique_local()
        || v6.is_unicast_link_local()
        || v6.to_ipv4().is_some();
    assert!(!(special && may(v6.into())), "{v6}");
    // Nothing that stands for an IPv4 address may be connected to, whatever that is.
    let [high, low] = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
    for hidden in [
        v4.to_ipv6_mapped(),
        v4.to_ipv6_compatible(),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
        Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 0),
    ] {
        assert!(!may(hidden.into()), "{hidden}");
    }
}
