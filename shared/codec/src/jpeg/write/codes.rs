//! Huffman codes and the bits behind them, as bytes (T.81 F.1.2.3).

use crate::jpeg::syntax::huffman::HuffmanSpec;
use crate::jpeg::syntax::huffman::optimal_table;

/// A Huffman table for writing, made to measure.
#[derive(Debug)]
pub struct Codes {
    /// By symbol: the code, shifted to make room for the value bits, above the length of both in
    /// the low 8 bits.
    pub entries: Box<[u64; 256]>,
    /// Bits that all codes with their value bits take.
    pub bits: u64,
    spec: HuffmanSpec,
}

impl Codes {
    /// The best ones for symbols that occur `counts` times.
    pub fn new(counts: &[u32; 256]) -> Self {
        let spec = optimal_table(counts);
        let mut entries = Box::new([0; 256]);
        let mut bits = 0;
        for (symbol, code, length) in spec.codes() {
            let (at, value_bits) = (usize::from(symbol), value_bits(symbol));
            entries[at] = u64::from(code) << value_bits << 8 | u64::from(length + value_bits);
            bits += u64::from(counts[at]) * u64::from(length + value_bits);
        }
        Self {
            entries,
            bits,
            spec,
        }
    }

    /// Whether there are no symbols.
    pub fn is_empty(&self) -> bool {
        self.spec.symbols.is_empty()
    }

    /// Appends the definition to the payload of a DHT segment (T.81 B.2.4.2). `class` is 0 for DC
    /// and 1 for AC.
    pub fn define(&self, class: u8, destination: u8, payload: &mut Vec<u8>) {
        payload.push(class << 4 | destination);
        payload.extend_from_slice(&self.spec.counts);
        payload.extend_from_slice(&self.spec.symbols);
    }
}

/// How many bits follow the code of a symbol: those of its level or difference (a DC symbol is
/// under 16), or of EOBn those of the run (T.81 table G.1).
fn value_bits(symbol: u8) -> u32 {
    match (symbol >> 4, symbol & 15) {
        (15, 0) => 0,
        (run, 0) => run.into(),
        (_, size) => size.into(),
    }
}

/// Bits that are not written yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bits {
    /// The last bits.
    window: u64,
    /// How many of them are not written yet; under 32.
    count: u32,
}

impl Bits {
    /// Appends a code of [`Codes::entries`] and the bits behind it, at most 32 together, and
    /// writes 32 bits with byte stuffing if there are so many.
    #[inline(always)]
    pub fn then(self, out: &mut Vec<u8>, entry: u64, value: u32) -> Self {
        let length = entry as u8;
        let window = self.window << length | entry >> 8 | u64::from(value);
        let mut count = self.count + u32::from(length);
        if count >= 32 {
            count -= 32;
            write_word(out, (window >> count) as u32);
        }
        Self { window, count }
    }

    /// Fills the last byte with ones.
    pub fn finish(self, out: &mut Vec<u8>) {
        let padding = self.count.next_multiple_of(8) - self.count;
        let window = self.window << padding | ((1 << padding) - 1);
        for byte in (0..self.count + padding).step_by(8).rev() {
            write_stuffed(out, &[(window >> byte) as u8]);
        }
    }
}

#[inline(always)]
fn write_word(out: &mut Vec<u8>, word: u32) {
    let ones = !word; // has a zero byte where `word` has 0xff: the usual test for zero bytes
    if ones.wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
        out.extend_from_slice(&word.to_be_bytes());
    } else {
        write_stuffed(out, &word.to_be_bytes());
    }
}

#[cold]
fn write_stuffed(out: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        out.push(byte);
        if byte == 0xff {
            out.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_leave_room_for_their_values() {
        let mut counts = [0; 256];
        for (symbol, count) in [(0x00, 8), (0x13, 4), (0xf0, 2), (0xe0, 1)] {
            counts[symbol] = count;
        }
        let codes = Codes::new(&counts);
        let lengths = [0x00, 0x13, 0xf0, 0xe0].map(|symbol| codes.entries[symbol] as u8);
        assert_eq!(lengths, [1, 2 + 3, 3, 4 + 14]);
        assert_eq!(codes.bits, 8 + 4 * 5 + 2 * 3 + 18);
        let mut payload = Vec::new();
        codes.define(1, 0, &mut payload);
        assert_eq!(payload[..5], [0x10, 1, 1, 1, 1]);
        assert_eq!(payload[17..], [0x00, 0x13, 0xf0, 0xe0]);
        assert!(!codes.is_empty() && Codes::new(&[0; 256]).is_empty());
    }

    #[test]
    fn bits_become_bytes_with_stuffing() {
        let (mut out, mut bits) = (Vec::new(), Bits::default());
        for (value, length) in [(0x1f, 5), (0x7, 3), (0x12, 8), (0x3fff_ff34, 30), (0, 1)] {
            bits = bits.then(&mut out, length, value);
        }
        bits.finish(&mut out);
        assert_eq!(out, [0xff, 0, 0x12, 0xff, 0, 0xff, 0, 0xfc, 0xd1]);
    }
}
