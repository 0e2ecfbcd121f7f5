//! Quantized DCT coefficients, block by block.
//!
//! A block takes 136 bytes: two per coefficient and eight that say which are there. A picture
//! that is decoded a row of MCUs at a time needs a few hundred kilobytes of them, one that has
//! to be in memory as a whole about 3.2 bytes per pixel at 4:2:0 and 6.4 at 4:4:4.

use super::frame::{Component, Frame};

/// The quantized coefficients of one 8×8 block in zigzag order (T.81 figure A.6).
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Bit `k` is set if coefficient `k` may differ from zero.
    present: u64,
    /// Only those that are present mean anything: a block is reused without being cleared.
    levels: [i16; 64],
}

impl Block {
    /// All zero.
    pub const ZERO: Self = Self {
        present: 0,
        levels: [0; 64],
    };

    /// Makes every coefficient zero.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.present = 0;
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
        let level = self.levels[k & 63];
        if self.present >> (k & 63) & 1 == 1 {
            level
        } else {
            0
        }
    }

    /// Bit `k` is set if coefficient `k` may differ from zero.
    pub fn present(&self) -> u64 {
        self.present
    }

    /// The AC coefficients that may differ from zero, with their index, in zigzag order.
    #[inline(always)]
    pub fn ac(&self) -> impl Iterator<Item = (usize, i32)> {
        let mut left = self.present & !1;
        std::iter::from_fn(move || {
            let k = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some((k, i32::from(self.levels[k & 63])))
        })
    }
}

/// Blocks of one component: of a whole picture or of some rows of MCUs, and always whole MCUs.
#[derive(Debug, Clone)]
pub struct Plane {
    /// Blocks in a row.
    pub width: usize,
    blocks: Vec<Block>,
}

impl Plane {
    fn new(component: &Component, mcus_wide: usize, mcus_high: usize) -> Self {
        let (width, height) = (mcus_wide * component.h, mcus_high * component.v);
        Self {
            width,
            blocks: vec![Block::ZERO; width * height],
        }
    }

    /// The block in column `x` of row `y`.
    #[inline(always)]
    pub fn block(&self, x: usize, y: usize) -> &Block {
        &self.blocks[y * self.width + x]
    }

    /// The block in column `x` of row `y`.
    #[inline(always)]
    pub fn block_mut(&mut self, x: usize, y: usize) -> &mut Block {
        &mut self.blocks[y * self.width + x]
    }
}

/// The planes of all components, over some rows of MCUs.
pub fn planes(frame: &Frame, mcu_rows: usize) -> Vec<Plane> {
    let plane = |component| Plane::new(component, frame.mcus_wide, mcu_rows);
    frame.components.iter().map(plane).collect()
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
    }
}
