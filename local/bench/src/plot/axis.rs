//! From values to places on an axis.

/// A range of values with marks at round ones.
#[derive(Debug)]
pub struct Axis {
    step: f64,
    /// The first and the last mark, in steps.
    marks: (i32, i32),
    /// The value that means equal.
    pub equal: f64,
}

impl Axis {
    /// Holds all values, and the one that means equal.
    pub fn around(equal: f64, values: impl Iterator<Item = f64>) -> Self {
        let (least, most) = values
            .filter(|value| value.is_finite())
            .fold((equal, equal), |(least, most), value| {
                (value.min(least), value.max(most))
            });
        let wanted = ((most - least) / 6.0).max(0.05);
        let power = 10_f64.powf(wanted.log10().floor());
        let factor = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .find(|factor| factor * power >= wanted);
        let step = factor.unwrap_or(10.0) * power;
        #[expect(clippy::cast_possible_truncation, reason = "a few steps")]
        let marks = (
            (least / step).floor() as i32,
            (most / step + 0.3).ceil() as i32,
        );
        Self { step, marks, equal }
    }

    /// The share of the axis that is below a value.
    pub fn share(&self, value: f64) -> f64 {
        let (first, last) = (f64::from(self.marks.0), f64::from(self.marks.1));
        (value / self.step - first) / (last - first)
    }

    /// The marks, and how they are written.
    pub fn labels(&self) -> impl Iterator<Item = (f64, String)> {
        let digits = if self.step < 0.1 {
            2
        } else {
            usize::from(self.step < 1.0)
        };
        (self.marks.0..=self.marks.1).map(move |mark| {
            let value = f64::from(mark) * self.step;
            (value, format!("{value:.digits$}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_hold_everything_at_round_marks() {
        let axis = Axis::around(1.0, [0.0, 0.82, 1.31].into_iter());
        let labels: Vec<String> = axis.labels().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0.0", "0.5", "1.0", "1.5"]);
        assert!((axis.share(1.5) - 1.0).abs() < 1e-9 && axis.share(0.0).abs() < 1e-9);
        let axis = Axis::around(0.0, [-3.4, 2.0, f64::INFINITY].into_iter());
        assert!(axis.share(-3.4) > 0.0 && axis.share(2.0) < 1.0);
        let nothing = Axis::around(0.0, std::iter::empty());
        assert!(nothing.share(0.0).is_finite());
    }
}
