//! Sizes and savings as people read them.

/// Whole percent, rounded down: never more than was saved.
pub fn saved_percent(before: u64, after: u64) -> u64 {
    before.saturating_sub(after) * 100 / before.max(1)
}

/// Bytes as people read them, in powers of ten as file managers show them.
pub fn bytes(count: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = (count * 10 + unit / 2) / unit;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match count {
        0..1_000 => format!("{count} B"),
        1_000..999_950 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_savings() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(61_949), "61.9 kB");
        assert_eq!(bytes(61_950), "62.0 kB");
        assert_eq!(bytes(999_950), "1.0 MB");
        assert_eq!(bytes(2_100_000), "2.1 MB");
        assert_eq!(saved_percent(1000, 291), 70);
        assert_eq!(saved_percent(0, 0), 0);
    }
}
