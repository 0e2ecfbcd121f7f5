//! [`Timestamp`]s as BSON dates, for `#[serde(with)]`: TTL indexes need real dates.

use mongodb::bson::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::request::Timestamp;

pub(super) fn bson(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.unix_millis())
}

pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    bson(*at).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Timestamp, D::Error> {
    let millis = DateTime::deserialize(source)?.timestamp_millis();
    Timestamp::from_unix_millis(millis).ok_or_else(|| de::Error::custom("date out of range"))
}

/// The same for a date that may be missing.
pub(super) mod optional {
    use super::{Deserialize, Deserializer, Serializer, Timestamp};

    #[derive(Deserialize)]
    struct Wrapper(#[serde(with = "super")] Timestamp);

    pub(in crate::services::store) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::services::store) fn deserialize<'de, D: Deserializer<'de>>(
        source: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Wrapper>::deserialize(source)?.map(|wrapper| wrapper.0))
    }
}
