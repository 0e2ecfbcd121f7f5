//! Medians.

/// The middle one, or the mean of the middle two; `None` of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        Some(upper)
    } else {
        Some(f64::midpoint(values[middle - 1], upper))
    }
}

/// The median of the ratios of what was measured in the same round.
pub fn median_ratio(values: &[f64], to: &[f64]) -> Option<f64> {
    median(values.iter().zip(to).map(|(value, to)| value / to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, f64::INFINITY]), Some(3.0));
    }

    #[test]
    fn rounds_are_compared_with_themselves() {
        // The machine was slow in the second round, for both.
        assert_eq!(median_ratio(&[1.0, 9.0, 1.5], &[2.0, 18.0, 2.0]), Some(0.5));
    }
}
