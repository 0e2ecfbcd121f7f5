//! The AC levels of a block of the output as Huffman symbols with their value bits (T.81 F.1.2),
//! in two bands (T.81 G.1.1.1.1): the two lowest frequencies as plain levels, the others as
//! tokens.

use crate::jpeg::syntax::block::Block;

/// An AC symbol in the high byte and its value bits in the low one. If the symbol has more than 8
/// value bits, they are the whole of the next word.
pub type Token = u16;

/// The zigzag index at which the high band begins. The low band, 1 and 2, has the slopes along
/// and across. These two levels are the most frequent by far: tables of their own save more than
/// those of any longer band do.
pub const HIGH_BAND: usize = 3;

/// The levels of the low band.
pub type Low = [i16; HIGH_BAND - 1];

/// ZRL: 16 zeros.
pub const LONG_RUN: u8 = 0xf0;

/// Ends a block. Its symbol is that of EOB, but who reads tokens does not get it: there is none
/// behind a level 63, and runs of them have symbols of their own.
const END: Token = 0;

/// How often symbols occur, over all blocks of a component so far.
#[derive(Debug)]
pub struct Counts {
    /// In the low band, without EOB.
    pub low: [u32; 256],
    /// In the high band, without EOB.
    pub high: [u32; 256],
    /// How many more there are if the bands are coded as one: its first run gets longer.
    joined: [i32; 256],
    /// Blocks whose last level is not 63, so that an EOB ends them.
    ends: u32,
}

impl Counts {
    const NONE: Self = Self {
        low: [0; 256],
        high: [0; 256],
        joined: [0; 256],
        ends: 0,
    };

    /// If blocks are coded as a whole, with EOB.
    pub fn whole(&self) -> [u32; 256] {
        let sum = |s: usize| (self.low[s] + self.high[s]).wrapping_add_signed(self.joined[s]);
        let mut counts = std::array::from_fn(sum);
        counts[0] = self.ends;
        counts
    }
}

/// The AC levels of one block while they are put together, from the last to the first.
#[derive(Debug)]
pub struct NextBlock {
    low: Low,
    tokens: [Token; MAX_WORDS],
    start: usize,
    full: bool,
    /// How often each symbol occurs, over all blocks so far.
    pub counts: Counts,
}

/// At most 61 tokens of two words, and the end.
const MAX_WORDS: usize = 128;

impl NextBlock {
    /// Before the first block.
    pub fn new() -> Self {
        Self {
            low: [0; 2],
            tokens: [0; MAX_WORDS],
            start: MAX_WORDS,
            full: false,
            counts: Counts::NONE,
        }
    }

    /// The low band of what is put together.
    pub fn low(&self) -> Low {
        self.low
    }

    /// Tokens of the high band; empty if it has no levels.
    pub fn high(&self) -> &[Token] {
        self.tokens.get(self.start..).unwrap_or_default()
    }

    /// Whether the last level is 63: no EOB follows.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Begins a block whose last level that is not zero has the index `last`.
    #[inline(always)]
    pub fn begin(&mut self, last: usize) {
        self.low = [0; 2];
        self.full = last == 63;
        self.counts.ends += u32::from(last != 63);
        self.start = MAX_WORDS - usize::from(last >= HIGH_BAND);
        self.tokens[MAX_WORDS - 1] = END;
    }

    /// Puts a level that is not zero before the others: its index and that of the level before
    /// it, or 0.
    #[inline(always)]
    pub fn prepend(&mut self, k: usize, before: usize, level: i32) {
        let (size, bits) = magnitude(level);
        if k < HIGH_BAND {
            self.low[(k - 1) & 1] = level as i16;
            return self.counts.low[symbol(k - before - 1, size)] += 1;
        }
        let run = k - before.max(HIGH_BAND - 1) - 1;
        if before < HIGH_BAND - 1 {
            self.join(run, k - before - 1, size);
        }
        self.prepend_token(symbol(run, size) as u8, bits, 1 + usize::from(size > 8));
        (0..run >> 4).for_each(|_| self.prepend_token(LONG_RUN, 0, 1));
    }

    /// Takes note of a run in the high band that is longer if blocks are coded as a whole.
    #[inline(always)]
    fn join(&mut self, run: usize, longer: usize, size: u32) {
        let joined = &mut self.counts.joined;
        joined[symbol(run, size)] -= 1;
        joined[symbol(longer, size)] += 1;
        joined[usize::from(LONG_RUN)] += i32::from(longer >> 4 > run >> 4);
    }

    #[inline(always)]
    fn prepend_token(&mut self, symbol: u8, bits: u32, length: usize) {
        self.counts.high[usize::from(symbol)] += 1;
        self.tokens[self.start.wrapping_sub(1) & (MAX_WORDS - 1)] = bits as u16;
        self.start = self.start.wrapping_sub(length);
        let token = u16::from(symbol) << 8 | bits as u16 & 0xff;
        self.tokens[self.start & (MAX_WORDS - 1)] = token;
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
                Some((next, level)) => self.prepend(next, k, level),
            }
            ahead = Some((k, level));
        }
        match ahead {
            None => self.begin(0),
            Some((first, level)) => self.prepend(first, 0, level),
        }
    }
}

/// The tokens of the high band of a block.
#[derive(Debug)]
pub struct Tokens<'a>(pub std::slice::Iter<'a, Token>);

impl Tokens<'_> {
    /// Hands over each symbol and its value bits. Runs are counted from the start of the band.
    #[inline(always)]
    pub fn each(mut self, mut take: impl FnMut(u8, u32)) {
        while let Some(&token) = self.0.next() {
            let symbol = (token >> 8) as u8;
            if (1..=8).contains(&(symbol & 15)) {
                take(symbol, u32::from(token & 0xff));
                continue;
            }
            match (token, symbol) {
                (END, _) => return,
                (_, LONG_RUN) => take(symbol, 0),
                _ => take(symbol, self.0.next().map_or(0, |&bits| bits.into())),
            }
        }
    }
}

/// The symbol for up to 15 zeros, and for the last of more, and a level of `size` bits.
#[inline(always)]
pub fn symbol(run: usize, size: u32) -> usize {
    (run & 15) << 4 | size as usize & 15
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
    use super::*;

    fn next(levels: &[(usize, i16)]) -> NextBlock {
        let (mut block, mut next) = (Block::ZERO, NextBlock::new());
        levels.iter().for_each(|&(k, level)| block.set(k, level));
        next.copy(&block);
        next
    }

    fn read(next: &NextBlock) -> Vec<(u8, u32)> {
        let mut all = Vec::new();
        Tokens(next.high().iter()).each(|symbol, bits| all.push((symbol, bits)));
        all
    }

    /// The symbols that occur, with their counts.
    fn some(counts: &[u32; 256]) -> Vec<(usize, u32)> {
        let all = counts.iter().copied().enumerate();
        all.filter(|&(_, count)| count > 0).collect()
    }

    #[test]
    fn runs_and_levels_of_both_bands() {
        let next = next(&[(0, 5), (2, -3), (30, 0), (37, 1), (39, -700)]);
        let high = [(0xf0, 0), (0xf0, 0), (0x21, 1), (0x1a, 323)];
        assert_eq!((next.low(), read(&next)), ([0, -3], high.to_vec()));
        assert!(!next.is_full());
        assert_eq!(some(&next.counts.low), [(0x12, 1)]);
        assert_eq!(some(&next.counts.high), [(0x1a, 1), (0x21, 1), (0xf0, 2)]);
        let whole = [(0, 1), (0x12, 1), (0x1a, 1), (0x21, 1), (0xf0, 2)];
        assert_eq!(some(&next.counts.whole()), whole);
    }

    #[test]
    fn the_first_run_is_longer_if_blocks_are_coded_as_a_whole() {
        let next = next(&[(18, -1)]);
        assert_eq!(read(&next), [(0xf1, 0)]);
        assert_eq!(some(&next.counts.whole()), [(0, 1), (0x11, 1), (0xf0, 1)]);
        let next = self::next(&[(1, 1), (20, -1)]);
        assert_eq!(read(&next), [(0xf0, 0), (0x11, 0)]);
        let whole = [(0, 1), (0x01, 1), (0x21, 1), (0xf0, 1)];
        assert_eq!(some(&next.counts.whole()), whole);
    }

    #[test]
    fn full_and_empty_blocks() {
        let all: Vec<(usize, i16)> = (1..64).map(|k| (k, -1000)).collect();
        let full = next(&all);
        assert!(full.is_full());
        assert_eq!((full.low(), read(&full)), ([-1000; 2], vec![(10, 23); 61]));
        assert_eq!(some(&full.counts.whole()), [(10, 63)]);
        let empty = next(&[(0, 9), (1, 4)]);
        assert_eq!((empty.low(), empty.high()), ([4, 0], &[][..]));
        assert_eq!(some(&empty.counts.whole()), [(0, 1), (3, 1)]);
    }
}
