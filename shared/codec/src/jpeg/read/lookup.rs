//! Huffman tables for decoding (T.81 F.2.2.3), in a form that mostly needs one look-up for a code *and* the value bits behind it.

use super::bits::BitReader;
use crate::jpeg::syntax::huffman::HuffmanSpec;

/// Bits that the look-up table resolves at once.
const LOOKUP_BITS: u32 = 10;

/// One decoded symbol RRRRSSSS and the value behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// RRRR: zero coefficients before this one.
    pub run: u32,
    /// SSSS: how many value bits there were.
    pub size: u32,
    /// The value, sign-extended (T.81 figure F.12); 0 when `size` is 0.
    pub value: i32,
}

/// Entries of the look-up table: bits 0–4 the length to consume, 5–8 the run, 9–12 the size,
/// 13 whether the value is in bits 16–31. 0: not resolved here.
const HAS_VALUE: u32 = 1 << 13;
/// Bit 14: and it is not zero.
const HAS_LEVEL: u32 = 1 << 14;

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
            let mut entry = length | run << 5 | size << 9;
            if size <= spare {
                let value = extend(following >> (spare - size), size);
                entry += size | HAS_VALUE;
                entry |= (value as u32) << 16;
                entry |= if size > 0 { HAS_LEVEL } else { 0 };
            }
            self.lookup[(code << spare | following) as usize] = entry;
        }
    }

    /// Reads one symbol and its value, if both are short and the value is not zero: the zeros before it, and it. Needs
    /// [`LEVEL_BITS`] valid bits.
    #[inline(always)]
    pub fn level(&self, reader: &mut BitReader<'_>) -> Option<(usize, i16)> {
        let entry = self.lookup[reader.peek(LOOKUP_BITS) as usize];
        (entry & HAS_LEVEL != 0).then(|| {
            reader.consume(entry & 31);
            ((entry >> 5 & 15) as usize, (entry >> 16) as i16)
        })
    }

    /// Reads one symbol and its value; `None` if no code matches. Needs 32 valid bits.
    #[inline(always)]
    pub fn decode(&self, reader: &mut BitReader<'_>) -> Option<Symbol> {
        let entry = self.lookup[reader.peek(LOOKUP_BITS) as usize];
        let (run, size) = (entry >> 5 & 15, entry >> 9 & 15);
        if entry & HAS_VALUE != 0 {
            reader.consume(entry & 31);
            let value = entry as i32 >> 16;
            return Some(Symbol { run, size, value });
        }
        let symbol = if entry != 0 {
            reader.consume(entry & 31);
            Symbol {
                run,
                size,
                value: 0,
            }
        } else {
            self.decode_long(reader)?
        };
        let bits = reader.peek(16) >> (16 - symbol.size);
        reader.consume(symbol.size);
        Some(Symbol {
            value: extend(bits, symbol.size),
            ..symbol
        })
    }

    /// The canonical search by code length (T.81 figure F.16).
    #[cold]
    fn decode_long(&self, reader: &mut BitReader<'_>) -> Option<Symbol> {
        let bits = reader.peek(16);
        let length = (1..=16).find(|&length| bits < self.limits[length])?;
        let index = (bits >> (16 - length)) as i32 + self.offsets[length];
        let symbol = *self.symbols.get(usize::try_from(index).ok()?)?;
        reader.consume(length as u32);
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        (symbol != INVALID).then_some(Symbol {
            run,
            size,
            value: 0,
        })
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
            reader.refill();
            table.decode(&mut reader).map(|s| (s.run, s.size, s.value))
        };
        assert_eq!(next(), Some((1, 2, -2)));
        assert_eq!(next(), Some((3, 5, 31)));
        assert_eq!(next(), Some((0, 0, 0)));
        assert_eq!(next(), Some((15, 0, 0)));
        assert_eq!(next(), None);
    }
}
