//! Which ports may be connected to: those of the web, and those at which no service of a system listens.
//!
//! Pure rules, no I/O. Below 1024 are mail, shells, files and directories, of which some take commands from what looks
//! like a request; nobody serves pictures there but at 80 and 443.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;
use url::Url;

/// Ports that may be connected to. Its text is a comma-separated list of ports and ranges, such as
/// `80, 443, 1024-65535`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports(Vec<RangeInclusive<u16>>);

/// A text that is no list of ports.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is neither a port from 1 to 65535 nor a range such as 1024-65535")]
pub struct NoPorts(String);

/// A port that must not be connected to, and those that may.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("its port {port} is not one of those that may be used, {allowed} (AllowedPorts)")]
pub struct BlockedPort {
    /// The refused port.
    pub port: u16,
    /// Those that may be used.
    pub allowed: Ports,
}

impl Ports {
    /// Accepts the port that a URL leads to, its scheme's where it names none.
    ///
    /// # Errors
    /// The port is not one of these.
    pub fn check(&self, url: &Url) -> Result<(), BlockedPort> {
        // Only http and https come here, which have a port always: 0 is nobody's.
        let port = url.port_or_known_default().unwrap_or(0);
        if self.0.iter().any(|range| range.contains(&port)) {
            return Ok(());
        }
        Err(BlockedPort {
            port,
            allowed: self.clone(),
        })
    }
}

/// The template's default.
impl Default for Ports {
    fn default() -> Self {
        Self(vec![80..=80, 443..=443, 1024..=u16::MAX])
    }
}

impl FromStr for Ports {
    type Err = NoPorts;

    fn from_str(text: &str) -> Result<Self, NoPorts> {
        text.split(',')
            .map(range)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn range(text: &str) -> Result<RangeInclusive<u16>, NoPorts> {
    let unusable = || NoPorts(text.trim().to_owned());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| text.trim().parse::<u16>().map_err(|_| unusable());
    let (first, last) = (port(first)?, port(last)?);
    if first == 0 || first > last {
        return Err(unusable());
    }
    Ok(first..=last)
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, range) in self.0.iter().enumerate() {
            let (before, first, last) = (
                if place > 0 { ", " } else { "" },
                range.start(),
                range.end(),
            );
            match first == last {
                true => write!(f, "{before}{first}")?,
                false => write!(f, "{before}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ports: &Ports, url: &str) -> Result<(), BlockedPort> {
        ports.check(&Url::parse(url).unwrap())
    }

    #[test]
    fn ports_of_the_web_and_high_ones_are_the_default() {
        let ports: Ports = "80,443, 1024-65535".parse().unwrap();
        assert_eq!(ports, Ports::default());
        for good in [
            "http://a/",
            "https://a/",
            "http://a:443/",
            "https://a:1024/",
            "http://a:65535/",
        ] {
            assert_eq!(check(&ports, good), Ok(()), "{good}");
        }
        for (bad, port) in [
            ("http://a:0/", 0),
            ("https://a:22/", 22),
            ("http://a:81/", 81),
            ("http://a:1023/", 1023),
        ] {
            assert_eq!(check(&ports, bad).unwrap_err().port, port, "{bad}");
        }
        assert_eq!(
            check(&ports, "http://a:25/").unwrap_err().to_string(),
            "its port 25 is not one of those that may be used, 80, 443, 1024-65535 (AllowedPorts)"
        );
    }

    #[test]
    fn what_is_no_list_of_ports_is_refused() {
        for bad in [
            "", " ", "0", "80,", "https", "65536", "2-1", "0-80", "80-", "-80", "80 443",
        ] {
            assert!(bad.parse::<Ports>().is_err(), "{bad}");
        }
    }
}
