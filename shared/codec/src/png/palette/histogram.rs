//! How often each colour occurs.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

use super::space::{Colour, Point};

/// Above so many different colours, neighbouring ones are counted as one.
const MAX_COLOURS: usize = 1 << 15;

/// The colours of a picture and their shares.
pub struct Histogram {
    /// How many low bits of each sample are not told apart.
    shift: u32,
    /// There are pixels of no alpha, which have no colour.
    clear: bool,
    cells: HashMap<u32, Cell, Seed>,
}

#[derive(Default, Clone, Copy)]
struct Cell {
    pixels: u64,
    sums: [u64; 4],
}

/// A colour, or the mean of neighbouring ones, and how many pixels have it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub point: Point,
    pub weight: f32,
}

impl Histogram {
    pub fn new() -> Self {
        Self {
            shift: 0,
            clear: false,
            cells: HashMap::with_hasher(Seed::random()),
        }
    }

    /// Counts a row of pixels.
    pub fn add(&mut self, row: &[Colour]) {
        for run in row.chunk_by(|one, next| one == next) {
            if run[0][3] == 0 {
                self.clear = true;
            } else {
                self.add_run(run[0], run.len() as u64);
            }
        }
    }

    fn add_run(&mut self, colour: Colour, pixels: u64) {
        let cell = self.cells.entry(key(colour, self.shift)).or_default();
        cell.pixels += pixels;
        for (sum, sample) in cell.sums.iter_mut().zip(colour) {
            *sum += u64::from(sample) * pixels;
        }
        if self.cells.len() > MAX_COLOURS {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.shift += 1;
        let fine = std::mem::replace(&mut self.cells, HashMap::with_hasher(Seed::random()));
        for (colour, cell) in fine {
            let merged = self
                .cells
                .entry(key(colour.to_le_bytes(), self.shift))
                .or_default();
            merged.pixels += cell.pixels;
            for (sum, more) in merged.sums.iter_mut().zip(cell.sums) {
                *sum += more;
            }
        }
    }

    /// Whether there are pixels of no alpha: they are not among the entries.
    pub fn is_clear(&self) -> bool {
        self.clear
    }

    /// The colours themselves, where all were told apart and there are at most so many.
    pub fn exact(&self, most: usize) -> Option<Vec<Colour>> {
        let clear = self.clear.then_some([0; 4]);
        let colours = self.cells.keys().map(|key| key.to_le_bytes());
        (self.shift == 0 && self.cells.len() + usize::from(self.clear) <= most)
            .then(|| colours.chain(clear).collect())
    }

    /// The colours that can be seen and their shares, in an order that depends on nothing but the picture.
    pub fn entries(&self) -> Vec<Entry> {
        let mut cells: Vec<_> = self.cells.iter().collect();
        cells.sort_unstable_by_key(|(key, _)| **key);
        cells.into_iter().map(|(_, cell)| cell.entry()).collect()
    }
}

impl Cell {
    fn entry(&self) -> Entry {
        let mean = self
            .sums
            .map(|sum| u8::try_from((sum + self.pixels / 2) / self.pixels).unwrap_or(u8::MAX));
        Entry {
            point: Point::of(mean),
            weight: self.pixels as f32,
        }
    }
}

#[inline]
fn key(colour: Colour, shift: u32) -> u32 {
    u32::from_le_bytes(colour.map(|sample| sample >> shift << shift))
}

/// Multiplication by a random odd number: fast, and no picture can be made to collide.
#[derive(Clone)]
struct Seed(u64);

impl Seed {
    fn random() -> Self {
        Self(RandomState::new().hash_one(()) | 1)
    }
}

impl BuildHasher for Seed {
    type Hasher = Product;

    fn build_hasher(&self) -> Product {
        Product(self.0)
    }
}

struct Product(u64);

impl Hasher for Product {
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = self.0.wrapping_mul(u64::from(value) << 1 | 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opaque(number: u32) -> Colour {
        let [a, b, c, _] = number.to_le_bytes();
        [a, b, c, u8::MAX]
    }

    #[test]
    fn pixels_are_counted() {
        let mut histogram = Histogram::new();
        histogram.add(&[opaque(1), opaque(1), opaque(2)]);
        histogram.add(&[opaque(1), [7, 7, 7, 0]]);
        let weights: Vec<f32> = histogram
            .entries()
            .iter()
            .map(|entry| entry.weight)
            .collect();
        assert_eq!(weights, [3.0, 1.0]);
        let mut exact = histogram.exact(3).unwrap();
        exact.sort_unstable();
        assert_eq!(exact, [[0; 4], opaque(1), opaque(2)]);
        assert!(histogram.is_clear() && histogram.exact(2).is_none());
    }

    #[test]
    fn too_many_colours_are_merged_and_none_is_lost() {
        let mut histogram = Histogram::new();
        let row: Vec<Colour> = (0..300_000).map(|number| opaque(number * 55)).collect();
        histogram.add(&row);
        assert!(histogram.exact(usize::MAX).is_none());
        let entries = histogram.entries();
        assert!(entries.len() <= MAX_COLOURS && entries.len() > 1000);
        assert_eq!(
            entries.iter().map(|entry| entry.weight).sum::<f32>(),
            300_000.0
        );
    }
}
