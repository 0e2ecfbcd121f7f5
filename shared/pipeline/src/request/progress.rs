//! How far a request is, and what it saved.

use serde::{Deserialize, Serialize};

use super::{Pace, RequestStatus};

/// Ended images; a hint until the request has ended, the truth from then on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Images with an output.
    pub succeeded: u64,
    /// Images that ended with an error.
    pub failed: u64,
    /// Images that were given up with their request.
    #[serde(default)]
    pub cancelled: u64,
    /// Images with an output of an earlier request: they are among those that succeeded.
    #[serde(default)]
    pub unchanged: u64,
}

impl Counts {
    /// Images that ended, however they did.
    #[must_use]
    pub fn ended(self) -> u64 {
        self.succeeded
            .saturating_add(self.failed)
            .saturating_add(self.cancelled)
    }

    /// How a request ends whose images ended so.
    #[must_use]
    pub fn end(self) -> RequestStatus {
        if self.succeeded > 0 {
            RequestStatus::Completed
        } else {
            RequestStatus::Failed
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

/// What a pending request is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Its CSV has not come yet.
    Awaiting,
    /// Its CSV is being taken in; images may already be at work.
    Intake,
    /// Every image is queued.
    Compressing,
    /// Every image has ended; the results CSV is being written.
    Finishing,
    /// Its owner gave it up; what is pending is being ended.
    Cancelling,
}

/// How far a request is, in images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// Images in the CSV.
    pub total: u64,
    /// Images with an output.
    pub succeeded: u64,
    /// Images that ended with an error.
    pub failed: u64,
    /// Images that were given up with their request.
    #[serde(skip_serializing_if = "is_none")]
    pub cancelled: u64,
    /// Images with an output of an earlier request, whose sources have not changed since; they are among those that
    /// succeeded.
    #[serde(skip_serializing_if = "is_none")]
    pub unchanged: u64,
    /// Images that have not ended.
    pub pending: u64,
    /// Ended images, in whole percent rounded down: 100 means all.
    pub percent: u64,
    /// What it is at; absent once the request has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// How fast it goes; absent once the request has ended.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
}

impl Progress {
    /// Progress of `total` images; counters that run ahead of the total (they are a hint while
    /// intake runs) never show as more than all.
    #[must_use]
    pub fn new(total: u64, counts: Counts, phase: Option<Phase>) -> Self {
        let ended = counts.ended().min(total);
        let percent = (ended * 100).checked_div(total).unwrap_or(0);
        Self {
            total,
            succeeded: counts.succeeded,
            failed: counts.failed,
            cancelled: counts.cancelled,
            unchanged: counts.unchanged,
            pending: total - ended,
            percent,
            phase,
            pace: phase.map(|_| Pace::default()),
        }
    }
}

/// Left out where it says nothing.
fn is_none(images: &u64) -> bool {
    *images == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(total: u64, succeeded: u64, failed: u64) -> Progress {
        let counts = Counts {
            succeeded,
            failed,
            ..Counts::default()
        };
        Progress::new(total, counts, None)
    }

    #[test]
    fn percent_is_100_only_when_all_ended() {
        assert_eq!(of(1000, 999, 0).percent, 99);
        assert_eq!(of(1000, 999, 1).percent, 100);
        assert_eq!(of(0, 0, 0).percent, 0);
        assert_eq!(of(3, 4, 0).pending, 0);
    }
}
