//! Quantized DCT coefficients, block by block.
//!
//! A block takes 136 bytes: two per coefficient and eight that say which are there. There are
//! only the few rows of them at a time that the output's next row is made from.

use std::ops::Range;

use wide::{f32x8, i16x8};

use super::frame::{Component, Frame};
use super::steps::ZIGZAG;

/// A block's values by row and column, or by column and row: samples, or coefficients that are not quantized.
pub type Square = [[f32; 8]; 8];

/// The quantized coefficients of one 8×8 block in zigzag order (T.81 figure A.6).
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Bit `k` is set if coefficient `k` may differ from zero.
    present: u64,
    /// Zero where nothing is present, so that all can be looked at together.
    levels: [i16; 64],
}

/// By zigzag index, the place column by column.
const PLACES: [u8; 64] = {
    let (mut places, mut k) = ([0; 64], 0);
    while k < 64 {
        let natural = ZIGZAG[k];
        places[k] = natural % 8 * 8 + natural / 8;
        k += 1;
    }
    places
};

impl Block {
    /// All zero.
    pub const ZERO: Self = Self {
        present: 0,
        levels: [0; 64],
    };

    /// Makes every coefficient zero.
    #[inline(always)]
    pub fn clear(&mut self) {
        *self = Self::ZERO;
    }

    /// From values by column and row: rounded, those that become zero left out.
    #[inline(always)]
    pub fn of_columns(values: &Square) -> Self {
        let by_column = values.map(rounded);
        let by_column = by_column.as_flattened();
        let levels = std::array::from_fn(|k| by_column[usize::from(PLACES[k] & 63)]);
        Self {
            present: not_zero(&levels),
            levels,
        }
    }

    /// All coefficients, in zigzag order.
    #[inline(always)]
    pub fn levels(&self) -> &[i16; 64] {
        &self.levels
    }

    /// Sets several coefficients.
    #[inline(always)]
    pub fn fill(&mut self) -> Filling<'_> {
        let Self { present, levels } = self;
        let found = *present;
        Filling {
            levels,
            present,
            found,
        }
    }

    /// Sets coefficient `k` (0..64).
    #[inline(always)]
    pub fn set(&mut self, k: usize, level: i16) {
        self.present |= 1 << (k & 63);
        self.levels[k & 63] = level;
    }

    /// Coefficient `k` (0..64).
    #[inline(always)]
    pub fn get(&self, k: usize) -> i16 {
        self.levels[k & 63]
    }

    /// Bit `k` is set if coefficient `k` may differ from zero.
    pub fn present(&self) -> u64 {
        self.present
    }

    /// The coefficients that may differ from zero, with their index, in zigzag order.
    #[inline(always)]
    pub fn all(&self) -> impl Iterator<Item = (usize, i32)> {
        self.of(u64::MAX)
    }

    /// The AC coefficients that may differ from zero, with their index, in zigzag order.
    #[inline(always)]
    pub fn ac(&self) -> impl Iterator<Item = (usize, i32)> {
        self.ac_of(u64::MAX)
    }

    /// Those of them whose bits are set in a mask.
    #[inline(always)]
    pub fn ac_of(&self, mask: u64) -> impl Iterator<Item = (usize, i32)> {
        self.of(mask & !1)
    }

    #[inline(always)]
    fn of(&self, mask: u64) -> impl Iterator<Item = (usize, i32)> {
        let mut left = self.present & mask;
        std::iter::from_fn(move || {
            let k = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some((k, i32::from(self.levels[k & 63])))
        })
    }

    /// The same from the last to the first.
    #[inline(always)]
    pub fn ac_backwards(&self) -> impl Iterator<Item = (usize, i32)> {
        let mut left = self.present & !1;
        std::iter::from_fn(move || {
            let k = left.checked_ilog2()? as usize;
            left ^= 1 << k;
            Some((k, i32::from(self.levels[k & 63])))
        })
    }
}

/// A block of which several coefficients are set. Which are there is noted at the end, and stays in a register until
/// then.
#[derive(Debug)]
pub struct Filling<'a> {
    levels: &'a mut [i16; 64],
    present: &'a mut u64,
    found: u64,
}

impl Filling<'_> {
    /// Sets coefficient `k` (0..64).
    #[inline(always)]
    pub fn set(&mut self, k: usize, level: i16) {
        self.found |= 1 << (k & 63);
        self.levels[k & 63] = level;
    }

    /// Changes a coefficient that is there.
    #[inline(always)]
    pub fn change(&mut self, k: usize, change: impl FnOnce(i16) -> i16) {
        let level = &mut self.levels[k & 63];
        *level = change(*level);
    }

    /// Call behind the last one.
    #[inline(always)]
    pub fn finish(self) {
        *self.present = self.found;
    }
}

/// The nearest levels, halves away from zero.
#[inline(always)]
fn rounded(values: [f32; 8]) -> [i16; 8] {
    let values = f32x8::new(values);
    let half = f32x8::splat(0.5) | (values & f32x8::splat(-0.0));
    let [least, most] = [i16::MIN, i16::MAX].map(|level| f32x8::splat(f32::from(level)));
    let whole = (values + half)
        .fast_max(least)
        .fast_min(most)
        .fast_trunc_int();
    i16x8::from_i32x8_saturate(whole).to_array()
}

/// Bit `k` is flag `k`, which is 0 or 1.
#[inline(always)]
pub fn bits_of(flags: &[u8; 64]) -> u64 {
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().rev().fold(0, |bits, eight| {
        // The products of flag `i` and the factor's bits: one of them is the top byte's bit `i`, the others lie below or
        // beyond that byte, and no two on each other.
        bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

/// Bit `k` is set if level `k` is not zero.
#[inline(always)]
fn not_zero(levels: &[i16; 64]) -> u64 {
    bits_of(&levels.map(|level| u8::from(level != 0)))
}

/// The last decoded rows of blocks of one component, as many as are needed at a time.
#[derive(Debug, Clone)]
pub struct Plane {
    width: usize,
    /// Row `y` takes the place of an older one, of those with the same bits in this mask.
    row_mask: usize,
    blocks: Vec<Block>,
}

impl Plane {
    fn new(width: usize, rows: usize) -> Self {
        let rows = rows.next_power_of_two();
        Self {
            width,
            row_mask: rows - 1,
            blocks: vec![Block::ZERO; width * rows],
        }
    }

    /// The block in column `x` of row `y`.
    #[inline(always)]
    pub fn block(&self, x: usize, y: usize) -> &Block {
        &self.blocks[(y & self.row_mask) * self.width + x]
    }

    /// The block in column `x` of row `y`.
    #[inline(always)]
    pub fn block_mut(&mut self, x: usize, y: usize) -> &mut Block {
        &mut self.blocks[(y & self.row_mask) * self.width + x]
    }

    /// The blocks of row `y`.
    #[inline(always)]
    pub fn row_mut(&mut self, y: usize) -> &mut [Block] {
        let start = (y & self.row_mask) * self.width;
        &mut self.blocks[start..start + self.width]
    }

    /// Makes every coefficient of some rows zero.
    pub fn clear(&mut self, rows: Range<usize>) {
        rows.for_each(|y| self.row_mut(y).fill(Block::ZERO));
    }
}

/// Planes for all components, with at least so `many` rows of blocks each and the blocks of whole
/// MCUs.
pub fn planes(frame: &Frame, many: impl IntoIterator<Item = usize>) -> Vec<Plane> {
    let plane = |(c, rows): (&Component, usize)| Plane::new(frame.mcus_wide * c.h, rows.max(c.v));
    frame.components.iter().zip(many).map(plane).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_block_forgets_its_levels() {
        let mut block = Block::ZERO;
        block.set(0, 7);
        block.set(5, -3);
        block.set(63, 1);
        assert_eq!(block.ac().collect::<Vec<_>>(), [(5, -3), (63, 1)]);
        block.clear();
        assert_eq!((block.get(0), block.get(5)), (0, 0));
        assert_eq!(block.ac().count(), 0);
        assert_eq!(block.levels(), &[0; 64]);
    }

    #[test]
    fn flags_become_bits() {
        for bits in 0..=255_u64 {
            let bits = bits | bits.reverse_bits() | (bits ^ 0xa5) << 21;
            let flags = std::array::from_fn(|k| (bits >> k & 1) as u8);
            assert_eq!(bits_of(&flags), bits);
        }
    }

    #[test]
    fn values_are_rounded_to_levels_in_zigzag_order() {
        let mut values = [[0.0; 8]; 8];
        (values[0][0], values[1][0], values[0][1]) = (-12.5, 2.49, -0.49);
        (values[7][7], values[7][6]) = (0.5, 1e6);
        let block = Block::of_columns(&values);
        assert_eq!(block.get(0), -13);
        let ac: Vec<_> = block.ac().collect();
        assert_eq!(ac, [(1, 2), (61, 32_767), (63, 1)]);
    }

    #[test]
    fn new_rows_take_the_place_of_old_ones() {
        let mut plane = Plane::new(2, 3);
        (0..6).for_each(|y| plane.block_mut(1, y).set(0, y as i16));
        assert_eq!([2, 3, 4, 5].map(|y| plane.block(1, y).get(0)), [2, 3, 4, 5]);
        plane.clear(4..5);
        assert_eq!([3, 4, 5].map(|y| plane.block(1, y).get(0)), [3, 0, 5]);
    }
}
