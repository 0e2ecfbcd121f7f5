//! The blocks of the output as Huffman symbols with their value bits (T.81 F.1.2), in the order
//! in which they come: the symbols can be counted before the tables are made, and the blocks be
//! written in another order.

use super::coefficients::Block;
use super::frame::{Component, Frame};

/// An AC symbol in the high byte and its value bits in the low one. If the symbol has more than 8
/// value bits, they are the whole of the next word.
pub type Token = u16;

/// EOB: no more coefficients. Ends a block.
const END_OF_BLOCK: Token = 0;

/// Ends a block that goes on to its last coefficient. No JPEG has this symbol, so its code in any
/// table is empty.
const END_OF_FULL_BLOCK: Token = 0x10 << 8;

/// ZRL: 16 zeros.
const LONG_RUN: Token = 0xf0 << 8;

/// DC levels of 8-bit pictures, so that a difference has at most 11 bits.
const DC_RANGE: (i16, i16) = (-1024, 1023);

/// All blocks of a picture.
#[derive(Debug)]
pub struct Store {
    components: Vec<Blocks>,
    /// The AC tokens of each block.
    tokens: Vec<Token>,
}

/// The blocks of one component that hold some of the picture, row by row.
#[derive(Debug)]
struct Blocks {
    /// Blocks in a row.
    width: usize,
    /// DC levels.
    dc: Vec<i16>,
    /// Where in [`Store::tokens`] each begins.
    starts: Vec<u32>,
    /// The block that is being appended; here so that it is not cleared for every block.
    next: NextBlock,
}

impl Store {
    /// With room for the blocks of a frame that hold some of the picture.
    pub fn new(frame: &Frame) -> Self {
        let blocks = |component: &Component| {
            let count = component.blocks_wide * component.blocks_high;
            Blocks {
                width: component.blocks_wide,
                dc: vec![0; count],
                starts: vec![0; count],
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
        u32::try_from(self.tokens.len()).is_err()
    }

    /// Appends the block in column `x` of row `y` of a component. `fill` makes its AC tokens and
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
        blocks.starts[at] = self.tokens.len() as u32;
        blocks.dc[at] = fill(&mut blocks.next).clamp(DC_RANGE.0, DC_RANGE.1);
        self.tokens.extend_from_slice(blocks.next.tokens());
    }

    /// How often each AC symbol of a component occurs.
    pub fn counts(&self, component: usize) -> [u32; 256] {
        self.components[component].next.counts()
    }

    /// The DC levels of a component, row by row.
    pub fn dc(&self, component: usize) -> &[i16] {
        &self.components[component].dc
    }

    /// The AC tokens of block `at` of a component, counted row by row.
    #[inline(always)]
    pub fn tokens(&self, component: usize, at: usize) -> Tokens<'_> {
        let start = self.components[component].starts[at] as usize;
        Tokens(self.tokens[start..].iter())
    }
}

/// The AC tokens of one block while they are put together, from the last to the first.
#[derive(Debug)]
pub struct NextBlock {
    tokens: [Token; MAX_WORDS],
    start: usize,
    /// How often each symbol occurs, over all blocks so far.
    counts: [u32; 256],
}

/// At most 63 tokens of two words, and the end.
const MAX_WORDS: usize = 128;

impl NextBlock {
    /// Before the first block.
    pub fn new() -> Self {
        Self {
            tokens: [0; MAX_WORDS],
            start: MAX_WORDS,
            counts: [0; 256],
        }
    }

    /// How often each symbol occurs, over all blocks so far.
    pub fn counts(&self) -> [u32; 256] {
        let mut counts = self.counts;
        counts[usize::from(END_OF_FULL_BLOCK >> 8)] = 0;
        counts
    }

    /// What is put together.
    pub fn tokens(&self) -> &[Token] {
        self.tokens.get(self.start..).unwrap_or_default()
    }

    /// Begins a block whose last level that is not zero has the index `last`.
    #[inline(always)]
    pub fn begin(&mut self, last: usize) {
        let end = if last == 63 {
            END_OF_FULL_BLOCK
        } else {
            END_OF_BLOCK
        };
        self.start = MAX_WORDS;
        self.prepend(end >> 8, 0, 1);
    }

    /// Puts a level that is not zero before the others, and `run` zeros before it.
    #[inline(always)]
    pub fn prepend_level(&mut self, run: usize, level: i32) {
        let (size, bits) = magnitude(level);
        let symbol = (run as u16 & 15) << 4 | size as u16;
        self.prepend(symbol, bits, 1 + usize::from(size > 8));
        (0..run >> 4).for_each(|_| self.prepend(LONG_RUN >> 8, 0, 1));
    }

    #[inline(always)]
    fn prepend(&mut self, symbol: u16, bits: u32, length: usize) {
        self.counts[usize::from(symbol) & 255] += 1;
        self.tokens[self.start.wrapping_sub(1) & (MAX_WORDS - 1)] = bits as u16;
        self.start = self.start.wrapping_sub(length);
        self.tokens[self.start & (MAX_WORDS - 1)] = symbol << 8 | bits as u16 & 0xff;
    }

    /// Puts together the levels of a block as they are.
    pub fn copy(&mut self, block: &Block) -> i16 {
        self.fill(block, |_, level| level);
        block.get(0)
    }

    /// Puts together the levels of a block, changed by their index.
    pub fn fill(&mut self, block: &Block, change: impl Fn(usize, i32) -> i32) {
        let mut ahead: Option<(usize, i32)> = None;
        let levels = block.ac_backwards().map(|(k, level)| (k, change(k, level)));
        for (k, level) in levels.filter(|&(_, level)| level != 0) {
            match ahead {
                None => self.begin(k),
                Some((next, level)) => self.prepend_level(next - k - 1, level),
            }
            ahead = Some((k, level));
        }
        match ahead {
            None => self.begin(0),
            Some((first, level)) => self.prepend_level(first - 1, level),
        }
    }
}

/// The AC tokens of a block.
#[derive(Debug)]
pub struct Tokens<'a>(pub std::slice::Iter<'a, Token>);

impl Tokens<'_> {
    /// Hands over each symbol and its value bits.
    #[inline(always)]
    pub fn each(mut self, mut take: impl FnMut(u8, u32)) {
        while let Some(&token) = self.0.next() {
            let symbol = (token >> 8) as u8;
            if (1..=8).contains(&(symbol & 15)) {
                take(symbol, u32::from(token & 0xff));
                continue;
            }
            match token {
                END_OF_FULL_BLOCK => return,
                END_OF_BLOCK => return take(symbol, 0),
                LONG_RUN => take(symbol, 0),
                _ => take(symbol, self.0.next().map_or(0, |&bits| bits.into())),
            }
        }
    }
}

/// Category of a difference or level and the bits that tell it within (T.81 F.1.2.1).
#[inline(always)]
pub fn magnitude(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = (value - i32::from(value < 0)) as u32 & ((1 << size) - 1);
    (size, bits)
}

#[cfg(test)]
mod tests {
    use super::super::frame::Frame;
    use super::super::marker::{Segment, code};
    use super::*;

    fn store() -> Store {
        let segment = Segment {
            marker: code::SOF0,
            payload: &[8, 0, 8, 0, 16, 1, 1, 0x11, 0],
            position: 0,
        };
        Store::new(&Frame::parse(&segment).expect("a frame"))
    }

    fn read(store: &Store, x: usize) -> (i16, Vec<(u8, u32)>) {
        let mut all = Vec::new();
        let tokens = store.tokens(0, x);
        tokens.each(|symbol, bits| all.push((symbol, bits)));
        (store.dc(0)[x], all)
    }

    #[test]
    fn runs_levels_and_end_of_block() {
        let mut block = Block::ZERO;
        for (k, level) in [(0, 5), (2, -3), (30, 0), (37, 1), (39, -700)] {
            block.set(k, level);
        }
        let mut store = store();
        store.push(0, 0, 0, |next| next.copy(&block));
        let expected = [
            (0x12, 0),
            (0xf0, 0),
            (0xf0, 0),
            (0x21, 1),
            (0x1a, 323),
            (0, 0),
        ];
        assert_eq!(read(&store, 0), (5, expected.to_vec()));
    }

    #[test]
    fn blocks_are_found_in_any_order_and_full_ones_have_no_end() {
        let (mut store, mut block) = (store(), Block::ZERO);
        store.push(0, 1, 0, |next| next.copy(&block));
        (0..64).for_each(|k| block.set(k, -1000));
        block.set(0, -2000);
        store.push(0, 0, 0, |next| next.copy(&block));
        assert_eq!(read(&store, 1), (0, vec![(0, 0)]));
        assert_eq!(read(&store, 0), (-1024, vec![(10, 23); 63]));
        let counts = store.counts(0);
        assert_eq!((counts[0], counts[10], counts[0x10]), (1, 63, 0));
        assert!(!store.is_overfull());
    }
}
