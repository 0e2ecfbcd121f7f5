//! Addresses that nobody may be led to, as the IANA registries list them, and the ways to spell them.
//!
//! Written down here once more, and not taken from the rules that are tested.

use std::net::{Ipv4Addr, Ipv6Addr};

/// <https://www.iana.org/assignments/iana-ipv4-special-registry>, multicast, and what clouds put into the middle of them.
const SPECIAL_V4: [&str; 24] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.170/31",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    // Instance metadata, the credentials of containers and Lambda's extensions, other clouds' metadata.
    "169.254.169.254/32",
    "169.254.170.2/32",
    "169.254.79.129/32",
    "100.100.100.200/32",
    "192.0.0.192/32",
    "127.0.0.53/32",
];

/// <https://www.iana.org/assignments/iana-ipv6-special-registry>, multicast, what is not allocated, AWS' own.
const SPECIAL_V6: [&str; 31] = [
    "::/128",
    "::1/128",
    "::/96",
    "::ffff:0:0/96",
    "::ffff:0:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:2::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "200::/7",
    "400::/6",
    "800::/5",
    "4000::/3",
    "8000::/1",
    "fd00:ec2::254/128",
    "fd00:ec2::23/128",
];

/// Every special network of IPv4 by its first, its last and an address between them.
pub fn v4() -> Vec<Ipv4Addr> {
    let mut all = Vec::new();
    for network in SPECIAL_V4 {
        let (first, bits) = network.split_once('/').unwrap();
        let (first, bits): (Ipv4Addr, u32) = (first.parse().unwrap(), bits.parse().unwrap());
        let hosts = u32::MAX.checked_shr(bits).unwrap_or(0);
        for offset in [0, hosts / 3, hosts] {
            all.push(Ipv4Addr::from_bits(first.to_bits() | offset));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The same of IPv6.
pub fn v6() -> Vec<Ipv6Addr> {
    let mut all = Vec::new();
    for network in SPECIAL_V6 {
        let (first, bits) = network.split_once('/').unwrap();
        let (first, bits): (Ipv6Addr, u32) = (first.parse().unwrap(), bits.parse().unwrap());
        let hosts = u128::MAX.checked_shr(bits).unwrap_or(0);
        for offset in [0, hosts / 3, hosts] {
            all.push(Ipv6Addr::from_bits(first.to_bits() | offset));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The addresses that are worth most to an attacker: every spelling is made of each.
pub const PRIZES: [Ipv4Addr; 6] = [
    Ipv4Addr::new(127, 0, 0, 1),
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(10, 0, 0, 1),
    Ipv4Addr::new(192, 168, 1, 1),
    Ipv4Addr::new(100, 64, 0, 1),
];

/// One IPv4 address as hosts that one parser or another takes for it.
pub fn spellings(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let (whole, low) = (address.to_bits(), u32::from(c) << 8 | u32::from(d));
    let three = u32::from(b) << 16 | low;
    let dotted = address.to_string();
    let wide = |text: &str| -> String {
        let digit = |c: char| {
            c.to_digit(10)
                .and_then(|digit| char::from_u32(0xff10 + digit))
        };
        text.chars().map(|c| digit(c).unwrap_or(c)).collect()
    };
    let circled = |text: &str| -> String {
        let digit = |c: char| match c {
            '0' => Some('⓪'),
            c => c
                .to_digit(10)
                .and_then(|digit| char::from_u32(0x245f + digit)),
        };
        text.chars().map(|c| digit(c).unwrap_or(c)).collect()
    };
    let percent: String = dotted.bytes().map(|byte| format!("%{byte:02x}")).collect();
    vec![
        whole.to_string(),
        format!("{whole:#x}"),
        format!("0X{whole:08X}"),
        format!("0{whole:o}"),
        format!("{whole:#018x}"),
        format!("{a}.{three}"),
        format!("{a}.{b}.{low}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.00000{b:o}.{c}.{d:#x}"),
        format!("{a:#x}.{three}"),
        format!("0{a:o}.{b:#x}.{low}"),
        format!("{dotted}."),
        wide(&dotted),
        circled(&dotted),
        dotted.replace('.', "。"),
        dotted.replace('.', "．"),
        dotted.replace('.', "｡"),
        dotted.replace('.', "%2e"),
        percent,
        dotted.replacen('.', "\u{ad}.", 1),
        dotted.replacen('.', "\u{200b}.", 1),
        // Not addresses any more, but for who wraps around.
        format!("{}.{b}.{c}.{d}", u32::from(a) + 256),
        (u64::from(whole) + (1 << 32)).to_string(),
    ]
}

/// IPv6 addresses that stand for an IPv4 address somewhere.
pub fn embeddings(address: Ipv4Addr) -> Vec<Ipv6Addr> {
    let bits = u128::from(address.to_bits());
    let (high, low) = (bits >> 16, bits & 0xffff);
    let at = |prefix: &str, shift: u32| {
        Ipv6Addr::from_bits(prefix.parse::<Ipv6Addr>().unwrap().to_bits() | bits << shift)
    };
    let teredo = !bits & 0xffff_ffff;
    vec![
        at("::", 0),
        at("::ffff:0:0", 0),
        at("::ffff:0:0:0", 0),
        at("64:ff9b::", 0),
        at("64:ff9b:1::", 0),
        at("64:ff9b:1:ffff::", 0),
        at("2002::", 80),
        format!("2002:{high:x}:{low:x}::{high:x}:{low:x}")
            .parse()
            .unwrap(),
        // Teredo: as the server, and as the client, which is written in ones' complement.
        at("2001::", 64),
        Ipv6Addr::from_bits("2001:0:808:808::".parse::<Ipv6Addr>().unwrap().to_bits() | teredo),
        // ISATAP, local and global, under a private and under a global prefix.
        at("fe80::5efe:0:0", 0),
        at("fe80::200:5efe:0:0", 0),
        at("2600::5efe:0:0", 0),
        at("2600:1f18::200:5efe:0:0", 0),
    ]
}
