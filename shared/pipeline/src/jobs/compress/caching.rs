//! How long outputs may be cached.

/// The most, in days: what caches take as for ever.
const MOST_DAYS: u64 = 365;

/// `Cache-Control` of outputs that are kept for so many days; 0 is for ever. An output never changes, so
/// it may be cached as long as it lives.
#[must_use]
pub fn cache_control(kept_days: u64) -> String {
    let days = match kept_days {
        0 => MOST_DAYS,
        days => days.min(MOST_DAYS),
    };
    format!("public, max-age={}, immutable", days * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_cached_no_longer_than_they_live() {
        for (days, seconds) in [
            (0, 31_536_000),
            (1, 86_400),
            (30, 2_592_000),
            (9_999, 31_536_000),
        ] {
            let expected = format!("public, max-age={seconds}, immutable");
            assert_eq!(cache_control(days), expected, "{days} days");
        }
    }
}
