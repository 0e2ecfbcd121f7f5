//! Headers that an origin wants to see before it gives a picture away: a staging shop's password, a token against
//! hot-linking. They are the operator's secret.
//!
//! They go to the very origin that they were given for, and with images only: a redirect to another host, to another
//! port or from https to http leaves them behind, and webhooks never carry any.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use ::url::{Origin, Url};
use http::header::{self, HeaderName, InvalidHeaderName, InvalidHeaderValue};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use thiserror::Error;

use crate::url::{self, UrlFault};

/// The longest text that is read, in bytes: what Secrets Manager takes.
const MAX_BYTES: usize = 65_536;

/// What the client decides itself: how the message is framed, and that it is all of the picture, unconditionally.
const RESERVED: [HeaderName; 19] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::IF_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_RANGE,
    header::IF_UNMODIFIED_SINCE,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::RANGE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers by origin. `Debug` shows none of them.
#[derive(Clone, Default)]
pub struct OriginHeaders {
    by_origin: HashMap<Origin, HeaderMap>,
}

/// Why a text names no headers. Never repeats a value: they are secrets.
#[derive(Debug, Error)]
pub enum OriginHeadersError {
    /// It is longer than a function's environment.
    #[error("it has {0} bytes; at most {MAX_BYTES} fit")]
    TooLong(usize),
    /// It is not JSON of this form.
    #[error(
        "it is not JSON such as {{\"shop.example\": {{\"Authorization\": \"Basic …\"}}}} (line {line}, column {column})"
    )]
    Json {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// A host cannot be one.
    #[error("{host:?} is no host such as shop.example, shop.example:8443 or http://shop.example")]
    Host {
        /// What was given.
        host: String,
        /// What is wrong with it.
        #[source]
        source: Option<UrlFault>,
    },
    /// A host stands in it twice.
    #[error("{0:?} is given twice")]
    Twice(String),
    /// A header's name cannot be one. It is not repeated: a value may stand there by mistake.
    #[error("the name of a header for {host:?} has a character that names cannot have")]
    Name {
        /// The host it was given for.
        host: String,
        /// What is wrong with it.
        source: InvalidHeaderName,
    },
    /// A header's value cannot be one.
    #[error("the value of {name:?} for {host:?} has a character that headers cannot have")]
    Value {
        /// The host it was given for.
        host: String,
        /// The header's name.
        name: String,
        /// What is wrong with it.
        source: InvalidHeaderValue,
    },
    /// A header is not the operator's to set.
    #[error("{name:?} for {host:?} is set by Halftone itself")]
    Reserved {
        /// The host it was given for.
        host: String,
        /// The header's name.
        name: String,
    },
}

impl OriginHeaders {
    /// The headers for a URL: those of its scheme, host and port, and of no other.
    #[must_use]
    pub fn of(&self, url: &Url) -> Option<&HeaderMap> {
        self.by_origin.get(&url.origin())
    }

    fn add(
        &mut self,
        host: String,
        fields: Vec<(String, String)>,
    ) -> Result<(), OriginHeadersError> {
        let origin = origin(&host)?;
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let (name, value) = field(&host, name, &value)?;
            if headers.insert(&name, value).is_some() {
                return Err(OriginHeadersError::Twice(format!("{name} for {host}")));
            }
        }
        match self.by_origin.insert(origin, headers) {
            None => Ok(()),
            Some(_) => Err(OriginHeadersError::Twice(host)),
        }
    }
}

/// What a host stands for: https, unless it says http itself, so that no secret goes in the clear by mistake.
fn origin(host: &str) -> Result<Origin, OriginHeadersError> {
    // A password that stands before the host is not repeated.
    let shown = host.rsplit('@').next().unwrap_or_default();
    let fault = |source| OriginHeadersError::Host {
        host: shown.to_owned(),
        source,
    };
    let full = if host.contains("://") {
        host.to_owned()
    } else {
        format!("https://{host}")
    };
    let url = url::check(&full).map_err(|source| fault(Some(source)))?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    is_bare.then(|| url.origin()).ok_or_else(|| fault(None))
}

fn field(
    host: &str,
    name: String,
    value: &str,
) -> Result<(HeaderName, HeaderValue), OriginHeadersError> {
    let host = host.to_owned();
    let header = match HeaderName::from_str(&name) {
        Ok(header) if RESERVED.contains(&header) => {
            return Err(OriginHeadersError::Reserved { host, name });
        }
        Ok(header) => header,
        Err(source) => return Err(OriginHeadersError::Name { host, source }),
    };
    match HeaderValue::from_str(value) {
        Ok(mut value) => {
            value.set_sensitive(true);
            Ok((header, value))
        }
        Err(source) => Err(OriginHeadersError::Value { host, name, source }),
    }
}

impl FromStr for OriginHeaders {
    type Err = OriginHeadersError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES {
            return Err(OriginHeadersError::TooLong(text.len()));
        }
        // The library's own words may repeat a part of the text.
        let hosts: Pairs<Pairs<String>> =
            serde_json::from_str(text).map_err(|error| OriginHeadersError::Json {
                line: error.line(),
                column: error.column(),
            })?;
        let mut headers = Self::default();
        for (host, Pairs(fields)) in hosts.0 {
            headers.add(host, fields)?;
        }
        Ok(headers)
    }
}

impl fmt::Debug for OriginHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OriginHeaders(of {} origins)", self.by_origin.len())
    }
}

/// An object with all of its entries: a map would keep only the last of equal names.
struct Pairs<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(std::marker::PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Pairs<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Pairs(entries))
            }
        }

        deserializer.deserialize_map(Entries(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<OriginHeaders, OriginHeadersError> {
        text.parse()
    }

    fn told(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn headers_are_for_one_scheme_host_and_port() {
        let headers = parse(
            r#"{"Shop.Example": {"Authorization": "Basic c2VjcmV0"},
                "http://plain.example": {"X-Token": "t"},
                "bücher.example:8443": {"Referer": "https://bücher.example/"}}"#,
        );
        // A value outside of ASCII goes as it is, as browsers send it.
        let headers = headers.unwrap();
        let of = |url: &str| headers.of(&Url::parse(url).unwrap()).map(HeaderMap::len);
        for url in [
            "https://shop.example/a.jpg?x",
            "https://SHOP.example:443/",
            "http://plain.example/",
            "https://xn--bcher-kva.example:8443/",
        ] {
            assert_eq!(of(url), Some(1), "{url}");
        }
        for url in [
            "http://shop.example/",
            "https://shop.example:8443/",
            "https://cdn.shop.example/",
            "https://example/",
            "https://shop.example.evil.example/",
            "https://shop.example./",
            "https://plain.example/",
            "https://xn--bcher-kva.example/",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_without_its_values() {
        for (text, expected) in [
            (
                r#"{"a.example": {"A": "hunter2"}"#,
                "it is not JSON such as",
            ),
            (r#"{"a.example": "hunter2"}"#, "it is not JSON such as"),
            (r#"["hunter2"]"#, "it is not JSON such as"),
            (
                r#"{"a.example/x": {"A": "hunter2"}}"#,
                r#""a.example/x" is no host"#,
            ),
            (r#"{"ftp://a.example": {"A": "hunter2"}}"#, "is no host"),
            (r#"{"": {"A": "hunter2"}}"#, r#""" is no host"#),
            (
                r#"{"a.example": {"A": "hunter2"}, "A.example:443": {}}"#,
                "is given twice",
            ),
            (
                r#"{"a.example": {}, "a.example": {"A": "hunter2"}}"#,
                "is given twice",
            ),
            (
                r#"{"a.example": {"A": "1", "a": "hunter2"}}"#,
                "\"a for a.example\" is given twice",
            ),
            (
                r#"{"a.example": {"Basic hunter2": "A"}}"#,
                r#"a header for "a.example" has a character"#,
            ),
            (
                r#"{"https://u:hunter2@a.example": {"A": "x"}}"#,
                r#""a.example" is no host"#,
            ),
            (
                r#"{"a.example": {"A": "hunter2\r\nB: c"}}"#,
                r#"the value of "A" for "a.example""#,
            ),
            (
                r#"{"a.example": {"Host": "hunter2"}}"#,
                "is set by Halftone itself",
            ),
            (
                r#"{"a.example": {"range": "hunter2"}}"#,
                "is set by Halftone itself",
            ),
        ] {
            let told = told(text);
            assert!(
                told.contains(expected) && !told.contains("hunter2"),
                "{told}"
            );
        }
        let long = format!(r#"{{"a.example": {{"A": "{}"}}}}"#, "x".repeat(MAX_BYTES));
        assert!(told(&long).ends_with("at most 65536 fit"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let headers = parse(r#"{"a.example": {"Authorization": "hunter2"}}"#).unwrap();
        assert_eq!(format!("{headers:?}"), "OriginHeaders(of 1 origins)");
        let of = headers.of(&Url::parse("https://a.example/").unwrap());
        assert!(!format!("{of:?}").contains("hunter2"));
    }
}
