//! What codes cost, in bits, before the Huffman tables of a picture are known: at first as in
//! typical tables, then as in tables for the blocks so far.

use crate::jpeg::syntax::huffman::optimal_table;

/// Below the costs there is room for where they come from: one bit tells whether the level
/// shrinks, six tell the path before it. So the smaller of two costs is found, with all that
/// belongs to it, by one comparison that is no branch.
pub const ORIGIN_BITS: u32 = 7;

/// Costs are counted in 1/256 of a bit.
pub const UNIT: f32 = 256.0;

/// Code lengths of the AC symbols of one class of components, as the costs of a trellis.
#[derive(Debug, Clone)]
pub struct Rates {
    /// By size (0–15) and run (0–63; from 16 on the ZRL codes are in it).
    codes: [[i32; 64]; 16],
    /// The EOB code.
    pub end_of_block: i64,
}

impl Rates {
    /// By run of zeros, the codes for a level of `size - 1` and of `size` bits (1–15), without those bits.
    #[inline(always)]
    pub fn codes(&self, size: usize) -> [&[i32; 64]; 2] {
        [&self.codes[(size - 1) & 15], &self.codes[size & 15]]
    }

    /// Those of the best table for symbols that occur `counts` times.
    pub fn learned(counts: &[u32; 256]) -> Self {
        let mut lengths = [LONGEST; 256];
        for (symbol, _, length) in optimal_table(counts).codes() {
            lengths[usize::from(symbol)] = length as i32;
        }
        Self::from_lengths(&lengths)
    }

    const fn new(counts: &[u8; 16], symbols: &[u8; 162]) -> Self {
        let mut lengths = [LONGEST; 256];
        let (mut length, mut index) = (0, 0);
        while length < 16 {
            let mut left = counts[length];
            while left > 0 {
                lengths[symbols[index] as usize] = length as i32 + 1;
                (index, left) = (index + 1, left - 1);
            }
            length += 1;
        }
        Self::from_lengths(&lengths)
    }

    const fn from_lengths(lengths: &[i32; 256]) -> Self {
        let bit = (UNIT as i32) << ORIGIN_BITS;
        let mut codes = [[0; 64]; 16];
        let mut entry = 0;
        while entry < 64 * 16 {
            let (run, size) = (entry / 16, entry % 16);
            let long_runs = (run / 16) as i32 * lengths[0xf0];
            codes[size][run] = bit * (long_runs + lengths[run % 16 * 16 + size]);
            entry += 1;
        }
        let end_of_block = (bit * lengths[0]) as i64;
        Self {
            codes,
            end_of_block,
        }
    }
}

/// The length of a code that there is not: a new one would be no longer.
const LONGEST: i32 = 16;

/// The typical tables of T.81 annex K.3.3.2: tables K.5 (luma) and K.6 (chroma).
pub static LUMA: Rates = Rates::new(
    &[0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
    b"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\
      \xa1\x08\x23\x42\xb1\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\
      \x25\x26\x27\x28\x29\x2a\x34\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\
      \x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\
      \x7a\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\
      \xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\
      \xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\
      \xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
);

/// See [`LUMA`].
pub static CHROMA: Rates = Rates::new(
    &[0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
    b"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\
      \x42\x91\xa1\xb1\xc1\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\
      \x18\x19\x1a\x26\x27\x28\x29\x2a\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\
      \x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\
      \x79\x7a\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\
      \xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\
      \xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\
      \xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_symbols_become_cheap() {
        let mut counts = [0; 256];
        for (symbol, count) in [(0, 40), (0x11, 60), (0xf0, 8), (0x21, 4)] {
            counts[symbol] = count;
        }
        let rates = Rates::learned(&counts);
        let bits = |cost: i64| cost >> ORIGIN_BITS >> UNIT.log2() as u32;
        let codes =
            |rates: &Rates, run: usize| rates.codes(1).map(|by_run| bits(by_run[run].into()));
        assert_eq!(bits(rates.end_of_block), 2);
        assert_eq!(codes(&rates, 1), [16, 1]);
        assert_eq!(codes(&rates, 18), [19, 7], "a long run before it");
        assert_eq!(codes(&LUMA, 1), [16, 4]);
    }
}
