//! The blocks of the output, in the order in which they come: their symbols can be counted before
//! the tables are made, and they can be written in another order and band by band.

use crate::jpeg::quantize::tokens::{Counts, Low, NextBlock, Token, Tokens};
use crate::jpeg::syntax::frame::{Component, Frame};

/// DC levels of 8-bit pictures, so that a difference has at most 11 bits.
const DC_RANGE: (i16, i16) = (-1024, 1023);

/// All blocks of a picture.
#[derive(Debug)]
pub struct Store {
    components: Vec<Blocks>,
    /// The tokens of each block's high band.
    tokens: Vec<Token>,
}

/// The blocks of one component that hold some of the picture, row by row.
#[derive(Debug)]
struct Blocks {
    /// Blocks in a row.
    width: usize,
    dc: Vec<i16>,
    low: Vec<Low>,
    high: Vec<High>,
    /// The block that is being appended; here so that it is not cleared for every block.
    next: NextBlock,
}

/// Where in [`Store::tokens`] the high band of a block begins, and what is known of it without a
/// look there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct High(u32);

impl High {
    /// Has no levels.
    const EMPTY: Self = Self(u32::MAX);

    /// Bit: has a level 63.
    const FULL: u32 = 1 << 31;

    /// Whether it has no levels.
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Whether it goes on to the last coefficient, so that no EOB follows.
    pub fn is_full(self) -> bool {
        self.0 & Self::FULL != 0 && !self.is_empty()
    }
}

impl Store {
    /// With room for the blocks of a frame that hold some of the picture.
    pub fn new(frame: &Frame) -> Self {
        let blocks = |component: &Component| {
            let count = component.blocks_wide * component.blocks_high;
            Blocks {
                width: component.blocks_wide,
                dc: vec![0; count],
                low: vec![[0; 2]; count],
                high: vec![High::EMPTY; count],
                next: NextBlock::new(),
            }
        };
        Self {
            components: frame.components.iter().map(blocks).collect(),
            tokens: Vec::new(),
        }
    }

    /// Whether the tokens are too many for their places to have been kept.
    pub fn is_overfull(&self) -> bool {
        self.tokens.len() >= High::FULL as usize - 1
    }

    /// Appends the block in column `x` of row `y` of a component. `fill` makes its AC levels and
    /// returns its DC level.
    #[inline(always)]
    pub fn push(
        &mut self,
        component: usize,
        x: usize,
        y: usize,
        fill: impl FnOnce(&mut NextBlock) -> i16,
    ) {
        let blocks = &mut self.components[component];
        let at = y * blocks.width + x;
        blocks.dc[at] = fill(&mut blocks.next).clamp(DC_RANGE.0, DC_RANGE.1);
        blocks.low[at] = blocks.next.low();
        let tokens = blocks.next.high();
        if !tokens.is_empty() {
            let full = u32::from(blocks.next.is_full()) << 31;
            blocks.high[at] = High(self.tokens.len() as u32 & !High::FULL | full);
            self.tokens.extend_from_slice(tokens);
        }
    }

    /// How often each AC symbol of a component occurs.
    pub fn counts(&self, component: usize) -> &Counts {
        &self.components[component].next.counts
    }

    /// The DC levels of a component, row by row.
    pub fn dc(&self, component: usize) -> &[i16] {
        &self.components[component].dc
    }

    /// The low bands of a component's blocks, row by row.
    pub fn low(&self, component: usize) -> &[Low] {
        &self.components[component].low
    }

    /// The high bands of a component's blocks, row by row.
    pub fn high(&self, component: usize) -> &[High] {
        &self.components[component].high
    }

    /// What is in a high band that is not empty.
    #[inline(always)]
    pub fn tokens(&self, high: High) -> Tokens<'_> {
        Tokens(self.tokens[(high.0 & !High::FULL) as usize..].iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::syntax::block::Block;
    use crate::jpeg::syntax::frame::Frame;
    use crate::jpeg::syntax::marker::{Segment, code};

    fn store() -> Store {
        let segment = Segment {
            marker: code::SOF0,
            payload: &[8, 0, 8, 0, 24, 1, 1, 0x11, 0],
            position: 0,
        };
        Store::new(&Frame::parse(&segment).expect("a frame"))
    }

    #[test]
    fn blocks_are_found_in_any_order() {
        let (mut store, mut block) = (store(), Block::ZERO);
        store.push(0, 1, 0, |next| next.copy(&block));
        block.set(60, 7);
        store.push(0, 2, 0, |next| next.copy(&block));
        (0..64).for_each(|k| block.set(k, -1000));
        block.set(0, -2000);
        store.push(0, 0, 0, |next| next.copy(&block));
        assert_eq!(store.dc(0), [-1024, 0, 0]);
        assert_eq!(store.low(0), [[-1000; 2], [0; 2], [0; 2]]);
        let high = store.high(0);
        let ends = |i: usize| (high[i].is_empty(), high[i].is_full());
        let expected = [(false, true), (true, false), (false, false)];
        assert_eq!([0, 1, 2].map(ends), expected);
        let read = |i: usize| {
            let mut all = Vec::new();
            let tokens = store.tokens(high[i]);
            tokens.each(|symbol, bits| all.push((symbol, bits)));
            all
        };
        assert_eq!(read(0), vec![(10, 23); 61]);
        assert_eq!(read(2), [(0xf0, 0), (0xf0, 0), (0xf0, 0), (0x93, 7)]);
        assert!(!store.is_overfull());
    }
}
