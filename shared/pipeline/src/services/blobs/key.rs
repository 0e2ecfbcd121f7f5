//! Names of the objects: every key the product writes is one of these.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::request::{ImageRef, RequestId, ResultsFile};

/// Longest file name of an output, without its extension, in bytes.
const MAX_NAME_BYTES: usize = 80;

/// Key of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The CSV of a request, in the uploads bucket.
    Csv(RequestId),
    /// Where the CSV of a request is put that was announced, in the uploads bucket.
    Presigned(RequestId),
    /// The output of an image, in the outputs bucket. Its path in the API is the same.
    Output {
        /// Which image.
        image: ImageRef,
        /// File name without its extension; see [`file_name`].
        name: String,
        /// File name extension of its format, without the dot.
        extension: String,
    },
    /// The results of a round of a request in one of their forms, in the outputs bucket. Each round has
    /// its own, so that no late write of one that is over reaches the next one's. The first one's name has no
    /// number: what ended before others had one is still found.
    Results(RequestId, u32, ResultsFile),
    /// All outputs of a round of a request as a ZIP, in the outputs bucket.
    Archive(RequestId, u32),
    /// What is not yet in the parts of results that are being written, in the outputs bucket.
    ResultsRest(RequestId),
    /// Which request a dropped object became, in the outputs bucket: its key is the dropped
    /// object's with `results/` before and `.request.json` behind.
    DropNote {
        /// The dropped object's key.
        dropped: String,
    },
}

/// What the keys of announced CSVs begin with.
const PRESIGNED: &str = "presigned/";

impl Key {
    /// The request whose announced CSV is under this key; `None` for any other key.
    #[must_use]
    pub fn of_presigned(key: &str) -> Option<RequestId> {
        key.strip_prefix(PRESIGNED)?.parse().ok()
    }

    /// What the keys of all outputs of a request begin with.
    #[must_use]
    pub fn outputs(request: RequestId) -> String {
        format!("output/{request}/")
    }

    /// The image that an output was made for, by the output's key.
    #[must_use]
    pub fn image_of(output: &str) -> Option<ImageRef> {
        let mut parts = output.strip_prefix("output/")?.split('/');
        Some(ImageRef {
            request_id: parts.next()?.parse().ok()?,
            ordinal: parts.next()?.parse().ok()?,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csv(request) => write!(f, "requests/{request}.csv"),
            Self::Presigned(request) => write!(f, "{PRESIGNED}{request}"),
            Self::Output {
                image,
                name,
                extension,
            } => {
                let ImageRef {
                    request_id,
                    ordinal,
                } = image;
                let outputs = Self::outputs(*request_id);
                write!(f, "{outputs}{ordinal}/{name}.{extension}")
            }
            Self::Results(request, 1, file) => {
                write!(f, "results/{request}.{}", file.extension())
            }
            Self::Results(request, round, file) => {
                write!(f, "results/{request}.{round}.{}", file.extension())
            }
            Self::Archive(request, round) => write!(f, "results/{request}.{round}.zip"),
            Self::ResultsRest(request) => write!(f, "results/{request}.rest"),
            Self::DropNote { dropped } => write!(f, "results/{dropped}.request.json"),
        }
    }
}

/// The name of an output: its source's file name without the extension, safe in any path, bounded
/// and never empty.
#[must_use]
pub fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let file = path.split_once('/').map_or("", |(_, path)| path);
    let file = file.rsplit('/').next().unwrap_or_default();
    let file = percent_decode_str(file).decode_utf8_lossy();
    let stem = file.rsplit_once('.').map_or(&*file, |(stem, _)| stem);
    let mut name = String::new();
    for c in stem.chars().take(MAX_NAME_BYTES) {
        if c.is_ascii_alphanumeric() || c == '_' {
            name.push(c.to_ascii_lowercase());
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_matches('-');
    if name.is_empty() { "image" } else { name }.to_owned()
}

/// Unreserved characters of RFC 3986 and `/` stay.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// A key as it is written in a URL path or a copy source.
pub(super) fn encode(key: &str) -> String {
    utf8_percent_encode(key, KEY).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_documented_form() {
        let request_id = RequestId::random();
        let output = Key::Output {
            image: ImageRef {
                request_id,
                ordinal: 12,
            },
            name: file_name("https://shop.example/p/Red%20Chair.JPG?v=3"),
            extension: "jpg".into(),
        };
        assert_eq!(
            output.to_string(),
            format!("output/{request_id}/12/red-chair.jpg")
        );
        let made_for = Key::image_of(&output.to_string()).unwrap();
        assert_eq!((made_for.request_id, made_for.ordinal), (request_id, 12));
        assert_eq!(Key::image_of("output/x/12/red-chair.jpg"), None);
        for (file, end) in [
            (ResultsFile::Csv, "csv"),
            (ResultsFile::Source, "source.csv"),
            (ResultsFile::Ndjson, "ndjson"),
            (ResultsFile::Json, "json"),
        ] {
            let key = Key::Results(request_id, 1, file).to_string();
            assert_eq!(key, format!("results/{request_id}.{end}"));
            let key = Key::Results(request_id, 2, file).to_string();
            assert_eq!(key, format!("results/{request_id}.2.{end}"));
        }
        let archive = Key::Archive(request_id, 2).to_string();
        assert_eq!(archive, format!("results/{request_id}.2.zip"));
        let presigned = Key::Presigned(request_id).to_string();
        assert_eq!(presigned, format!("presigned/{request_id}"));
        assert_eq!(Key::of_presigned(&presigned), Some(request_id));
        assert_eq!(Key::of_presigned(&request_id.to_string()), None);
        let rest = Key::ResultsRest(request_id).to_string();
        assert_eq!(rest, format!("results/{request_id}.rest"));
        let note = Key::DropNote {
            dropped: "in/a b.csv".into(),
        };
        assert_eq!(note.to_string(), "results/in/a b.csv.request.json");
    }

    #[test]
    fn names_are_safe_bounded_and_never_empty() {
        for (url, name) in [
            ("https://a/", "image"),
            ("https://a", "image"),
            ("https://a/b/?file=x.jpg", "image"),
            ("https://a/..%2F..%2Fetc%2Fpasswd", "image"),
            ("https://a/a%2Fb%5Cc.jpg", "a-b-c"),
            ("https://a/%E2%98%83.png", "image"),
            ("https://a/archive.tar.gz", "archive-tar"),
            ("https://a/.htaccess", "image"),
            ("https://a/A_b-C.jpg#x", "a_b-c"),
        ] {
            assert_eq!(file_name(url), name, "{url}");
        }
        let long = format!("https://a/{}.jpg", "x".repeat(500));
        assert_eq!(file_name(&long).len(), MAX_NAME_BYTES);
    }

    #[test]
    fn copy_sources_are_encoded() {
        assert_eq!(encode("in/a+b ü.csv"), "in/a%2Bb%20%C3%BC.csv");
    }
}
