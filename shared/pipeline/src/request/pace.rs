//! How fast a request goes, and how long it will take: told only where it is known.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::Timestamp;

/// How far apart two looks at a request's counters are at least.
const APART: Duration = Duration::from_secs(30);
/// The shortest time that says how fast it goes.
const LEAST: Duration = Duration::from_secs(5);
/// Silence after which nothing is known any more.
const SILENT: Duration = Duration::from_secs(60);

/// How many images had ended at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The moment.
    pub at: Timestamp,
    /// Images that had ended.
    pub ended: u64,
}

/// How fast a pending request goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pace {
    /// Images that end a second, of late; `None` where it is not known.
    pub rate: Option<f64>,
    /// Seconds until the last image ends if it goes on like that; `None` where it is not known.
    pub seconds_left: Option<u64>,
}

impl Pace {
    /// The pace since the first of these marks, as seen at `now` of a request of which something was
    /// last heard at `heard`.
    #[must_use]
    pub fn since(
        marks: &[Mark],
        ended: u64,
        pending: u64,
        (now, heard): (Timestamp, Timestamp),
    ) -> Self {
        let Some(first) = marks.first() else {
            return Self::default();
        };
        let (time, images) = (now.since(first.at), ended.saturating_sub(first.ended));
        if time < LEAST || images == 0 || now.since(heard) > SILENT {
            return Self::default();
        }
        // Counts of images are far below what a float has digits for.
        #[allow(clippy::cast_precision_loss, reason = "an estimate")]
        let (rate, left) = (images as f64 / time.as_secs_f64(), pending as f64);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and a cast of a float saturates"
        )]
        Self {
            rate: Some((rate * 100.0).round() / 100.0),
            seconds_left: Some((left / rate).ceil() as u64),
        }
    }
}

/// The marks to be kept from now on: the last two that are far enough apart. `None` when they are still
/// those that there are.
#[must_use]
pub fn marks(known: &[Mark], now: Mark) -> Option<Vec<Mark>> {
    match known.last() {
        None => Some(vec![now]),
        Some(last) if now.at.since(last.at) >= APART => Some(vec![*last, now]),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::parse("2026-01-31T12:00:00Z")
            .unwrap()
            .plus_seconds(seconds)
    }

    fn mark(seconds: i64, ended: u64) -> Mark {
        Mark {
            at: at(seconds),
            ended,
        }
    }

    #[test]
    fn a_pace_is_that_of_late() {
        let marks = [mark(0, 100), mark(40, 300)];
        let pace = Pace::since(&marks, 400, 95, (at(60), at(59)));
        assert_eq!(pace.rate, Some(5.0));
        assert_eq!(pace.seconds_left, Some(19));
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let none = Pace::default();
        let of =
            |marks: &[Mark], ended, now, heard| Pace::since(marks, ended, 10, (at(now), at(heard)));
        assert_eq!(of(&[], 10, 60, 60), none);
        assert_eq!(of(&[mark(0, 10)], 20, 4, 4), none, "too soon");
        assert_eq!(of(&[mark(0, 10)], 10, 60, 60), none, "nothing ended");
        assert_eq!(of(&[mark(0, 10)], 20, 120, 59), none, "silence");
        assert!(of(&[mark(0, 10)], 20, 120, 60).rate.is_some());
    }

    #[test]
    fn two_marks_are_kept_and_not_too_close() {
        assert_eq!(marks(&[], mark(0, 1)), Some(vec![mark(0, 1)]));
        assert_eq!(marks(&[mark(0, 1)], mark(29, 9)), None);
        let two = marks(&[mark(0, 1)], mark(30, 9)).unwrap();
        assert_eq!(two, [mark(0, 1), mark(30, 9)]);
        let next = marks(&two, mark(61, 20)).unwrap();
        assert_eq!(next, [mark(30, 9), mark(61, 20)]);
    }
}
