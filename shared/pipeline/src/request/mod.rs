//! The domain's words: requests, images, their states and their identities. No I/O.

mod image;
mod options;
mod pace;
mod progress;
mod results_file;
mod time;

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

pub use image::{ImageFailure, ImageRef, ImageStatus};
pub use options::{OptionError, OptionName, OutputOptions, RequestDefaults, Wishes};
pub use pace::{Mark, Pace, marks};
pub use progress::{Counts, Phase, Progress, Savings};
pub use results_file::ResultsFile;
pub use time::{Clock, Timestamp};

/// Identifies one request: a random UUID (RFC 9562, version 4), which nobody can guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RequestId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

impl JsonSchema for RequestId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RequestId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "uuid"})
    }
}

// Always text: `Uuid` itself would become binary in BSON.
impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// Who a request belongs to: an entry of the `owners` collection, which any number of API keys
/// may stand for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OwnerId(pub String);

impl OwnerId {
    /// A new owner.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().to_string())
    }
}

/// State of a request. It leaves `Pending` by a conditional update, once in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RequestStatus {
    /// Some image has not ended yet.
    Pending,
    /// Every image ended and at least one succeeded.
    Completed,
    /// No image succeeded, or the CSV was unusable.
    Failed,
    /// Given up by its owner.
    Cancelled,
}

impl RequestStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Pending,
        Self::Completed,
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

/// The word that clients know; the same as in JSON.
impl fmt::Display for RequestStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_it_is_written() {
        for status in RequestStatus::ALL {
            assert_eq!(RequestStatus::of_word(&status.to_string()), Some(status));
        }
        assert_eq!(RequestStatus::of_word("pending"), None);
    }

    #[test]
    fn request_ids_are_text_everywhere() {
        let id = RequestId::random();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<RequestId>(&json).unwrap(), id);
    }
}
