//! Huffman tables for decoding (T.81 F.2.2.3), in a form that mostly needs one look-up for a code *and* the value bits behind it.

use super::bits::Cursor;
use crate::jpeg::syntax::huffman::HuffmanSpec;

/// Bits that the look-up table resolves at once.
const LOOKUP_BITS: u32 = 10;

/// One decoded symbol RRRRSSSS and the value behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// RRRR: zero coefficients before this one.
    pub run: u32,
    /// The value of SSSS bits, sign-extended (T.81 figure F.12); 0 if and only if SSSS is.
    pub value: i32,
}

/// Entries of the look-up table: bits 0–5 the length to consume, 8–12 the run and one more. In bits 16–31 the value, if
/// there is one that is not zero and as short; else the size. 0: not resolved here.
const HAS_LEVEL: u32 = 1 << 7;

/// How many bits [`HuffmanTable::level`] takes at the most.
pub const LEVEL_BITS: u32 = LOOKUP_BITS;

/// How many bits [`HuffmanTable::decode`] takes at the most in AC tables.
pub const SYMBOL_BITS: u32 = 16 + 10;

/// A Huffman table ready for decoding.
#[derive(Debug)]
pub struct HuffmanTable {
    lookup: Box<[u32; 1 << LOOKUP_BITS]>,
    /// By code length: one past the largest code, its bits at the top of 16; 0 if there is none.
    limits: [u32; 17],
    /// By code length: what to add to a code to get its index in `symbols`.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// Builds the tables from a valid definition. Symbols whose value would have more than
    /// `max_size` bits do not decode.
    pub fn new(spec: &HuffmanSpec, max_size: u32) -> Self {
        let mut table = Self {
            lookup: Box::new([0; 1 << LOOKUP_BITS]),
            limits: [0; 17],
            offsets: [0; 17],
            symbols: spec.symbols.clone(),
        };
        for (index, (symbol, code, length)) in spec.codes().enumerate() {
            if u32::from(symbol & 15) > max_size {
                table.symbols[index] = INVALID;
            }
            table.limits[length as usize] = (code + 1) << (16 - length);
            table.offsets[length as usize] = index as i32 - code as i32;
            if length <= LOOKUP_BITS && table.symbols[index] != INVALID {
                table.fill_lookup(symbol, code, length);
            }
        }
        table
    }

    fn fill_lookup(&mut self, symbol: u8, code: u32, length: u32) {
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        let spare = LOOKUP_BITS - length;
        for following in 0..1_u32 << spare {
            let (mut entry, mut high) = (length | (run + 1) << 8, size);
            if (1..=spare).contains(&size) {
                high = extend(following >> (spare - size), size) as u32;
                entry += size | HAS_LEVEL;
            }
            self.lookup[(code << spare | following) as usize] = entry | high << 16;
        }
    }

    /// Reads one symbol and its value, if both are short and the value is not zero: one more than the zeros before it,
    /// and it. Needs [`LEVEL_BITS`] valid bits.
    #[inline(always)]
    pub fn level(&self, bits: &mut Cursor<'_>) -> Option<(usize, i16)> {
        let entry = self.lookup[bits.peek(LOOKUP_BITS) as usize];
        (entry & HAS_LEVEL != 0).then(|| {
            bits.consume(entry & 63);
            (usize::from((entry >> 8) as u8), (entry >> 16) as i16)
        })
    }

    /// Reads one symbol and its value; `None` if no code matches. Needs 32 valid bits.
    #[inline(always)]
    pub fn decode(&self, bits: &mut Cursor<'_>) -> Option<Symbol> {
        let entry = self.lookup[bits.peek(LOOKUP_BITS) as usize];
        let run = u32::from((entry >> 8) as u8).wrapping_sub(1);
        if entry & HAS_LEVEL != 0 {
            bits.consume(entry & 63);
            let value = entry as i32 >> 16;
            return Some(Symbol { run, value });
        }
        let (length, run, size) = match entry {
            0 => self.decode_long(bits.peek(16))?,
            _ => (entry & 63, run, entry >> 16 & 15),
        };
        bits.consume(length);
        let value = extend(bits.peek(16) >> (16 - size), size);
        bits.consume(size);
        Some(Symbol { run, value })
    }

    /// The length, the run and the size of a long code, the first of these 16 bits: the canonical search by code length
    /// (T.81 figure F.16).
    #[cold]
    fn decode_long(&self, bits: u32) -> Option<(u32, u32, u32)> {
        let length = (1..=16).find(|&length| bits < self.limits[length])?;
        let index = (bits >> (16 - length)) as i32 + self.offsets[length];
        let symbol = *self.symbols.get(usize::try_from(index).ok()?)?;
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        (symbol != INVALID).then_some((length as u32, run, size))
    }
}

/// Stands for a symbol that no 8-bit picture uses.
const INVALID: u8 = 0xff;

/// EXTEND (T.81 figure F.12): the signed value of `size` bits.
#[inline(always)]
pub fn extend(bits: u32, size: u32) -> i32 {
    let bits = bits as i32;
    let half = (1 << size) >> 1;
    if bits < half {
        bits - (1 << size) + 1
    } else {
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::super::bits::BitReader;
    use super::*;

    fn spec() -> HuffmanSpec {
        let mut counts = [0; 16];
        (counts[0], counts[1], counts[11]) = (1, 1, 2);
        HuffmanSpec {
            counts,
            symbols: vec![0x00, 0x12, 0x35, 0xf0],
        }
    }

    #[test]
    fn short_and_long_codes_decode_with_their_values() {
        // 10 01 | 1100_0000_0000 11111 | 0 | 1100_0000_0001 | 111..
        let mut reader = BitReader::new(&[0x9c, 0, 0xfb, 0, 0x7f, 0xfe]);
        let table = HuffmanTable::new(&spec(), 10);
        let mut next = || {
            let mut bits = reader.next_block();
            bits.refill();
            let symbol = table.decode(&mut bits);
            let place = bits.place();
            reader.go_on_at(place);
            symbol.map(|s| (s.run, s.value))
        };
        assert_eq!(next(), Some((1, -2)));
        assert_eq!(next(), Some((3, 31)));
        assert_eq!(next(), Some((0, 0)));
        assert_eq!(next(), Some((15, 0)));
        assert_eq!(next(), None);
    }
}
