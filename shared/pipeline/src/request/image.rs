//! One image of a request: its identity, its state, why it failed.

use crate::codes::ImageCode;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RequestId;

/// Which image: the request and the place among all URLs of its CSV, counted from 0. Two images
/// of one CSV cannot share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageRef {
    /// The request it belongs to.
    pub request_id: RequestId,
    /// Place among all URLs of the CSV.
    pub ordinal: u64,
}

impl ImageRef {
    /// The image's identity: doing anything twice with it is doing it once. Sorts as the CSV does.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{:07}", self.request_id, self.ordinal)
    }
}

/// State of one image. It leaves `Pending` by a conditional update, once in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ImageStatus {
    /// Waiting for, or being worked on by, compress.
    Pending,
    /// Its output is in S3.
    Succeeded,
    /// It ended with a typed error.
    Failed,
    /// Its request was cancelled first.
    Cancelled,
}

impl ImageStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Pending,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The one that a word means.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.to_string() == word)
    }
}

/// The word that clients and the results CSV show; the same as in JSON.
impl fmt::Display for ImageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Why an image has no output, in words fit for its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageFailure {
    /// One of the stable image error codes.
    #[schemars(with = "ImageCode")]
    pub code: String,
    /// One sentence for a person; carries no internal text.
    pub message: String,
    /// What was seen where the picture should be: `text/html, title "Sign in"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sniffed: Option<String>,
}

impl ImageFailure {
    /// Why an image that had time until its request's deadline failed; `last` is why its last try
    /// did, where one was made.
    #[must_use]
    pub fn deadline_exceeded(last: Option<&Self>) -> Self {
        let sniffed = last.and_then(|last| last.sniffed.clone());
        let last = last.map_or(String::new(), |last| format!("; last: {}", last.message));
        Self {
            code: ImageCode::DeadlineExceeded.into(),
            message: format!(
                "the image was not done by its request's deadline (RequestDeadlineHours){last}"
            ),
            sniffed,
        }
    }

    /// The sentence with what was seen, for where there is room for one text only.
    #[must_use]
    pub fn detail(&self) -> String {
        match &self.sniffed {
            Some(sniffed) => format!("{} (sniffed: {sniffed})", self.message),
            None => self.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_as_the_csv_does() {
        let request_id = RequestId::random();
        let id = |ordinal| {
            ImageRef {
                request_id,
                ordinal,
            }
            .id()
        };
        assert_eq!(id(12), format!("{request_id}/0000012"));
        assert!(id(9) < id(10) && id(99_999) < id(100_000));
    }

    #[test]
    fn a_status_reads_everywhere_as_in_json() {
        assert_eq!(ImageStatus::Succeeded.to_string(), "Succeeded");
        let json = serde_json::to_value(ImageStatus::Cancelled).unwrap();
        assert_eq!(json, ImageStatus::Cancelled.to_string());
        for status in ImageStatus::ALL {
            assert_eq!(ImageStatus::of_word(&status.to_string()), Some(status));
        }
    }
}
