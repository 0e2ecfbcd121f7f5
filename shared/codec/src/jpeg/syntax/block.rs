//! Quantized DCT coefficients, block by block.
//!
//! A block takes 136 bytes: two per coefficient and eight that say which are there. There are
//! only the few rows of them at a time that the output's next row is made from.

use std::ops::Range;

use super::frame::{Component, Frame};
use super::steps::ZIGZAG;

/// The quantized coefficients of one 8×8 block in zigzag order (T.81 figure A.6).
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Bit `k` is set if coefficient `k` may differ from zero.
    present: u64,
    /// Zero where nothing is present, so that all can be looked at together.
    levels: [i16; 64],
}

/// The zigzag index of what stands at a place column by column.
const PLACES: [u8; 64] = {
    let (mut places, mut k) = ([0; 64], 0);
    while k < 64 {
        let natural = ZIGZAG[k];
        places[(natural % 8 * 8 + natural / 8) as usize] = k as u8;
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
    pub fn of_columns(values: &[[f32; 8]; 8]) -> Self {
        let mut found = 0_u64;
        for (column, values) in values.iter().enumerate() {
            for (row, value) in values.iter().enumerate() {
                found |= u64::from(value.abs() >= 0.5) << (8 * column + row);
            }
        }
        let mut block = Self::ZERO;
        while found != 0 {
            let at = found.trailing_zeros() as usize & 63;
            found &= found - 1;
            let value = values[at >> 3][at & 7];
            let level = (value + 0.5_f32.copysign(value)) as i16;
            block.set(usize::from(PLACES[at]), level);
        }
        block
    }

    /// All coefficients, in zigzag order.
    #[inline(always)]
    pub fn levels(&self) -> &[i16; 64] {
        &self.levels
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

    /// Makes every coefficient of some rows zero.
    pub fn clear(&mut self, rows: Range<usize>) {
        for y in rows {
            let start = (y & self.row_mask) * self.width;
            self.blocks[start..start + self.width]
                .iter_mut()
                .for_each(Block::clear);
        }
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
