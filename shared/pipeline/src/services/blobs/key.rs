//! Names of the objects: every key the product writes is one of these.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::request::{ImageRef, RequestId};

/// Key of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The CSV of a request, in the uploads bucket.
    Csv(RequestId),
    /// The output of an image, in the outputs bucket.
    Output {
        /// Which image.
        image: ImageRef,
        /// File name extension of its format, without the dot.
        extension: String,
    },
    /// The results CSV of a request, in the outputs bucket.
    Results(RequestId),
    /// Which request a dropped object became, in the outputs bucket: its key is the dropped
    /// object's with `results/` before and `.request.json` behind.
    DropNote {
        /// The dropped object's key.
        dropped: String,
    },
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csv(request) => write!(f, "requests/{request}.csv"),
            Self::Output { image, extension } => {
                let ImageRef {
                    request_id,
                    row,
                    position,
                } = image;
                write!(f, "output/{request_id}/{row}-{position}.{extension}")
            }
            Self::Results(request) => write!(f, "results/{request}.csv"),
            Self::DropNote { dropped } => write!(f, "results/{dropped}.request.json"),
        }
    }
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
        let request_id = RequestId::of_drop("b", "k", "v");
        let image = ImageRef {
            request_id,
            row: 2,
            position: 1,
        };
        let output = Key::Output {
            image,
            extension: "jpg".into(),
        };
        assert_eq!(output.to_string(), format!("output/{request_id}/2-1.jpg"));
        let note = Key::DropNote {
            dropped: "in/a b.csv".into(),
        };
        assert_eq!(note.to_string(), "results/in/a b.csv.request.json");
    }

    #[test]
    fn copy_sources_are_encoded() {
        assert_eq!(encode("in/a+b ü.csv"), "in/a%2Bb%20%C3%BC.csv");
    }
}
