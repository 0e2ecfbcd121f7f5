//! Pictures of few colours: what PNG can be made small with.
//!
//! A picture of up to 256 × quality / 100 colours keeps them. Any other gets as few colours as bring the mean
//! squared error, as [`space`] measures it, down to 0.4 × (100 − quality), but no fewer than half of what it might
//! have kept and no more than twice. That is an error of 20 and 64 to 256 colours at 50, where flat pictures take
//! 64 and photographs most, and look better than with libimagequant at 50.
//!
//! A palette whose error is [`REFUSED`] times what was aimed at does not do the picture justice and is refused: at
//! 50 that is an error of 100, at 90 of 20. Photographs have one of 10 to 25. The worst that was met at 50, of
//! noise in all colours, has 79 and still looks better than libimagequant's (SSIMULACRA2 52 against 48).
//!
//! At 100 only what has at most 256 colours gets a palette.

mod cut;
mod dither;
mod histogram;
mod nearest;
mod space;

use crate::options::Quality;
use crate::pixels::{Layout, Pixels};
use dither::Dither;
use histogram::Histogram;
use space::{Colour, Point};

/// The mean squared error that is aimed at, for each quality less than 100.
const ERROR: f32 = 0.4;

/// How many times the error that is aimed at is too much.
const REFUSED: f64 = 5.0;

/// How many times the error that is aimed at a pixel may be worse than it could be, so that it compresses better:
/// 5 % fewer bytes at the same SSIMULACRA2.
const KEPT: f32 = 2.0;

/// A picture as indices into a palette.
pub struct Indexed {
    /// Bits that an index takes: 1, 2, 4 or 8.
    pub bits: u8,
    /// Rows of indices, packed, each behind a byte that says that it is not filtered.
    pub rows: Vec<u8>,
    /// Red, green and blue of each colour.
    pub colours: Vec<u8>,
    /// The alpha of each colour, without the opaque ones at the end.
    pub alphas: Vec<u8>,
}

/// What a quality asks of a palette.
struct Demand {
    /// Up to so many colours, all are kept.
    exact: usize,
    /// The most colours, otherwise.
    most: usize,
    /// The mean squared error to aim at.
    error: f32,
}

impl From<Quality> for Demand {
    fn from(quality: Quality) -> Self {
        let exact = (usize::from(quality.get()) * 256 / 100).max(4);
        Self {
            exact,
            most: (exact * 2).min(256),
            error: ERROR * f32::from(100 - quality.get()),
        }
    }
}

/// Reduces a picture to a palette, unless that takes too much from it.
pub fn reduce(pixels: &Pixels, quality: Quality) -> Option<Indexed> {
    let demand = Demand::from(quality);
    let mut histogram = Histogram::new();
    each_row(pixels, |row| histogram.add(row));
    let (mut palette, keep) = match histogram.exact(demand.exact) {
        Some(colours) => (colours, 0.0),
        None => (reduced(&histogram, &demand), KEPT * demand.error),
    };
    drop(histogram);
    // What is not seen comes first, where the dither looks for it, and what is opaque last, where it takes no room.
    palette.sort_unstable_by_key(|[r, g, b, a]| [*a, *g, *r, *b]);
    palette.dedup();
    let (bits, rows, error) = map(pixels, &palette, keep);
    let accepted = error <= f64::from(demand.error) * REFUSED;
    accepted.then(|| Indexed {
        bits,
        rows,
        colours: palette
            .iter()
            .flat_map(|[r, g, b, _]| [*r, *g, *b])
            .collect(),
        alphas: palette
            .iter()
            .map(|colour| colour[3])
            .take_while(|alpha| *alpha != u8::MAX)
            .collect(),
    })
}

fn reduced(histogram: &Histogram, demand: &Demand) -> Vec<Colour> {
    let clear = histogram.is_clear().then_some([0; 4]);
    let most = demand.most - usize::from(histogram.is_clear());
    // Gradients of very few colours are dithered all over, which looks worse and takes up to twice the bytes.
    let bounds = demand.exact / 2..=most;
    let colours = cut::choose(&mut histogram.entries(), bounds, demand.error);
    colours.into_iter().chain(clear).collect()
}

/// The bits of an index, the rows of indices, and the mean squared error.
fn map(pixels: &Pixels, palette: &[Colour], keep: f32) -> (u8, Vec<u8>, f64) {
    let bits = match palette.len() {
        ..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    };
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let points: Vec<Point> = palette.iter().map(|colour| Point::of(*colour)).collect();
    let mut dither = Dither::new(&points, width, keep);
    let mut indices = vec![0; width];
    let mut rows = Vec::with_capacity((width.div_ceil(usize::from(8 / bits)) + 1) * height);
    each_row(pixels, |row| {
        dither.row(row, &mut indices);
        rows.push(0);
        if bits == 8 {
            rows.extend_from_slice(&indices);
        } else {
            rows.extend(pack(&indices, bits));
        }
    });
    let area = f64::from(pixels.width) * f64::from(pixels.height);
    (bits, rows, dither.total() / area)
}

/// Goes through a picture's rows as RGBA, one at a time: a copy of all of it would be its largest.
fn each_row(pixels: &Pixels, mut each: impl FnMut(&[Colour])) {
    let (width, channels) = (pixels.width as usize, pixels.layout.channels());
    let mut row = vec![[0; 4]; width];
    for samples in pixels.samples.chunks_exact(width * channels) {
        match pixels.layout {
            Layout::Gray => widen(samples, &mut row, |[l]| [l, l, l, u8::MAX]),
            Layout::GrayAlpha => widen(samples, &mut row, |[l, a]| [l, l, l, a]),
            Layout::Rgb => widen(samples, &mut row, |[r, g, b]| [r, g, b, u8::MAX]),
            Layout::Rgba => widen(samples, &mut row, |rgba| rgba),
        }
        each(&row);
    }
}

fn widen<const N: usize>(samples: &[u8], row: &mut [Colour], colour: fn([u8; N]) -> Colour) {
    let (pixels, _) = samples.as_chunks();
    for (place, pixel) in row.iter_mut().zip(pixels) {
        *place = colour(*pixel);
    }
}

/// Packs a row of indices, the first into the highest bits.
fn pack(row: &[u8], bits: u8) -> impl Iterator<Item = u8> {
    row.chunks(usize::from(8 / bits)).map(move |indices| {
        let shifts = (0..8 / bits).rev().map(|place| place * bits);
        indices
            .iter()
            .zip(shifts)
            .fold(0, |byte, (index, shift)| byte | index << shift)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(width: u32, samples: Vec<u8>) -> Pixels {
        let height = u32::try_from(samples.len()).unwrap() / 4 / width;
        Pixels {
            width,
            height,
            layout: Layout::Rgba,
            samples,
        }
    }

    fn quality(quality: u8) -> Quality {
        Quality::try_from(quality).unwrap()
    }

    #[test]
    fn qualities_grant_colours() {
        for (number, exact, most, error) in [
            (1, 4, 8, 39.6),
            (10, 25, 50, 36.0),
            (50, 128, 256, 20.0),
            (100, 256, 256, 0.0),
        ] {
            let demand = Demand::from(quality(number));
            assert_eq!((demand.exact, demand.most), (exact, most));
            assert!((demand.error - error).abs() < 0.001);
        }
    }

    #[test]
    fn few_colours_take_few_bits_and_stay() {
        let red_and_clear = [255, 0, 0, 255, 9, 9, 9, 0].repeat(5);
        let indexed = reduce(&pixels(5, red_and_clear), Quality::default()).unwrap();
        assert_eq!(indexed.bits, 1);
        assert_eq!(indexed.colours, [0, 0, 0, 255, 0, 0]);
        assert_eq!(indexed.alphas, [0]);
        assert_eq!(indexed.rows, [0, 0b1010_1000, 0, 0b0101_0000]);
    }

    /// Colours in no order at all, of which no palette has enough to be called good, and some to be called bad.
    #[test]
    fn what_a_palette_spoils_is_refused() {
        let noise = (0..10_000u32).flat_map(|index| {
            let [a, b, c, _] = index.wrapping_mul(2_654_435_761).to_le_bytes();
            [a & 63, b & 63, c & 63, u8::MAX]
        });
        let picture = pixels(100, noise.collect());
        assert!(reduce(&picture, quality(98)).is_none());
        assert!(reduce(&picture, quality(1)).is_some());
    }

    #[test]
    fn rows_are_packed_from_the_left() {
        assert_eq!(
            pack(&[1, 0, 1, 1, 0, 0, 0, 1, 1], 1).collect::<Vec<_>>(),
            [0b1011_0001, 0b1000_0000]
        );
        assert_eq!(pack(&[1, 2, 3], 2).collect::<Vec<_>>(), [0b0110_1100]);
        assert_eq!(pack(&[1, 2, 3], 4).collect::<Vec<_>>(), [0x12, 0x30]);
        assert_eq!(pack(&[1, 2, 3], 8).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
