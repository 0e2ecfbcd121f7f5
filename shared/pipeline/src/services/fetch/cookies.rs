//! Cookies, for as long as one picture is fetched: there are servers that set one, redirect to where they were asked,
//! and go on so until it comes back.
//!
//! A cookie goes back to the scheme, host and port that set it, whatever else it says of itself, and to nobody else.

use ::url::{Origin, Url};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

/// How many bytes of cookies are kept: what servers take in one header. Those beyond are left out.
const MAX_BYTES: usize = 8192;

/// What was set on the way.
#[derive(Default)]
pub(super) struct Cookies {
    kept: Vec<Cookie>,
}

struct Cookie {
    origin: Origin,
    name: Vec<u8>,
    /// Name and value as they were set.
    pair: Vec<u8>,
}

impl Cookies {
    /// Keeps what an answer sets; a later one of a name takes the place of the first.
    pub(super) fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        for set in headers.get_all(SET_COOKIE) {
            let pair = set.as_bytes().split(|byte| *byte == b';').next();
            let pair = pair.unwrap_or_default().trim_ascii();
            let Some(name) = pair
                .split(|byte| *byte == b'=')
                .next()
                .filter(|name| name.len() < pair.len())
            else {
                continue;
            };
            let origin = url.origin();
            self.kept
                .retain(|cookie| cookie.origin != origin || cookie.name != name);
            let bytes: usize = self.kept.iter().map(|cookie| cookie.pair.len() + 2).sum();
            if bytes + pair.len() <= MAX_BYTES {
                self.kept.push(Cookie {
                    origin,
                    name: name.to_vec(),
                    pair: pair.to_vec(),
                });
            }
        }
    }

    /// What goes back to a URL.
    pub(super) fn of(&self, url: &Url) -> Option<HeaderValue> {
        let origin = url.origin();
        let here = self.kept.iter().filter(|cookie| cookie.origin == origin);
        let pairs: Vec<_> = here.map(|cookie| cookie.pair.as_slice()).collect();
        let header = HeaderValue::from_bytes(&pairs.join(&b"; "[..])).ok();
        header.filter(|header| !header.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn kept(set: &[&str]) -> Cookies {
        let mut cookies = Cookies::default();
        let headers = set.iter().map(|set| (SET_COOKIE, set.parse().unwrap()));
        let mut map = HeaderMap::new();
        headers.for_each(|(name, value): (_, HeaderValue)| _ = map.append(name, value));
        cookies.keep(&url("https://a.example/x"), &map);
        cookies
    }

    #[test]
    fn cookies_go_back_to_their_origin_only() {
        let cookies = kept(&[
            "a=1; Path=/; Domain=.example",
            "b=\"2=3\"",
            "a=4",
            "nonsense",
            "",
        ]);
        let of = |text: &str| cookies.of(&url(text));
        assert_eq!(of("https://a.example/y").unwrap(), "b=\"2=3\"; a=4");
        for other in [
            "http://a.example/x",
            "https://b.example/x",
            "https://a.example:444/x",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn cookies_have_a_bound() {
        let large = format!("large={}", "x".repeat(MAX_BYTES));
        let cookies = kept(&[&large, "a=1"]);
        assert_eq!(cookies.of(&url("https://a.example/")).unwrap(), "a=1");
    }
}
