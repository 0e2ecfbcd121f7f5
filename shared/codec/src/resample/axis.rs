//! Which source samples make an output sample, along one axis, and how much each of them weighs.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places in a picture, of at most 65,535 samples along an axis or so, and weights about 1"
)]

/// Half the width of the filter, in output samples, or in source samples where there are fewer of these.
const LOBES: f64 = 3.0;

/// The part of a row of source samples that is shown, in samples: from where to where. A mirrored one runs backwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    pub from: f64,
    pub to: f64,
}

impl Span {
    /// All of so many samples.
    pub fn whole(samples: usize) -> Self {
        Self {
            from: 0.0,
            to: samples as f64,
        }
    }
}

/// How an axis is resampled.
#[derive(Debug)]
pub struct Axis {
    /// Where the first source sample of each output sample is.
    starts: Vec<usize>,
    /// Weights of each output sample, padded with zeros to as many as any has.
    weights: Vec<f32>,
    /// Weights of each.
    stride: usize,
    source: usize,
    /// The last output sample comes first in the source.
    is_mirrored: bool,
}

impl Axis {
    /// From `source` samples to `count`, which stand in the middle of equal parts of `span`. What lies beside the source
    /// is as its first or last sample.
    pub fn new(source: usize, span: Span, count: usize) -> Self {
        let step = (span.to - span.from) / count as f64;
        let scale = step.abs().max(1.0);
        let taps = |at: usize| taps(source, span.from + (at as f64 + 0.5) * step, scale);
        let mut taps: Vec<_> = (0..count).map(taps).collect();
        // Nothing is resampled. Else all keep their zeros, so that they begin in turn.
        if taps.iter().all(|(_, weights)| only(weights).is_some()) {
            for (start, weights) in &mut taps {
                *start += only(weights).unwrap_or(0);
                *weights = vec![1.0];
            }
        }
        let most = taps.iter().map(|(_, weights)| weights.len()).max();
        let stride = most.unwrap_or(1);
        let mut padded = Vec::with_capacity(count * stride);
        for (_, weights) in &taps {
            padded.extend_from_slice(weights);
            padded.resize(padded.len().next_multiple_of(stride), 0.0);
        }
        Self {
            starts: taps.into_iter().map(|(start, _)| start).collect(),
            weights: padded,
            stride,
            source,
            is_mirrored: step < 0.0,
        }
    }

    /// Samples that come out.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The first source sample of an output sample, and the weights from there on.
    #[inline(always)]
    pub fn taps(&self, at: usize) -> (usize, &[f32]) {
        (
            self.starts[at],
            &self.weights[at * self.stride..][..self.stride],
        )
    }

    /// Samples that go in.
    pub fn source(&self) -> usize {
        self.source
    }

    /// Which output sample is the `at`th by where its first source sample is, if there are as many.
    pub fn nth_begun(&self, at: usize) -> Option<usize> {
        let last = self.count().checked_sub(1)?;
        let left = last.checked_sub(at)?;
        Some(if self.is_mirrored { left } else { at })
    }

    /// Where the source samples of an output sample end.
    pub fn end(&self, at: usize) -> usize {
        let (start, weights) = self.taps(at);
        let last = weights.iter().rposition(|weight| *weight != 0.0);
        start + last.map_or(1, |last| last + 1)
    }

    /// How far behind a source's samples weights may reach, all of them zero.
    pub fn padding(&self) -> usize {
        self.stride
    }
}

/// The weights of the samples around a place, which together weigh 1, and where the first of these is.
fn taps(source: usize, centre: f64, scale: f64) -> (usize, Vec<f32>) {
    let last = source - 1;
    let place = |at: f64| (at.max(0.0) as usize).min(last);
    let (low, high) = (centre - LOBES * scale, centre + LOBES * scale);
    let (first, end) = (place(low.floor()), place(high.ceil() - 1.0));
    let mut weights = vec![0.0; end - first + 1];
    let mut at = low.floor();
    while at < high {
        let weight = lanczos((at + 0.5 - centre) / scale);
        weights[place(at) - first] += weight;
        at += 1.0;
    }
    let sum: f64 = weights.iter().sum();
    let weights = weights.iter().map(|weight| (weight / sum) as f32).collect();
    (first, weights)
}

/// Where the one weight is that is not zero, if there is one alone.
fn only(weights: &[f32]) -> Option<usize> {
    let is_something = |weight: &f32| weight.abs() > 1e-6;
    let first = weights.iter().position(is_something);
    let last = weights.iter().rposition(is_something);
    first.filter(|_| first == last)
}

/// Lanczos' window with three lobes.
fn lanczos(x: f64) -> f64 {
    match x.abs() {
        0.0 => 1.0,
        x if x < LOBES => {
            let angle = std::f64::consts::PI * x;
            LOBES * sine_of_half_turns(x) * sine_of_half_turns(x / LOBES) / (angle * angle)
        }
        _ => 0.0,
    }
}

/// The series of the sine: (-1)^k / (2k + 1)!, from k = 1 on.
const SERIES: [f64; 9] = {
    let (mut series, mut term) = ([0.0; 9], 1.0);
    let mut k = 0;
    while k < series.len() {
        term /= -(((2 * k + 2) * (2 * k + 3)) as f64);
        series[k] = term;
        k += 1;
    }
    series
};

/// sin(πx), for x from 0 on: by its series, since a library's sine may differ between machines.
fn sine_of_half_turns(x: f64) -> f64 {
    let turns = x.round();
    let angle = std::f64::consts::PI * (x - turns);
    let square = angle * angle;
    let terms = SERIES.iter().rev();
    let rest = terms.fold(0.0, |rest, term| (rest + term) * square);
    let sum = angle + angle * rest;
    if (turns as u64).is_multiple_of(2) {
        sum
    } else {
        -sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_one() {
        for k in 0..300 {
            let x = f64::from(k) / 97.0;
            let expected = (std::f64::consts::PI * x).sin();
            assert!((sine_of_half_turns(x) - expected).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn weights_are_one_together_and_within_the_source() {
        for source in 1..30 {
            for count in 1..30 {
                for span in [
                    Span::whole(source),
                    Span {
                        from: source as f64,
                        to: -0.7,
                    },
                    Span {
                        from: 0.3,
                        to: source as f64 + 0.5,
                    },
                ] {
                    let axis = Axis::new(source, span, count);
                    assert_eq!(axis.count(), count);
                    for at in 0..count {
                        let (start, weights) = axis.taps(at);
                        let used = weights.iter().rposition(|weight| *weight != 0.0).unwrap();
                        assert!(start + used < source, "{source} {count} {at}");
                        let sum: f32 = weights.iter().sum();
                        assert!((sum - 1.0).abs() < 1e-5, "{source} {count} {at}: {sum}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_size_changes_nothing_and_a_mirror_turns_around() {
        let (same, mirrored) = (
            Axis::new(9, Span::whole(9), 9),
            Axis::new(9, Span { from: 9.0, to: 0.0 }, 9),
        );
        for at in 0..9 {
            assert_eq!((same.taps(at).0, same.taps(at).1[0]), (at, 1.0));
            assert_eq!((mirrored.taps(at).0, mirrored.taps(at).1[0]), (8 - at, 1.0));
        }
    }
}
