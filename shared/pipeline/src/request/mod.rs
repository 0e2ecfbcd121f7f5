//! The domain's words: requests, images, their states and their identities.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use halftone_codec::{Copyright, OutputFormat, Quality};

/// Namespace of the name-based (version 5) request ids; chosen once, never to be changed.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_5a52_3c4e_4d0b_9a57_88c1_e5a4_10f7);

/// Identifies one request; a UUID (RFC 9562), random or derived from what makes a repeat a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A random id, for an upload without an idempotency key.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id of an upload with an idempotency key: the same owner and key give the same id.
    #[must_use]
    pub fn of_idempotency_key(owner: &Owner, key: &str) -> Self {
        Self::named(&["upload", &owner.0, key])
    }

    /// The id of a dropped object: a repeated event about it is the same request.
    #[must_use]
    pub fn of_drop(bucket: &str, key: &str, version: &str) -> Self {
        Self::named(&["drop", bucket, key, version])
    }

    fn named(parts: &[&str]) -> Self {
        // NUL cannot occur in bucket names, header values or S3 versions, so no two lists of
        // parts share a name.
        Self(Uuid::new_v5(&NAMESPACE, parts.join("\0").as_bytes()))
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

/// Who a request belongs to: the id of the API key it came with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Owner(pub String);

/// What the sender of a request may choose of its outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// Quality, 1–100.
    pub quality: Quality,
    /// Format. Requests and messages from before there was a choice have the source's.
    #[serde(default)]
    pub format: OutputFormat,
    /// What becomes of copyright notices. Without a word they go.
    #[serde(default)]
    pub copyright: Copyright,
}

/// State of a request. It leaves `Pending` once, by a conditional update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The word clients see and the store keeps.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// State of one image. It leaves `Pending` once, by a conditional update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Where an image stands: which request, CSV line and place within the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageRef {
    /// The request it belongs to.
    pub request_id: RequestId,
    /// Line of the CSV its product starts on, counted from 1 (the header).
    pub row: u64,
    /// Place among the product's URLs, counted from 0.
    pub position: u32,
}

impl ImageRef {
    /// The image's identity: doing anything twice with it is doing it once.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}/{}", self.request_id, self.row, self.position)
    }
}

/// Why an image has no output, in words fit for its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFailure {
    /// One of the stable image error codes.
    pub code: String,
    /// One sentence for a person; carries no internal text.
    pub message: String,
}

/// How far a request is, in images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Images in the CSV.
    pub total: u64,
    /// Images with an output.
    pub succeeded: u64,
    /// Images that ended with an error.
    pub failed: u64,
    /// Images that have not ended.
    pub pending: u64,
    /// Ended images, in whole percent rounded down: 100 means all.
    pub percent: u64,
}

impl Progress {
    /// Progress of `total` images; counters that run ahead of the total (they are a hint while
    /// intake runs) never show as more than all.
    #[must_use]
    pub fn new(total: u64, succeeded: u64, failed: u64) -> Self {
        let ended = (succeeded + failed).min(total);
        let percent = (ended * 100).checked_div(total).unwrap_or(0);
        Self {
            total,
            succeeded,
            failed,
            pending: total - ended,
            percent,
        }
    }
}

/// Bytes before and after, over the images that succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Savings {
    /// Bytes fetched.
    pub bytes_in: u64,
    /// Bytes written.
    pub bytes_out: u64,
}

/// A moment in UTC, kept to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        let now = OffsetDateTime::now_utc();
        Self(now.replace_millisecond(now.millisecond()).unwrap_or(now))
    }

    /// This moment moved on by `seconds`.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(time::Duration::seconds(seconds)))
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        self.0.unix_timestamp() * 1000 + i64::from(self.0.millisecond())
    }

    /// The moment `millis` after the Unix epoch; `None` outside the years 0–9999.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
            .ok()
            .map(Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

/// RFC 3339 text: the form JSON clients see.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_drop_is_the_same_request() {
        let id = RequestId::of_drop("bucket", "a b.csv", "v1");
        assert_eq!(id, RequestId::of_drop("bucket", "a b.csv", "v1"));
        assert_ne!(id, RequestId::of_drop("bucket", "a b.csv", "v2"));
        assert_ne!(id, RequestId::of_drop("bucket", "a", "b.csv"));
    }

    #[test]
    fn idempotency_keys_of_two_owners_do_not_meet() {
        let one = RequestId::of_idempotency_key(&Owner("one".into()), "key");
        let two = RequestId::of_idempotency_key(&Owner("two".into()), "key");
        assert_ne!(one, two);
    }

    #[test]
    fn request_ids_are_text_everywhere() {
        let id = RequestId::of_drop("b", "k", "v");
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<RequestId>(&json).unwrap(), id);
    }

    #[test]
    fn requests_from_before_there_was_a_choice_are_read() {
        let stored = serde_json::json!({"quality": 50});
        let options: Options = serde_json::from_value(stored).unwrap();
        assert_eq!(options, Options::default());
        let stored = serde_json::json!({"quality": 50, "format": "webp"});
        let options: Options = serde_json::from_value(stored).unwrap();
        assert_eq!(options.copyright, Copyright::Remove);
        let keep = Options {
            copyright: Copyright::Keep,
            ..options
        };
        let json = serde_json::to_value(keep).unwrap();
        let expected = serde_json::json!({"quality": 50, "format": "webp", "copyright": "keep"});
        assert_eq!(json, expected);
    }

    #[test]
    fn percent_is_100_only_when_all_ended() {
        assert_eq!(Progress::new(1000, 999, 0).percent, 99);
        assert_eq!(Progress::new(1000, 999, 1).percent, 100);
        assert_eq!(Progress::new(0, 0, 0).percent, 0);
        assert_eq!(Progress::new(3, 4, 0).pending, 0);
    }

    #[test]
    fn timestamps_survive_milliseconds() {
        let now = Timestamp::now();
        assert_eq!(Timestamp::from_unix_millis(now.unix_millis()), Some(now));
    }
}
