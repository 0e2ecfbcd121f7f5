//! A DNS server whose names lead inside: at once, beside a public address, by another name, or from the second look on.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use crate::addresses::{PRIZES, embeddings, v4, v6};
use crate::corpus;

/// A name that leads where it should.
pub const PUBLIC: &str = "shop.attack.test";

const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

/// Names that lead inside and nowhere else: one for each special address, and aliases of names that do.
pub fn inside() -> impl Iterator<Item = String> {
    let embedded = PRIZES.into_iter().flat_map(embeddings);
    let all = v4()
        .into_iter()
        .map(IpAddr::from)
        .chain(v6().into_iter().chain(embedded).map(IpAddr::from));
    let plain = all.map(|address| format!("{}.attack.test", label(address)));
    let aliases = PRIZES.map(|prize| format!("alias-{}.attack.test", label(prize.into())));
    let far = PRIZES.map(|prize| format!("far-{}.attack.test", label(prize.into())));
    plain
        .chain(aliases)
        .chain(far)
        .chain(["self-alias.attack.test".to_owned()])
}

/// Names of which some answers lead inside and others to [`corpus::PUBLIC`].
pub fn mixed() -> impl Iterator<Item = String> {
    PRIZES.into_iter().flat_map(|prize| {
        let label = label(prize.into());
        ["mix-first", "mix-last", "rebind", "flip"]
            .map(|kind| format!("{kind}-{label}.attack.test"))
    })
}

/// An address as one label of a name.
fn label(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("a{:08x}", address.to_bits()),
        IpAddr::V6(address) => format!("b{:032x}", address.to_bits()),
    }
}

fn address(label: &str) -> Option<IpAddr> {
    let (family, digits) = label.split_at_checked(1)?;
    match family {
        "a" => Some(Ipv4Addr::from_bits(u32::from_str_radix(digits, 16).ok()?).into()),
        "b" => Some(Ipv6Addr::from_bits(u128::from_str_radix(digits, 16).ok()?).into()),
        _ => None,
    }
}

/// Answers for ever, at 127.0.0.1:53.
pub fn serve() {
    let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
    let mut asked = HashMap::new();
    let mut query = [0; 512];
    std::thread::spawn(move || {
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            if let Some(answer) = answer(&query[..length], &mut asked) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
}

/// What a name leads to, the `look`-th time.
fn records(name: &str, look: u32) -> Vec<(String, IpAddr)> {
    let public = IpAddr::from(corpus::PUBLIC);
    let Some(first) = name.strip_suffix(".attack.test") else {
        return Vec::new();
    };
    if name == PUBLIC {
        return vec![(name.to_owned(), public)];
    }
    let (kind, label) = first.rsplit_once('-').unwrap_or(("", first));
    let Some(inside) = address(label) else {
        return Vec::new();
    };
    let to = |addresses: &[IpAddr]| {
        addresses
            .iter()
            .map(|address| (name.to_owned(), *address))
            .collect()
    };
    match kind {
        "" => to(&[inside]),
        // By another name, which need not even be of this zone.
        "alias" => vec![(format!("{label}.attack.test"), inside)],
        "far" => vec![("cdn.shop.example".to_owned(), inside)],
        "mix-first" => to(&[inside, public]),
        "mix-last" => to(&[public, inside]),
        "rebind" if look == 0 => to(&[public]),
        "rebind" => to(&[inside]),
        "flip" if look % 2 == 1 => to(&[public]),
        "flip" => to(&[inside]),
        _ => Vec::new(),
    }
}

fn answer(query: &[u8], asked: &mut HashMap<(String, u16), u32>) -> Option<Vec<u8>> {
    let (name, end) = question(query)?;
    let kind = u16::from_be_bytes(query.get(end..end + 2)?.try_into().ok()?);
    let look = asked.entry((name.clone(), kind)).or_default();
    let found = records(&name, *look);
    *look += 1;
    let mut answers = Vec::new();
    let mut count: u16 = 0;
    for (owner, address) in &found {
        let (of, data) = match address {
            IpAddr::V4(address) => (A, address.octets().to_vec()),
            IpAddr::V6(address) => (AAAA, address.octets().to_vec()),
        };
        if of != kind {
            continue;
        }
        if *owner != name {
            record(&mut answers, &name, CNAME, &wire(owner));
            count += 1;
        }
        record(&mut answers, owner, of, &data);
        count += 1;
    }
    let code = if found.is_empty() { 3 } else { 0 };
    let mut answer = query[..2].to_vec();
    answer.extend([0x85, 0x80 | code, 0, 1]);
    answer.extend(count.to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(&query[12..end + 4]);
    answer.extend(answers);
    Some(answer)
}

/// The name that is asked for, and where it ends.
fn question(query: &[u8]) -> Option<(String, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = query.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += length;
    }
}

fn wire(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// Never to be kept: each look is a new one.
fn record(answers: &mut Vec<u8>, owner: &str, kind: u16, data: &[u8]) {
    answers.extend(wire(owner));
    answers.extend(kind.to_be_bytes());
    answers.extend([0, 1, 0, 0, 0, 0]);
    answers.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    answers.extend(data);
}
