//! When a webhook is tried again.

use std::time::Duration;

/// Waits before the attempts; the first is made at once.
const WAITS: [Duration; 10] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(24 * 3600),
];

/// Longest wait a receiver may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The wait before attempt number `attempt` (counted from 0), or `None` when there are no more.
///
/// A receiver's `Retry-After` makes it longer, never shorter. `jitter`, from 0 to 1, adds up to
/// a fifth, so that receivers that fail together are not tried together.
pub(super) fn wait(attempt: u32, retry_after: Option<Duration>, jitter: f64) -> Option<Duration> {
    let wait = *WAITS.get(usize::try_from(attempt).ok()?)?;
    let wait = wait.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 5.0);
    Some(wait.max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_ends() {
        assert_eq!(wait(0, None, 1.0), Some(Duration::ZERO));
        assert_eq!(wait(1, None, 0.0), Some(Duration::from_secs(5)));
        assert_eq!(wait(1, None, 1.0), Some(Duration::from_secs(6)));
        assert_eq!(wait(10, None, 0.0), None);
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_less_and_not_forever() {
        let seconds = Duration::from_secs;
        assert_eq!(wait(1, Some(seconds(60)), 0.0), Some(seconds(60)));
        assert_eq!(wait(2, Some(seconds(1)), 0.0), Some(seconds(300)));
        assert_eq!(wait(1, Some(seconds(1 << 40)), 0.0), Some(MAX_RETRY_AFTER));
    }
}
