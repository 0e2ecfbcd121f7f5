//! Blocks as a list of Huffman symbols with their value bits (T.81 F.1.2), so that the symbols
//! can be counted before the tables are made.

use super::coefficients::Block;
use super::frame::Frame;

/// A symbol's place among the tables and its value bits: class of components (bit 25), DC or AC
/// (24), symbol (16–23), value bits (0–15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(u32);

impl Token {
    #[inline(always)]
    fn new(table: u32, symbol: u32, bits: u32) -> Self {
        Self(table << 24 | symbol << 16 | bits)
    }

    /// Table and symbol together, under 1024: tables in the order DC 0, AC 0, DC 1, AC 1.
    #[inline(always)]
    pub fn index(self) -> usize {
        (self.0 >> 16) as usize & 1023
    }

    /// The value bits.
    #[inline(always)]
    pub fn bits(self) -> u64 {
        u64::from(self.0 as u16)
    }
}

/// The tokens of a picture.
#[derive(Debug)]
pub struct Tokens {
    list: Vec<Token>,
    /// The block that is being appended; here so that it is not cleared for every block.
    block: [Token; MAX_PER_BLOCK],
}

/// One scan of the output.
#[derive(Debug)]
pub struct Scan {
    /// Indices of its components.
    pub components: Vec<usize>,
    /// Its blocks.
    pub tokens: Tokens,
}

impl Scan {
    /// A scan of all components.
    pub fn of_all(frame: &Frame, tokens: Tokens) -> Self {
        let components = (0..frame.components.len()).collect();
        Self { components, tokens }
    }
}

/// A block has a DC token and at most 63 AC tokens; EOB takes the place of one.
const MAX_PER_BLOCK: usize = 64;

impl Tokens {
    /// None yet.
    pub fn new() -> Self {
        Self {
            list: Vec::new(),
            block: [Token(0); MAX_PER_BLOCK],
        }
    }

    /// All tokens in their order.
    pub fn as_slice(&self) -> &[Token] {
        &self.list
    }

    /// How often each [`Token::index`] occurs.
    pub fn counts(&self) -> Box<[u32; 1024]> {
        let mut counts = Box::new([0; 1024]);
        self.list
            .iter()
            .for_each(|token| counts[token.index()] += 1);
        counts
    }

    /// Appends a block; `prediction` is the DC level of the block before it.
    #[inline(always)]
    pub fn push(&mut self, block: &Block, class: u32, prediction: i16) {
        let tokens = &mut self.block;
        let difference = i32::from(block.get(0)) - i32::from(prediction);
        let (size, bits) = magnitude(difference);
        tokens[0] = Token::new(class * 2, size, bits);
        let (mut count, mut last) = (1, 0);
        let table = class * 2 + 1;
        let mut push = |token| {
            tokens[count & 63] = token;
            count += 1;
        };
        for (k, level) in block.ac().filter(|&(_, level)| level != 0) {
            let run = (k - last - 1) as u32;
            (0..run >> 4).for_each(|_| push(Token::new(table, 0xf0, 0)));
            let (size, bits) = magnitude(level);
            push(Token::new(table, (run & 15) << 4 | size, bits));
            last = k;
        }
        if last != 63 {
            push(Token::new(table, 0, 0)); // EOB
        }
        self.list
            .extend_from_slice(&tokens[..count.min(MAX_PER_BLOCK)]);
    }
}

/// Category of a difference or level and the bits that tell it within (T.81 F.1.2.1).
#[inline(always)]
fn magnitude(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = (value - i32::from(value < 0)) as u32 & ((1 << size) - 1);
    (size, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_levels_and_end_of_block() {
        let mut block = Block::ZERO;
        block.set(0, 5);
        block.set(2, -3);
        block.set(30, 0);
        block.set(37, 1);
        let mut tokens = Tokens::new();
        tokens.push(&block, 1, 7);
        let expected = [
            (2, 2, 1),
            (3, 0x12, 0),
            (3, 0xf0, 0),
            (3, 0xf0, 0),
            (3, 0x21, 1),
            (3, 0, 0),
        ];
        assert_eq!(
            tokens.as_slice(),
            expected.map(|(t, s, b)| Token::new(t, s, b))
        );
        assert_eq!(tokens.counts()[3 << 8 | 0xf0], 2);
    }

    #[test]
    fn a_full_block_has_no_end_of_block() {
        let mut block = Block::ZERO;
        (0..64).for_each(|k| block.set(k, -1));
        let mut tokens = Tokens::new();
        tokens.push(&block, 0, -1);
        assert_eq!(tokens.as_slice().len(), 64);
        assert_eq!(tokens.as_slice()[63], Token::new(1, 1, 0));
    }
}
