//! Writes entropy-coded data (T.81 F.1) with Huffman tables made to measure.

use super::frame::Frame;
use super::huffman::HuffmanSpec;
use super::optimize::optimal_table;
use super::store::{Store, magnitude};

/// The blocks of a picture in the order of its scans.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The frame.
    pub frame: &'a Frame,
    /// Each component's class: which Huffman tables it uses.
    pub classes: &'a [usize],
    /// The blocks that hold some of the picture.
    pub store: &'a Store,
}

impl Source<'_> {
    /// Goes through a scan of some components: the component of each block, its DC difference and
    /// its place in the store. Blocks outside of the picture, which no decoder shows, have none.
    #[inline(always)]
    fn each_block(&self, scan: &[usize], mut take: impl FnMut(usize, i32, Option<usize>)) {
        let all_dc: [&[i16]; 4] = std::array::from_fn(|index| match scan.contains(&index) {
            true => self.store.dc(index),
            false => &[],
        });
        let mut predictions = [0; 4];
        self.each_position(scan, |index, at| {
            let prediction = &mut predictions[index & 3];
            let dc = at.map_or(*prediction, |at| i32::from(all_dc[index & 3][at]));
            let difference = dc - std::mem::replace(prediction, dc);
            take(index, difference, at);
        });
    }

    /// The order of the blocks in a scan (T.81 A.2): component, and place among its blocks that
    /// hold some of the picture.
    #[inline(always)]
    fn each_position(&self, scan: &[usize], mut take: impl FnMut(usize, Option<usize>)) {
        let components = &self.frame.components;
        if let &[only] = scan {
            let count = components[only].blocks_wide * components[only].blocks_high;
            return (0..count).for_each(|at| take(only, Some(at)));
        }
        for row in 0..self.frame.mcus_high {
            for column in 0..self.frame.mcus_wide {
                for &index in scan {
                    let component = &components[index];
                    let (wide, high) = (component.blocks_wide, component.blocks_high);
                    for y in row * component.v..(row + 1) * component.v {
                        for x in column * component.h..(column + 1) * component.h {
                            take(index, (x < wide && y < high).then_some(y * wide + x));
                        }
                    }
                }
            }
        }
    }

    /// How often each symbol occurs in some scans: tables in the order DC 0, AC 0, DC 1, AC 1.
    fn counts(&self, scans: &[Vec<usize>]) -> [[u32; 256]; 4] {
        let mut counts = [[0; 256]; 4];
        for (index, class) in self.classes.iter().enumerate() {
            let blocks = self.store.counts(index);
            let table = &mut counts[(2 * class + 1) & 3];
            table
                .iter_mut()
                .zip(blocks)
                .for_each(|(sum, count)| *sum += count);
        }
        for scan in scans {
            self.each_block(scan, |index, difference, at| {
                let class = self.classes[index];
                counts[(2 * class) & 3][magnitude(difference).0 as usize & 255] += 1;
                counts[(2 * class + 1) & 3][0] += u32::from(at.is_none()); // EOB
            });
        }
        counts
    }
}

/// Huffman tables for writing.
#[derive(Debug)]
pub struct Codes {
    /// By table and symbol: the code, shifted to make room for the value bits, above the length
    /// of both in the low 8 bits.
    entries: Box<[[u64; 256]; 4]>,
    /// Bytes that all scans take, but for byte stuffing.
    pub length: usize,
    /// The payload of a DHT segment that defines them.
    pub definition: Vec<u8>,
}

impl Codes {
    /// The best ones for some scans.
    pub fn new(source: Source<'_>, scans: &[Vec<usize>]) -> Self {
        let mut codes = Self {
            entries: Box::new([[0; 256]; 4]),
            length: 0,
            definition: Vec::new(),
        };
        for (table, counts) in source.counts(scans).iter().enumerate() {
            let spec = optimal_table(counts);
            if !spec.symbols.is_empty() {
                codes.define(table, &spec);
                let bits = counts.iter().zip(&codes.entries[table]);
                let bits = bits.map(|(&count, &entry)| count as usize * usize::from(entry as u8));
                codes.length += bits.sum::<usize>() / 8;
            }
        }
        codes
    }

    fn define(&mut self, table: usize, spec: &HuffmanSpec) {
        self.definition
            .push((table as u8 & 1) << 4 | table as u8 >> 1);
        self.definition.extend_from_slice(&spec.counts);
        self.definition.extend_from_slice(&spec.symbols);
        for (symbol, code, length) in spec.codes() {
            let value_bits = u32::from(symbol & 15); // DC symbols are under 16: the same holds
            let entry = u64::from(code) << value_bits << 8 | u64::from(length + value_bits);
            self.entries[table][usize::from(symbol)] = entry;
        }
    }

    /// Writes the data of a scan.
    pub fn write(&self, source: Source<'_>, scan: &[usize], out: &mut Vec<u8>) {
        let mut bits = Bits::default();
        source.each_block(scan, |index, difference, at| {
            let [dc, ac] = &self.entries.as_chunks::<2>().0[source.classes[index] & 1];
            let (size, value) = magnitude(difference);
            // A copy that stays in registers.
            let mut block = bits.then(out, dc[size as usize & 255], value);
            match at {
                Some(at) => source.store.tokens(index, at).each(|symbol, value| {
                    block = block.then(out, ac[usize::from(symbol)], value);
                }),
                None => block = block.then(out, ac[0], 0), // EOB
            }
            bits = block;
        });
        bits.finish(out);
    }
}

/// Bits that are not written yet.
#[derive(Debug, Clone, Copy, Default)]
struct Bits {
    /// The last bits.
    window: u64,
    /// How many of them are not written yet; under 32.
    count: u32,
}

impl Bits {
    /// Appends a code of [`Codes::entries`] and the bits behind it, at most 27 together, and
    /// writes 32 bits with byte stuffing if there are so many.
    #[inline(always)]
    fn then(self, out: &mut Vec<u8>, entry: u64, value: u32) -> Self {
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
    fn finish(self, out: &mut Vec<u8>) {
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
    use super::super::bits::BitReader;
    use super::super::coefficients::Block;
    use super::super::huffman::HuffmanTable;
    use super::super::marker::{Segment, code};
    use super::*;

    fn levels(i: usize) -> [(usize, i16); 3] {
        let i = i as i16;
        [(0, (i * 37) % 700), (3, i % 3 - 1), (40, 1023 - i)]
    }

    fn frame(blocks: u8) -> Frame {
        let payload = [8, 0, 8, 0, 8 * blocks, 1, 1, 0x11, 0];
        let (marker, position) = (code::SOF0, 0);
        let segment = Segment {
            marker,
            payload: &payload,
            position,
        };
        Frame::parse(&segment).expect("a frame")
    }

    #[test]
    fn what_is_written_reads_back() {
        let frame = frame(31);
        let (mut store, mut out) = (Store::new(&frame), Vec::new());
        for x in 0..31 {
            let mut block = Block::ZERO;
            levels(x).iter().for_each(|&(k, level)| block.set(k, level));
            store.push(0, x, 0, |next| next.copy(&block));
        }
        let source = Source {
            frame: &frame,
            classes: &[0],
            store: &store,
        };
        let codes = Codes::new(source, &[vec![0]]);
        codes.write(source, &[0], &mut out);
        let counts = source.counts(&[vec![0]]);
        assert_eq!((counts[0].iter().sum(), counts[1][0]), (31, 31));
        let [dc, ac] = [0, 1].map(|table| HuffmanTable::new(&optimal_table(&counts[table]), 11));
        let (mut reader, mut sum) = (BitReader::new(&out), 0);
        for x in 0..31 {
            let mut next = |table: &HuffmanTable| {
                reader.refill();
                table.decode(&mut reader).expect("a code")
            };
            sum += next(&dc).value;
            let [expected, low, high] = levels(x).map(|(_, level)| i32::from(level));
            assert_eq!(sum, expected, "block {x}");
            if low != 0 {
                assert_eq!((next(&ac).value, x), (low, x));
            }
            while {
                let symbol = next(&ac);
                assert!(symbol.size > 0 || symbol.run == 15);
                symbol.size == 0 || symbol.value != high
            } {}
            assert_eq!(next(&ac).size, 0);
        }
        assert!((0..8).contains(&reader.unread_bits()));
    }
}
