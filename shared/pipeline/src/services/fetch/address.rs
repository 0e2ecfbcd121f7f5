//! Which addresses may be connected to: only globally routable ones, unless a network is allowed by name.
//!
//! Pure rules, no I/O. The tables follow the IANA special-purpose registries
//! ([IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry),
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry)) and refuse every entry of theirs but the
//! anycast services that are reachable by anyone (AS112, AMT). Of IPv6, only 2000::/3 is unicast that has been
//! allocated at all, so whatever lies outside it is refused without being listed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;

/// An address that must not be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{address} is not a public address ({kind}) and no allowed network covers it")]
pub struct BlockedAddress {
    /// The refused address.
    pub address: IpAddr,
    /// What the address is reserved for.
    pub kind: &'static str,
}

/// Decides about addresses; the allowed networks are exceptions to "global addresses only".
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    allowed: Vec<IpNet>,
}

impl AddressPolicy {
    /// A policy that allows global addresses and `allowed`, as written: 127.0.0.0/8 does not allow `::ffff:127.0.0.1`.
    #[must_use]
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Accepts an address or says why not.
    ///
    /// # Errors
    /// The address is special-purpose and no allowed network contains it.
    pub fn check(&self, address: IpAddr) -> Result<(), BlockedAddress> {
        match special_purpose(address) {
            Some(kind)
                if !self
                    .allowed
                    .iter()
                    .any(|network| network.contains(&address)) =>
            {
                Err(BlockedAddress { address, kind })
            }
            _ => Ok(()),
        }
    }
}

/// What an address is reserved for; `None` when it is globally routable unicast.
#[must_use]
pub fn special_purpose(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    SPECIAL_V4
        .iter()
        .find(|(network, _)| network.contains(&address))
        .map(|(_, kind)| *kind)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some((_, kind)) = SPECIAL_V6
        .iter()
        .find(|(network, _)| network.contains(&address))
    {
        return Some(kind);
    }
    if is_isatap(address) {
        return Some("ISATAP");
    }
    (!GLOBAL_UNICAST.contains(&address)).then_some("not allocated")
}

/// ISATAP (RFC 5214, 6.1) hides an IPv4 address in the interface identifier, under any prefix.
fn is_isatap(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    matches!(segments[4], 0 | 0x200) && segments[5] == 0x5efe
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// The first 96 bits of a network; no entry of the tables needs the last 32.
const fn v6(segments: [u16; 6], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, 0, 0), prefix)
}

/// The only part of IPv6 from which global unicast addresses are assigned (RFC 4291, 2.4; IANA allocations).
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0], 3);

const SPECIAL_V4: [(Ipv4Net, &str); 15] = [
    (v4(0, 0, 0, 0, 8), "this network"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "carrier-grade NAT"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "protocol assignments"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 88, 99, 0, 24), "6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(198, 18, 0, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

/// Narrower networks first: the name given is that of the first match.
const SPECIAL_V6: [(Ipv6Net, &str); 20] = [
    (
        Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128),
        "unspecified",
    ),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (v6([0, 0, 0, 0, 0, 0], 96), "IPv4-compatible"),
    (v6([0, 0, 0, 0, 0, 0xffff], 96), "IPv4-mapped"),
    (v6([0, 0, 0, 0, 0xffff, 0], 96), "IPv4-translated"),
    (v6([0x64, 0xff9b, 0, 0, 0, 0], 96), "NAT64"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0], 48), "local NAT64"),
    (v6([0x100, 0, 0, 0, 0, 0], 64), "discard"),
    (v6([0x100, 0, 0, 1, 0, 0], 64), "dummy prefix"),
    (v6([0x2001, 0, 0, 0, 0, 0], 32), "Teredo"),
    (v6([0x2001, 2, 0, 0, 0, 0], 48), "benchmarking"),
    (v6([0x2001, 0, 0, 0, 0, 0], 23), "protocol assignments"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0], 32), "documentation"),
    (v6([0x2002, 0, 0, 0, 0, 0], 16), "6to4"),
    (v6([0x3fff, 0, 0, 0, 0, 0], 20), "documentation"),
    (v6([0x5f00, 0, 0, 0, 0, 0], 16), "segment routing"),
    (v6([0xfc00, 0, 0, 0, 0, 0], 7), "unique local"),
    (v6([0xfe80, 0, 0, 0, 0, 0], 10), "link-local"),
    (v6([0xfec0, 0, 0, 0, 0, 0], 10), "site-local"),
    (v6([0xff00, 0, 0, 0, 0, 0], 8), "multicast"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(address: &str) -> Option<&'static str> {
        special_purpose(address.parse().unwrap())
    }

    #[test]
    fn special_addresses_are_named() {
        let table = [
            ("0.0.0.0", "this network"),
            ("0.255.255.255", "this network"),
            ("10.0.0.0", "private"),
            ("10.255.255.255", "private"),
            ("100.64.0.0", "carrier-grade NAT"),
            ("100.127.255.255", "carrier-grade NAT"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("169.254.0.1", "link-local"),
            ("169.254.169.254", "link-local"),
            ("172.16.0.0", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.0", "protocol assignments"),
            ("192.0.0.8", "protocol assignments"),
            ("192.0.0.170", "protocol assignments"),
            ("192.0.2.1", "documentation"),
            ("192.88.99.1", "6to4 relay"),
            ("192.168.0.0", "private"),
            ("192.168.255.255", "private"),
            ("198.18.0.0", "benchmarking"),
            ("198.19.255.255", "benchmarking"),
            ("198.51.100.7", "documentation"),
            ("203.0.113.255", "documentation"),
            ("224.0.0.1", "multicast"),
            ("239.255.255.255", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::2", "IPv4-compatible"),
            ("::7f00:1", "IPv4-compatible"),
            ("::8.8.8.8", "IPv4-compatible"),
            ("::ffff:127.0.0.1", "IPv4-mapped"),
            ("::ffff:8.8.8.8", "IPv4-mapped"),
            ("::ffff:0:127.0.0.1", "IPv4-translated"),
            ("64:ff9b::127.0.0.1", "NAT64"),
            ("64:ff9b::8.8.8.8", "NAT64"),
            ("64:ff9b:1::10.0.0.1", "local NAT64"),
            ("64:ff9b:1:ffff::1", "local NAT64"),
            ("64:ff9b:2::1", "not allocated"),
            ("100::1", "discard"),
            ("100:0:0:1::1", "dummy prefix"),
            ("200::1", "not allocated"),
            ("1fff:ffff::1", "not allocated"),
            ("2001::1", "Teredo"),
            ("2001:0:ffff::1", "Teredo"),
            ("2001:1::1", "protocol assignments"),
            ("2001:2::1", "benchmarking"),
            ("2001:3::1", "protocol assignments"),
            ("2001:10::1", "protocol assignments"),
            ("2001:20::1", "protocol assignments"),
            ("2001:1ff:ffff::1", "protocol assignments"),
            ("2001:db8::1", "documentation"),
            ("2001:db8:ffff::1", "documentation"),
            ("2002:7f00:1::1", "6to4"),
            ("2002:808:808::1", "6to4"),
            ("3fff::1", "documentation"),
            ("3fff:fff:ffff::1", "documentation"),
            ("4000::1", "not allocated"),
            ("5f00::1", "segment routing"),
            ("8000::1", "not allocated"),
            ("fbff::1", "not allocated"),
            ("fc00::1", "unique local"),
            ("fd00:ec2::254", "unique local"),
            ("fe00::1", "not allocated"),
            ("fe80::1", "link-local"),
            ("febf::1", "link-local"),
            ("fec0::1", "site-local"),
            ("feff::1", "site-local"),
            ("ff02::1", "multicast"),
            ("ff0e::1", "multicast"),
            ("2600::5efe:7f00:1", "ISATAP"),
            ("2600::200:5efe:a00:1", "ISATAP"),
        ];
        for (address, expected) in table {
            assert_eq!(kind(address), Some(expected), "{address}");
        }
    }

    #[test]
    fn neighbours_of_special_networks_are_global() {
        let table = [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "192.175.48.1",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "8.8.8.8",
            "2000::1",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2003::1",
            "2600::5eff:7f00:1",
            "2620:4f:8000::1",
            "2606:4700:4700::1111",
            "3ffe:ffff::1",
            "3fff:1000::1",
        ];
        for address in table {
            assert_eq!(kind(address), None, "{address}");
        }
    }

    /// Every network of the tables begins and ends where it says: its first and last address are special.
    #[test]
    fn tables_cover_their_networks() {
        for (network, _) in SPECIAL_V4 {
            assert!(
                special_v4(network.network()).is_some()
                    && special_v4(network.broadcast()).is_some()
            );
        }
        for (network, _) in SPECIAL_V6 {
            assert!(
                special_v6(network.network()).is_some()
                    && special_v6(network.broadcast()).is_some()
            );
        }
    }

    #[test]
    fn an_allowed_network_allows_what_it_contains_and_nothing_else() {
        let policy = AddressPolicy::new(vec![
            "127.0.0.0/8".parse().unwrap(),
            "fd00::/8".parse().unwrap(),
        ]);
        for allowed in ["127.0.0.1", "127.9.9.9", "fd12::1", "8.8.8.8"] {
            assert_eq!(policy.check(allowed.parse().unwrap()), Ok(()), "{allowed}");
        }
        for blocked in [
            "10.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "fe80::1",
        ] {
            let refusal = policy.check(blocked.parse().unwrap()).unwrap_err();
            assert_eq!(refusal.address, blocked.parse::<IpAddr>().unwrap());
        }
    }

    #[test]
    fn nothing_special_is_allowed_by_default() {
        assert!(
            AddressPolicy::default()
                .check(Ipv4Addr::LOCALHOST.into())
                .is_err()
        );
    }
}
