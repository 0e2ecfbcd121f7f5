//! Moments, and the clock that says which one it is.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

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

    /// This moment moved on by `wait`.
    #[must_use]
    pub fn plus(self, wait: std::time::Duration) -> Self {
        let wait = time::Duration::try_from(wait).unwrap_or(time::Duration::MAX);
        Self(self.0.saturating_add(wait))
    }

    /// How long it is from `earlier` to this moment; nothing when it is the other way round.
    #[must_use]
    pub fn since(self, earlier: Self) -> std::time::Duration {
        (self.0 - earlier.0).try_into().unwrap_or_default()
    }

    /// The moment that a text in RFC 3339 names; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Self::from_unix_millis(i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()?)
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

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

/// Says what time it is for everything that is stored or due. The system's clock, unless a test
/// has moved it on. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// This moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::now().plus_seconds(self.0.load(Ordering::Relaxed))
    }

    /// Moves it on, so that tests need not wait for leases, schedules and deadlines.
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_survive_milliseconds() {
        let now = Timestamp::now();
        assert_eq!(Timestamp::from_unix_millis(now.unix_millis()), Some(now));
    }

    #[test]
    fn timestamps_are_read_with_any_offset() {
        let at = Timestamp::parse("2026-01-31T13:00:00.25+01:00").unwrap();
        assert_eq!(at.to_string(), "2026-01-31T12:00:00.25Z");
        for text in ["", "2026-01-31", "now", "2026-01-31 12:00:00"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn time_between_is_never_negative() {
        let (now, later) = (Timestamp::now(), Timestamp::now().plus_seconds(60));
        assert!(later.since(now) >= std::time::Duration::from_secs(60));
        assert_eq!(now.since(later), std::time::Duration::ZERO);
    }

    #[test]
    fn a_clock_moves_with_its_clones() {
        let clock = Clock::default();
        clock.clone().advance(3_600);
        assert!(clock.now() >= Timestamp::now().plus_seconds(3_599));
    }
}
