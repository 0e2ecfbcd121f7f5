//! What tells that a file has not changed since it was fetched, without sending it again: entity tags and dates
//! ([RFC 9110, 8.8 and 13](https://www.rfc-editor.org/rfc/rfc9110#section-8.8)).

use std::time::{Duration, SystemTime};

use ::url::Url;
use http::header::{
    CONTENT_LENGTH, DATE, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::hash::sha256;

/// Longest entity tag that is kept, in bytes: all that are in use are far shorter.
const MAX_TAG_BYTES: usize = 256;

/// A date says nothing of a file that changes twice within its one second; of a file that was this old already it
/// does ([RFC 9110, 8.8.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.2.2)).
const OLD_ENOUGH: Duration = Duration::from_secs(60);

/// How much of a URL's hash is kept, in characters of four bits: mistakes are to be told, not attacks.
const HASH_CHARS: usize = 32;

/// What a server said of a file when it sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validators {
    /// Hash of the URL that it was sent from, behind all redirects: to another they say nothing, and may even be
    /// those of another file there.
    of: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    /// The length that was declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
}

impl Validators {
    /// Those of an answer, if it has any that can be relied on.
    pub(super) fn of(url: &Url, headers: &HeaderMap) -> Option<Self> {
        let etag = text(headers, &ETAG).filter(|tag| is_tag(tag));
        let last_modified = text(headers, &LAST_MODIFIED).filter(|date| is_old(date, headers));
        (etag.is_some() || last_modified.is_some()).then(|| Self {
            of: hash(url),
            etag: etag.map(str::to_owned),
            last_modified: last_modified.map(str::to_owned),
            length: length(headers),
        })
    }

    /// Headers that ask a URL for the file only if it is another by now; none for a URL that these are not of.
    pub(super) fn conditions(&self, url: &Url) -> Option<HeaderMap> {
        if self.of != hash(url) {
            return None;
        }
        let mut conditions = HeaderMap::new();
        for (name, value) in [
            (IF_NONE_MATCH, &self.etag),
            (IF_MODIFIED_SINCE, &self.last_modified),
        ] {
            if let Some(value) = value {
                conditions.insert(name, HeaderValue::from_str(value).ok()?);
            }
        }
        Some(conditions)
    }

    /// Whether an answer that says "not modified" does not itself speak of another file.
    pub(super) fn are_confirmed(&self, headers: &HeaderMap) -> bool {
        // Servers that say 0 mean the answer itself.
        let length = length(headers).filter(|length| *length > 0);
        let other_length = length.is_some() && self.length.is_some() && length != self.length;
        let tag = text(headers, &ETAG).map(opaque);
        let own = self.etag.as_deref().map(opaque);
        let other_tag = tag.is_some() && own.is_some() && tag != own;
        // Servers say "not modified" of a file that is older than the date they are shown, too: of one that was put
        // back. So without a tag the date must be the very one.
        let date = text(headers, &LAST_MODIFIED);
        let other_date = own.is_none() && date != self.last_modified.as_deref();
        !(other_length || other_tag || other_date)
    }
}

fn hash(url: &Url) -> String {
    let mut hash = sha256(&[url.as_str().as_bytes()]);
    hash.truncate(HASH_CHARS);
    hash
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

fn length(headers: &HeaderMap) -> Option<u64> {
    text(headers, &CONTENT_LENGTH)?.parse().ok()
}

/// One tag in quotes. `*` would match whatever there is, and a list any of its tags.
fn is_tag(tag: &str) -> bool {
    let quoted = opaque(tag)
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    tag.len() <= MAX_TAG_BYTES
        && quoted.is_some_and(|inside| !inside.is_empty() && !inside.contains('"'))
}

/// A tag without the mark of a weak one: servers that pack add it, and others leave it out.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn is_old(date: &str, headers: &HeaderMap) -> bool {
    let sent = text(headers, &DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    let sent = sent.unwrap_or_else(SystemTime::now);
    let modified = httpdate::parse_http_date(date).ok();
    let age = modified.and_then(|modified| sent.duration_since(modified).ok());
    age.is_some_and(|age| age >= OLD_ENOUGH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        };
        fields.iter().map(field).collect()
    }

    fn url() -> Url {
        Url::parse("https://a.example/1.jpg?v=1").unwrap()
    }

    fn of(fields: &[(&'static str, &str)]) -> Option<Validators> {
        Validators::of(&url(), &headers(fields))
    }

    #[test]
    fn what_can_be_relied_on_is_kept() {
        for tag in ["\"a\"", "W/\"a\"", "\"a, b\""] {
            let conditions = of(&[("etag", tag)]).unwrap().conditions(&url()).unwrap();
            assert_eq!(conditions["if-none-match"], tag);
        }
        let long = format!("\"{}\"", "a".repeat(300));
        for tag in ["*", "", "a", "\"", "\"\"", "\"a\", \"b\"", "W/*", &long] {
            assert_eq!(of(&[("etag", tag)]), None, "{tag}");
        }
        let sent = ("date", "Sat, 31 Jan 2026 12:01:00 GMT");
        let modified = |at| ("last-modified", at);
        let old = of(&[sent, modified("Sat, 31 Jan 2026 12:00:00 GMT")]).unwrap();
        assert!(
            old.conditions(&url())
                .unwrap()
                .contains_key("if-modified-since")
        );
        for young in [
            "Sat, 31 Jan 2026 12:00:30 GMT",
            "Sat, 31 Jan 2026 13:00:00 GMT",
            "yesterday",
        ] {
            assert_eq!(of(&[sent, modified(young)]), None, "{young}");
        }
    }

    #[test]
    fn they_are_shown_to_the_url_that_gave_them() {
        let known = of(&[("etag", "\"1\"")]).unwrap();
        let other = Url::parse("https://a.example/1.jpg?v=2").unwrap();
        assert_eq!(known.conditions(&other), None);
    }

    #[test]
    fn an_answer_that_speaks_of_another_file_confirms_nothing() {
        let known = of(&[("etag", "\"1\""), ("content-length", "10")]).unwrap();
        let confirmed = |fields: &[(&'static str, &str)]| known.are_confirmed(&headers(fields));
        assert!(confirmed(&[]));
        assert!(confirmed(&[("content-length", "0"), ("etag", "W/\"1\"")]));
        assert!(confirmed(&[("content-length", "10")]));
        assert!(!confirmed(&[("content-length", "11")]));
        assert!(!confirmed(&[("etag", "\"2\"")]));
        let dated = of(&[("last-modified", "Sat, 31 Jan 2026 12:00:00 GMT")]).unwrap();
        let later = headers(&[("last-modified", "Sat, 31 Jan 2026 12:00:01 GMT")]);
        assert!(!dated.are_confirmed(&later));
        // Of an older file that was put back many servers say no more than this.
        assert!(!dated.are_confirmed(&headers(&[])));
        let same = headers(&[("last-modified", "Sat, 31 Jan 2026 12:00:00 GMT")]);
        assert!(dated.are_confirmed(&same));
    }
}
