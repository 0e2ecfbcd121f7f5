//! What a URL must look like before anything is asked of the network, and where a redirect may lead. No I/O.

use thiserror::Error;
use url::Url;

/// The longest URL that is accepted, in bytes: presigned URLs with session tokens have some 2,000, and servers take
/// lines of at least 8,000 ([RFC 9110, 4.1](https://www.rfc-editor.org/rfc/rfc9110#section-4.1)).
pub const MAX_URL_BYTES: usize = 8192;

/// How much of a part of a URL is repeated to whoever is told of it, in characters: the longest host has as many.
const MAX_TOLD_CHARS: usize = 253;

/// Why a URL cannot be used, in the words of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlFault {
    /// The URL has more than [`MAX_URL_BYTES`] bytes.
    #[error("it has {bytes} bytes; at most {MAX_URL_BYTES} are taken")]
    TooLong {
        /// The URL's length.
        bytes: usize,
    },
    /// The text is not an absolute URL.
    #[error("it is not a complete address such as https://shop.example/photo.jpg ({})", reason(*.0))]
    Syntax(#[source] url::ParseError),
    /// The scheme is neither `http` nor `https`.
    #[error("it begins with {scheme}:{slashes}; only http:// and https:// addresses can be used")]
    Scheme {
        /// The scheme that was given.
        scheme: String,
        /// What stood between the scheme and the rest: `//` or nothing.
        slashes: &'static str,
    },
    /// A user name or password stands in the URL.
    #[error("it carries a user name or password; take them out")]
    Credentials,
    /// The URL names no host.
    #[error("it names no host")]
    NoHost,
    /// No name server knows such a host.
    #[error("its host has a dot too many")]
    EmptyLabel,
}

/// What the parser stumbled over, in fewer and plainer words than its own.
fn reason(error: url::ParseError) -> &'static str {
    match error {
        url::ParseError::RelativeUrlWithoutBase
        | url::ParseError::RelativeUrlWithCannotBeABaseBase => "http:// or https:// is missing",
        url::ParseError::EmptyHost => "the host is missing",
        url::ParseError::InvalidPort => "the port is not a number up to 65535",
        url::ParseError::InvalidIpv4Address | url::ParseError::InvalidIpv6Address => {
            "the host is not a valid IP address"
        }
        url::ParseError::IdnaError | url::ParseError::InvalidDomainCharacter => {
            "the host has a character that host names cannot have"
        }
        _ => "it cannot be read",
    }
}

/// Checks what can be known of a URL without I/O: length, syntax, scheme, host, no credentials.
///
/// Addresses are not judged here: a literal address is checked when it is connected to, like a resolved one.
///
/// # Errors
/// Says which rule the URL breaks.
pub fn check(url: &str) -> Result<Url, UrlFault> {
    if url.len() > MAX_URL_BYTES {
        return Err(UrlFault::TooLong { bytes: url.len() });
    }
    let url = Url::parse(url).map_err(UrlFault::Syntax)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlFault::Scheme {
            scheme: url.scheme().chars().take(MAX_TOLD_CHARS).collect(),
            slashes: if url.has_authority() { "//" } else { "" },
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlFault::Credentials);
    }
    match url.host_str() {
        None | Some("") => Err(UrlFault::NoHost),
        Some(host) if has_empty_label(host) => Err(UrlFault::EmptyLabel),
        Some(_) => Ok(url),
    }
}

/// Whether a dot begins a host, follows another, or is all there is; one may end it.
fn has_empty_label(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.split('.').any(str::is_empty)
}

/// The host and port of a URL that was checked: whom its fetch asks.
#[must_use]
pub fn host(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return String::new();
    };
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The same of a URL that may be any stranger's, cut to what the longest name has.
#[must_use]
pub fn told_host(url: &Url) -> String {
    host(url.as_str()).chars().take(MAX_TOLD_CHARS).collect()
}

/// The URL a `Location` header leads to, checked like the first one.
///
/// # Errors
/// The target breaks a rule of [`check`].
pub fn follow(from: &Url, location: &str) -> Result<Url, UrlFault> {
    if location.len() > MAX_URL_BYTES {
        return Err(UrlFault::TooLong {
            bytes: location.len(),
        });
    }
    check(from.join(location).map_err(UrlFault::Syntax)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_urls_pass() {
        for url in [
            "http://example.com",
            "https://example.com:8443/a%20b.jpg?x=1#f",
            "HTTPS://EXAMPLE.com/ü.png",
            "http://127.0.0.1/x",
            "http://[2001:db8::1]/x",
            "https://example.com./x",
        ] {
            assert!(check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn bad_urls_say_why() {
        let long = format!("http://example.com/{}", "a".repeat(MAX_URL_BYTES));
        assert_eq!(check(&long), Err(UrlFault::TooLong { bytes: long.len() }));
        for url in [
            "",
            "photo.jpg",
            "//example.com/x",
            "http://",
            "http://exa mple/",
            "http://1.2.3.4.5/",
        ] {
            assert!(matches!(check(url), Err(UrlFault::Syntax(_))), "{url}");
        }
        for url in [
            "ftp://example.com/x",
            "file:///etc/passwd",
            "data:image/png;base64,AA",
            "gopher://x/",
        ] {
            assert!(matches!(check(url), Err(UrlFault::Scheme { .. })), "{url}");
        }
        for url in [
            "http://user@example.com/",
            "https://user:pass@example.com/",
            "http://:pass@example.com/",
        ] {
            assert_eq!(check(url), Err(UrlFault::Credentials), "{url}");
        }
        // To some `0..` is 0.0.0.0.
        for url in [
            "http://0../x",
            "http://shop..example/x",
            "http://.example/",
            "http://./",
        ] {
            assert_eq!(check(url), Err(UrlFault::EmptyLabel), "{url}");
        }
    }

    #[test]
    fn faults_are_said_in_words() {
        let said = |url: &str| check(url).unwrap_err().to_string();
        assert_eq!(
            said("photo.jpg"),
            "it is not a complete address such as https://shop.example/photo.jpg (http:// or \
             https:// is missing)"
        );
        assert_eq!(
            said("data:image/png;base64,AA"),
            "it begins with data:; only http:// and https:// addresses can be used"
        );
        assert_eq!(
            said("https://u:p@shop.example/"),
            "it carries a user name or password; take them out"
        );
        let endless = said(&format!("{}:x", "a".repeat(5000)));
        assert!(endless.len() < 400, "{endless}");
        assert!(said("http://a:99999/").contains("the port is not a number up to 65535"));
    }

    /// Every spelling of an address becomes a literal address, so that the address check sees it.
    #[test]
    fn odd_spellings_of_addresses_are_literals() {
        for url in [
            "http://127.1",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://127.0.0.1./",
            "http://１２７.0.0.1/",
            "http://%31%32%37.0.0.1/",
        ] {
            assert_eq!(check(url).unwrap().host_str(), Some("127.0.0.1"), "{url}");
        }
        assert_eq!(
            check("http://[::ffff:127.0.0.1]/").unwrap().host_str(),
            Some("[::ffff:7f00:1]")
        );
    }

    #[test]
    fn redirects_are_joined_and_checked() {
        let from = check("https://example.com/a/b.jpg").unwrap();
        assert_eq!(
            follow(&from, "../c.jpg").unwrap().as_str(),
            "https://example.com/c.jpg"
        );
        assert_eq!(
            follow(&from, "//other.example/x").unwrap().as_str(),
            "https://other.example/x"
        );
        assert_eq!(
            follow(&from, "http://example.com/x").unwrap().scheme(),
            "http"
        );
        assert!(matches!(
            follow(&from, "ftp://example.com/x"),
            Err(UrlFault::Scheme { .. })
        ));
        assert_eq!(
            follow(&from, "https://u:p@example.com/"),
            Err(UrlFault::Credentials)
        );
        let plain = check("http://example.com/").unwrap();
        assert_eq!(
            follow(&plain, "https://example.com/").unwrap().scheme(),
            "https"
        );
    }
}
