//! Pictures of another size: Lanczos' filter with three lobes, as wide as what it takes together, in floating point.
//!
//! Rows are taken as they come: each is added to the few output rows that it is part of. What is added
//! is added in one order, so that outputs are the same on every machine.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are rounded, and saturate"
)]

mod axis;

use std::collections::VecDeque;

use wide::{f32x8, i16x8, u8x16};

pub use axis::{Axis, Span};

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
    /// other; `write` takes a row of the output, in the same way. Rows are read in turn, once each.
    pub fn run(
        &self,
        width: usize,
        channels: usize,
        mut read: impl FnMut(usize, &mut [&mut [f32]]),
        write: impl FnMut(usize, &[f32]),
    ) {
        let mut source = vec![0.0; width * channels];
        let mut begun = Begun::new(&self.down, width * channels);
        let mut band = Band::new(&self.across, width, channels, write);
        for y in 0..self.down.source() {
            if !begun.needs(y) {
                continue;
            }
            let mut rows: Vec<&mut [f32]> = source.chunks_exact_mut(width).collect();
            read(y, &mut rows);
            begun.add(y, &source, |y, sums| band.push(y, sums));
        }
        band.finish();
    }
}

/// So many rows are resampled along themselves side by side.
const LANES: usize = 8;

/// Rows that are complete, until there are enough of them.
struct Band<'a, W> {
    across: &'a Axis,
    /// Rows as they come, of all channels, one behind the other: samples, and more that weigh nothing.
    source: [Vec<f32>; LANES],
    /// The same, column by column.
    columns: Vec<f32x8>,
    /// Samples of a channel, and more that weigh nothing.
    width: usize,
    channels: usize,
    /// Which rows they are.
    rows: Vec<usize>,
    /// What becomes of them, column by column and then row by row.
    resampled: Vec<f32x8>,
    output: [Vec<f32>; LANES],
    write: W,
}

impl<'a, W: FnMut(usize, &[f32])> Band<'a, W> {
    fn new(across: &'a Axis, width: usize, channels: usize, write: W) -> Self {
        let width = (width + across.padding()).next_multiple_of(LANES);
        let count = (across.count() * channels).next_multiple_of(LANES);
        let rows = |length: usize| std::array::from_fn(|_| vec![0.0; length]);
        Self {
            across,
            source: rows(width * channels),
            columns: vec![f32x8::ZERO; width * channels],
            width,
            channels,
            rows: Vec::with_capacity(LANES),
            resampled: vec![f32x8::ZERO; count],
            output: rows(count),
            write,
        }
    }

    fn push(&mut self, y: usize, sums: &[f32]) {
        let row = &mut self.source[self.rows.len() % LANES];
        let length = sums.len() / self.channels;
        let channels = sums.chunks_exact(length);
        for (samples, sums) in row.chunks_exact_mut(self.width).zip(channels) {
            samples[..length].copy_from_slice(sums);
        }
        self.rows.push(y);
        if self.rows.len() == LANES {
            self.finish();
        }
    }

    /// Resamples the rows that are there.
    fn finish(&mut self) {
        to_columns(&self.source, &mut self.columns);
        let count = self.across.count();
        let channels = self.columns.chunks_exact(self.width).enumerate();
        for (channel, columns) in channels {
            let output = &mut self.resampled[channel * count..][..count];
            for (at, output) in output.iter_mut().enumerate() {
                let (start, weights) = self.across.taps(at);
                let taps = weights.iter().zip(&columns[start..]);
                *output = taps.fold(f32x8::ZERO, |sum, (weight, column)| sum + *column * *weight);
            }
        }
        to_rows(&self.resampled, &mut self.output);
        let length = count * self.channels;
        for (y, row) in self.rows.drain(..).zip(&self.output) {
            (self.write)(y, &row[..length]);
        }
    }
}

/// Turns rows to columns, eight of them at a time.
fn to_columns(rows: &[Vec<f32>; LANES], columns: &mut [f32x8]) {
    let rows = rows.each_ref().map(|row| row.as_chunks::<LANES>().0);
    for (place, columns) in columns.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        *columns = f32x8::transpose(rows.map(|row| f32x8::new(row[place])));
    }
}

/// Turns columns to rows, eight of them at a time.
fn to_rows(columns: &[f32x8], rows: &mut [Vec<f32>; LANES]) {
    for (place, columns) in columns.as_chunks::<LANES>().0.iter().enumerate() {
        for (row, eight) in rows.iter_mut().zip(f32x8::transpose(*columns)) {
            row[place * LANES..][..LANES].copy_from_slice(&eight.to_array());
        }
    }
}

/// The output rows of which some source rows are there.
struct Begun<'a> {
    down: &'a Axis,
    /// Output rows that have begun, in the order in which they will be complete.
    rows: VecDeque<(usize, Vec<f32>)>,
    /// How many have begun by now.
    count: usize,
    spare: Vec<Vec<f32>>,
    length: usize,
}

impl<'a> Begun<'a> {
    fn new(down: &'a Axis, length: usize) -> Self {
        Self {
            down,
            rows: VecDeque::new(),
            count: 0,
            spare: Vec::new(),
            length,
        }
    }

    /// Whether output rows are made of this row of the source. Begins those of which it is the first.
    fn needs(&mut self, y: usize) -> bool {
        while let Some(row) = self.down.nth_begun(self.count)
            && self.down.taps(row).0 <= y
        {
            let mut sums = self.spare.pop().unwrap_or_default();
            sums.clear();
            sums.resize(self.length, 0.0);
            self.rows.push_back((row, sums));
            self.count += 1;
        }
        !self.rows.is_empty()
    }

    /// Adds a row of the source, and hands over the rows that it completes.
    fn add(&mut self, y: usize, source: &[f32], mut complete: impl FnMut(usize, &[f32])) {
        for (row, sums) in &mut self.rows {
            let (start, weights) = self.down.taps(*row);
            if let Some(weight) = weights.get(y - start) {
                let pairs = sums.iter_mut().zip(source);
                pairs.for_each(|(sum, sample)| *sum += weight * sample);
            }
        }
        while let Some((row, sums)) = self
            .rows
            .pop_front_if(|(row, _)| self.down.end(*row) <= y + 1)
        {
            complete(row, &sums);
            self.spare.push(sums);
        }
    }
}

/// Resamples one plane of bytes, whose rows are so far apart.
pub fn plane(samples: &[u8], stride: usize, width: usize, by: &Resampler) -> Vec<u8> {
    let count = by.across.count();
    let mut output = vec![0; count * by.down.count()];
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
        |y, row| {
            let (eights, rest) = output[y * count..][..count].as_chunks_mut();
            let (values, behind) = row.as_chunks();
            let pairs = eights.iter_mut().zip(values);
            pairs.for_each(|(to, from)| *to = bytes(*from));
            let pairs = rest.iter_mut().zip(behind);
            pairs.for_each(|(to, from)| *to = byte(*from));
        },
    );
    output
}

/// Rounds; a conversion from float saturates.
#[inline(always)]
pub fn byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

/// The same of eight values, which compilers convert one by one.
#[inline(always)]
pub fn bytes(values: [f32; 8]) -> [u8; 8] {
    let above = (f32x8::new(values) + 0.5).fast_max(f32x8::ZERO);
    let whole = above.fast_min(f32x8::splat(255.0)).fast_trunc_int();
    let words = i16x8::from_i32x8_saturate(whole);
    let twice = u8x16::narrow_i16x8(words, words).to_array();
    *twice.first_chunk().unwrap_or(&[0; 8])
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
            let flat = [200].repeat(from.0 * from.1);
            let output = plane(&flat, from.0, from.0, &Resampler::new(from, to));
            assert_eq!(output, vec![200; to.0 * to.1]);
        }
        let samples: Vec<u8> = (0..63).map(|k: u8| k.wrapping_mul(37)).collect();
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
        let samples: Vec<u8> = (0..120).map(|k: u8| k.wrapping_mul(91)).collect();
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
