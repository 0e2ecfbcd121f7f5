//! Pictures of another size: Lanczos' filter with three lobes, as wide as what it takes together, in floating point.
//!
//! Rows are resampled as they come, and only as many of these are kept as the next output row is made from. What is added
//! is added in one order, so that outputs are the same on every machine.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are rounded, and saturate"
)]

mod axis;

pub use axis::{Axis, Span};

use axis::LANES;

/// Resamples a picture along both axes.
#[derive(Debug)]
pub struct Resampler {
    pub across: Axis,
    pub down: Axis,
}

impl Resampler {
    /// From one size to another, of the whole picture.
    pub fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        Self {
            across: Axis::new(from.0, Span::whole(from.0), to.0),
            down: Axis::new(from.1, Span::whole(from.1), to.1),
        }
    }

    /// Resamples so many channels of `width` samples a row: `read` gives a row of the source, one channel behind the
    /// other; `write` takes a row of the output, in the same way. Rows are read once each, but for those of a mirrored
    /// picture in turn from the first to the last that is needed.
    pub fn run(
        &self,
        width: usize,
        channels: usize,
        mut read: impl FnMut(usize, &mut [&mut [f32]]),
        mut write: impl FnMut(&[f32]),
    ) {
        let count = self.across.count();
        let padded = width + self.across.padding();
        let mut source = vec![0.0; padded * channels];
        let mut kept = Kept::new(&self.down, count * channels);
        let mut output = vec![0.0; count * channels];
        for y in 0..self.down.count() {
            let (start, weights) = self.down.taps(y);
            let used = weights
                .iter()
                .rposition(|weight| *weight != 0.0)
                .unwrap_or(0);
            output.fill(0.0);
            for (at, weight) in (start..=start + used).zip(weights) {
                let row = kept.row(at, |row| {
                    let mut rows: Vec<&mut [f32]> = source
                        .chunks_exact_mut(padded)
                        .map(|row| &mut row[..width])
                        .collect();
                    read(at, &mut rows);
                    let channels = row.chunks_exact_mut(count.max(1));
                    channels
                        .zip(source.chunks_exact(padded))
                        .for_each(|(row, source)| self.along(source, row));
                });
                add(&mut output, row, *weight);
            }
            write(&output);
        }
    }

    /// Resamples one row, which is padded.
    fn along(&self, source: &[f32], target: &mut [f32]) {
        for (at, sample) in target.iter_mut().enumerate() {
            let (start, weights) = self.across.taps(at);
            let (weights, _) = weights.as_chunks::<LANES>();
            let (source, _) = source[start..].as_chunks::<LANES>();
            let mut sums = [0.0_f32; LANES];
            for (weights, source) in weights.iter().zip(source) {
                for lane in 0..LANES {
                    sums[lane] += weights[lane] * source[lane];
                }
            }
            let [a, b, c, d, e, f, g, h] = sums;
            *sample = ((a + e) + (b + f)) + ((c + g) + (d + h));
        }
    }
}

/// Adds a row times its weight.
fn add(sums: &mut [f32], row: &[f32], weight: f32) {
    for (sum, sample) in sums.iter_mut().zip(row) {
        *sum += weight * sample;
    }
}

/// The last rows, resampled along themselves.
struct Kept {
    rows: Vec<f32>,
    length: usize,
    /// Which row of the source stands in each place.
    places: Vec<Option<usize>>,
}

impl Kept {
    fn new(down: &Axis, length: usize) -> Self {
        let places = down.padding();
        Self {
            rows: vec![0.0; places * length],
            length,
            places: vec![None; places],
        }
    }

    /// A row, which is made if it is not there.
    fn row(&mut self, at: usize, make: impl FnOnce(&mut [f32])) -> &[f32] {
        let place = at % self.places.len();
        let row = &mut self.rows[place * self.length..][..self.length];
        if self.places[place] != Some(at) {
            make(row);
            self.places[place] = Some(at);
        }
        row
    }
}

/// Resamples one plane of bytes, whose rows are so far apart.
pub fn plane(samples: &[u8], stride: usize, width: usize, by: &Resampler) -> Vec<u8> {
    let mut output = Vec::with_capacity(by.across.count() * by.down.count());
    by.run(
        width,
        1,
        |y, rows| {
            let source = &samples[y * stride..][..width];
            for row in rows {
                let pairs = row.iter_mut().zip(source);
                pairs.for_each(|(to, from)| *to = f32::from(*from));
            }
        },
        |row| output.extend(row.iter().map(|value| byte(*value))),
    );
    output
}

/// Rounds; a conversion from float saturates.
#[inline(always)]
pub fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_stays_flat_and_the_same_size_the_same() {
        for (from, to) in [
            ((7, 5), (3, 2)),
            ((5, 9), (5, 3)),
            ((1, 40), (1, 7)),
            ((3, 3), (8, 1)),
        ] {
            let flat = vec![200; from.0 * from.1];
            let output = plane(&flat, from.0, from.0, &Resampler::new(from, to));
            assert_eq!(output, vec![200; to.0 * to.1]);
        }
        let samples: Vec<u8> = (0..63).map(|k| k * 37 % 251).collect();
        let same = plane(&samples, 9, 9, &Resampler::new((9, 7), (9, 7)));
        assert_eq!(same, samples);
    }

    /// A slope is the same slope, but for its ends.
    #[test]
    fn a_slope_keeps_its_place() {
        let samples: Vec<u8> = (0..200).collect();
        let output = plane(&samples, 200, 200, &Resampler::new((200, 1), (50, 1)));
        for (at, sample) in output.iter().enumerate().take(46).skip(4) {
            let expected = 4.0 * at as f64 + 1.5;
            assert!(
                (f64::from(*sample) - expected).abs() <= 0.5,
                "{at}: {sample}"
            );
        }
    }

    #[test]
    fn what_is_mirrored_is_the_mirror_image() {
        let samples: Vec<u8> = (0..120).map(|k| k * 91 % 247).collect();
        let resampler = |span| Resampler {
            across: Axis::new(12, span, 5),
            down: Axis::new(10, Span::whole(10), 4),
        };
        let plain = plane(&samples, 12, 12, &resampler(Span::whole(12)));
        let mirrored = plane(
            &samples,
            12,
            12,
            &resampler(Span {
                from: 12.0,
                to: 0.0,
            }),
        );
        let turned: Vec<u8> = plain
            .chunks(5)
            .flat_map(|row| row.iter().rev().copied())
            .collect();
        for (a, b) in mirrored.iter().zip(&turned) {
            assert!(a.abs_diff(*b) <= 1);
        }
    }
}
