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
        let mut band = Band::new(&self.across, width, channels, write);
        let mut window = Window::new(&self.down, band.length);
        for y in 0..self.down.source() {
            let Some(row) = window.place(y) else {
                continue;
            };
            let channels = row.chunks_exact_mut(band.width).take(channels);
            let mut rows: Vec<&mut [f32]> = channels.map(|row| &mut row[..width]).collect();
            read(y, &mut rows);
            while let Some(row) = window.make(y, band.next()) {
                band.push(row);
            }
        }
        band.finish();
    }
}

/// So many rows are resampled along themselves side by side.
const LANES: usize = 8;

/// Samples that are added up side by side.
const BLOCK: usize = 4 * LANES;

/// Rows that are complete, until there are enough of them.
struct Band<'a, W> {
    across: &'a Axis,
    /// Rows as they come, of all channels, one behind the other: samples, and more that weigh nothing.
    source: [Vec<f32>; LANES],
    /// The same, column by column.
    columns: Vec<f32x8>,
    /// Samples of a channel, and more that weigh nothing.
    width: usize,
    /// Those of a row, and more.
    length: usize,
    /// Which rows they are.
    rows: Vec<usize>,
    /// What becomes of them, column by column and then row by row.
    resampled: Vec<f32x8>,
    output: [Vec<f32>; LANES],
    /// Of a row.
    count: usize,
    write: W,
}

impl<'a, W: FnMut(usize, &[f32])> Band<'a, W> {
    fn new(across: &'a Axis, width: usize, channels: usize, write: W) -> Self {
        let width = (width + across.padding()).next_multiple_of(LANES);
        let length = (width * channels).next_multiple_of(BLOCK);
        let count = across.count() * channels;
        let rows = |length: usize| std::array::from_fn(|_| vec![0.0; length]);
        Self {
            across,
            source: rows(length),
            columns: vec![f32x8::ZERO; width * channels],
            width,
            length,
            rows: Vec::with_capacity(LANES),
            resampled: vec![f32x8::ZERO; count.next_multiple_of(LANES)],
            output: rows(count.next_multiple_of(LANES)),
            count,
            write,
        }
    }

    /// Where the next row goes.
    fn next(&mut self) -> &mut [f32] {
        &mut self.source[self.rows.len()]
    }

    /// The next row is there, and is this one.
    fn push(&mut self, y: usize) {
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
        for (y, row) in self.rows.drain(..).zip(&self.output) {
            (self.write)(y, &row[..self.count]);
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

/// The rows of the source of which the next output row is made.
struct Window<'a> {
    down: &'a Axis,
    rows: VecDeque<Vec<f32>>,
    /// Which the first of them is.
    first: usize,
    spare: Vec<Vec<f32>>,
    length: usize,
    /// How many output rows are made, in the order in which they begin.
    made: usize,
}

impl<'a> Window<'a> {
    fn new(down: &'a Axis, length: usize) -> Self {
        Self {
            down,
            rows: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            length,
            made: 0,
        }
    }

    /// A place for a row of the source, unless no output row is made of it that is still to be made.
    fn place(&mut self, y: usize) -> Option<&mut [f32]> {
        let next = self.down.nth_begun(self.made)?;
        if y < self.down.taps(next).0 {
            return None;
        }
        if self.rows.is_empty() {
            self.first = y;
        }
        let row = self.spare.pop().unwrap_or_else(|| vec![0.0; self.length]);
        self.rows.push_back(row);
        self.rows.back_mut().map(Vec::as_mut_slice)
    }

    /// Makes the next output row, where all of its rows are there with row `y`; which it is.
    fn make(&mut self, y: usize, output: &mut [f32]) -> Option<usize> {
        let row = self.down.nth_begun(self.made)?;
        let end = self.down.end(row);
        if end > y + 1 {
            return None;
        }
        let (start, weights) = self.down.taps(row);
        let rows = self.rows.range(start - self.first..end - self.first);
        let rows: Vec<_> = rows.map(|row| row.as_chunks().0).collect();
        add_up(&rows, weights, output);
        self.made += 1;
        self.forget();
        Some(row)
    }

    /// Rows of which no output row is made that is still to be made.
    fn forget(&mut self) {
        let next = self.down.nth_begun(self.made);
        let start = next.map_or(usize::MAX, |next| self.down.taps(next).0);
        while self.first < start
            && let Some(row) = self.rows.pop_front()
        {
            self.spare.push(row);
            self.first += 1;
        }
    }
}

/// Adds rows up by their weights, in their order.
fn add_up(rows: &[&[[f32; BLOCK]]], weights: &[f32], output: &mut [f32]) {
    for (place, output) in output.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        let mut sums = [f32x8::ZERO; BLOCK / LANES];
        for (row, weight) in rows.iter().zip(weights) {
            let eights = row[place].as_chunks::<LANES>().0;
            for (sum, eight) in sums.iter_mut().zip(eights) {
                *sum += f32x8::new(*eight) * *weight;
            }
        }
        for (output, sum) in output.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
            *output = sum.to_array();
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
