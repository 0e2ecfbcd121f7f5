//! The entropy-coded data of each kind of scan, as symbols with their value bits: to be counted
//! first and then to be written.

use super::codes::{Bits, Codes};
use super::frame::Frame;
use super::store::Store;
use super::tokens::{LONG_RUN, Low, magnitude, symbol};

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

/// What comes next in a band of one component's blocks.
enum Step {
    /// EOBn (T.81 G.1.2.2) with the bits of the run.
    Ends(u8, u32),
    /// The levels of a block.
    Levels(usize),
}

/// The longest run that has a symbol (T.81 table G.1).
const LONGEST_RUN: u32 = 0x7fff;

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

    /// How often each DC symbol occurs in some scans, by class.
    pub fn dc_counts(&self, scans: &[Vec<usize>]) -> [[u32; 256]; 2] {
        let mut counts = [[0; 256]; 2];
        for scan in scans {
            self.each_block(scan, |index, difference, _| {
                let table = &mut counts[self.classes[index] & 1];
                table[magnitude(difference).0 as usize & 255] += 1;
            });
        }
        counts
    }

    /// How often each AC symbol occurs in sequential scans, by class.
    pub fn whole_counts(&self, scans: &[Vec<usize>]) -> [[u32; 256]; 2] {
        let mut counts = [[0; 256]; 2];
        for (&index, scan) in scans
            .iter()
            .flat_map(|scan| scan.iter().map(move |i| (i, scan)))
        {
            let table = &mut counts[self.classes[index] & 1];
            let blocks = self.store.counts(index).whole();
            (table.iter_mut().zip(blocks)).for_each(|(sum, count)| *sum += count);
            let component = &self.frame.components[index];
            let mcus = self.frame.mcus_wide * self.frame.mcus_high;
            let outside = mcus * component.h * component.v - self.store.dc(index).len();
            table[0] += if scan.len() > 1 { outside as u32 } else { 0 };
        }
        counts
    }

    /// How often each symbol occurs in the low band of a component.
    pub fn low_counts(&self, component: usize) -> [u32; 256] {
        with_ends(self.store.counts(component).low, self.low_ends(component))
    }

    /// How often each symbol occurs in the high band of a component.
    pub fn high_counts(&self, component: usize) -> [u32; 256] {
        with_ends(self.store.counts(component).high, self.high_ends(component))
    }

    /// Of each block whether it has no levels in the low band, and whether it has the last.
    fn low_ends(&self, component: usize) -> impl Iterator<Item = (bool, bool)> {
        let low = self.store.low(component).iter();
        low.map(|low| (*low == [0, 0], low[1] != 0))
    }

    /// The same in the high band.
    fn high_ends(&self, component: usize) -> impl Iterator<Item = (bool, bool)> {
        let high = self.store.high(component).iter();
        high.map(|high| (high.is_empty(), high.is_full()))
    }

    /// Writes a sequential scan (T.81 F.1). `codes` are DC and AC codes by class.
    pub fn write_whole(&self, scan: &[usize], codes: [[&Codes; 2]; 2], out: &mut Vec<u8>) {
        let mut bits = Bits::default();
        self.each_block(scan, |index, difference, at| {
            let [dc, ac] = codes[self.classes[index] & 1];
            let (size, value) = magnitude(difference);
            // A copy that stays in registers.
            let mut block = bits.then(out, dc.entries[size as usize & 255], value);
            let mut take = |symbol: u8, value| {
                block = block.then(out, ac.entries[usize::from(symbol)], value);
            };
            match at {
                Some(at) => self.each_of_block(index, at, take),
                None => take(0, 0), // EOB
            }
            bits = block;
        });
        bits.finish(out);
    }

    /// The AC symbols of block `at` as a whole, with EOB.
    #[inline(always)]
    fn each_of_block(&self, component: usize, at: usize, mut take: impl FnMut(u8, u32)) {
        let low = self.store.low(component)[at];
        let high = self.store.high(component)[at];
        let mut zeros = each_of_low(low, &mut take);
        if !high.is_empty() {
            self.store.tokens(high).each(|token, bits| {
                let run = usize::from(token >> 4) + zeros;
                if zeros == 0 || token == LONG_RUN {
                    return take(token, bits);
                } else if run > 15 {
                    take(LONG_RUN, 0);
                }
                take(symbol(run, u32::from(token)) as u8, bits);
                zeros = 0;
            });
        }
        if !high.is_full() {
            take(0, 0);
        }
    }

    /// Writes the first and only scan of DC levels (T.81 G.1.2.1). `codes` are by class.
    pub fn write_dc(&self, scan: &[usize], codes: [&Codes; 2], out: &mut Vec<u8>) {
        let mut bits = Bits::default();
        self.each_block(scan, |index, difference, _| {
            let entries = &codes[self.classes[index] & 1].entries;
            let (size, value) = magnitude(difference);
            bits = bits.then(out, entries[size as usize & 255], value);
        });
        bits.finish(out);
    }

    /// Writes the low band of a component (T.81 G.1.2.2).
    pub fn write_low(&self, component: usize, codes: &Codes, out: &mut Vec<u8>) {
        let (mut bits, blocks) = (Bits::default(), self.store.low(component));
        each_step(self.low_ends(component), |step| {
            let mut block = bits;
            let mut take = |symbol: u8, value| {
                block = block.then(out, codes.entries[usize::from(symbol)], value);
            };
            match step {
                Step::Ends(symbol, value) => take(symbol, value),
                Step::Levels(at) => drop(each_of_low(blocks[at], take)),
            }
            bits = block;
        });
        bits.finish(out);
    }

    /// Writes the high band of a component (T.81 G.1.2.2).
    pub fn write_high(&self, component: usize, codes: &Codes, out: &mut Vec<u8>) {
        let (mut bits, blocks) = (Bits::default(), self.store.high(component));
        each_step(self.high_ends(component), |step| {
            let mut block = bits;
            let mut take = |symbol: u8, value| {
                block = block.then(out, codes.entries[usize::from(symbol)], value);
            };
            match step {
                Step::Ends(symbol, value) => take(symbol, value),
                Step::Levels(at) => self.store.tokens(blocks[at]).each(take),
            }
            bits = block;
        });
        bits.finish(out);
    }
}

/// The symbols of a low band. Returns the zeros at its end.
#[inline(always)]
fn each_of_low(low: Low, mut take: impl FnMut(u8, u32)) -> usize {
    let mut zeros = 0;
    for level in low {
        let (size, bits) = magnitude(level.into());
        if size > 0 {
            take(symbol(zeros, size) as u8, bits);
        }
        zeros = if size > 0 { 0 } else { zeros + 1 };
    }
    zeros
}

/// Goes through a band: of each block it is told whether it has no levels there, and whether it
/// has the last one.
#[inline(always)]
fn each_step(ends: impl Iterator<Item = (bool, bool)>, mut take: impl FnMut(Step)) {
    let mut run = 0;
    for (at, (empty, full)) in ends.enumerate() {
        if run > 0 && (!empty || run == LONGEST_RUN) {
            take(ends_symbol(std::mem::take(&mut run)));
        }
        if !empty {
            take(Step::Levels(at));
        }
        run += u32::from(!full);
    }
    if run > 0 {
        take(ends_symbol(run));
    }
}

/// The symbol for the ends of `run` blocks.
fn ends_symbol(run: u32) -> Step {
    let size = run.ilog2();
    Step::Ends((size as u8) << 4, run - (1 << size))
}

fn with_ends(mut counts: [u32; 256], ends: impl Iterator<Item = (bool, bool)>) -> [u32; 256] {
    each_step(ends, |step| {
        if let Step::Ends(symbol, _) = step {
            counts[usize::from(symbol)] += 1;
        }
    });
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(ends: impl Iterator<Item = (bool, bool)>) -> Vec<(u8, usize)> {
        let mut steps = Vec::new();
        each_step(ends, |step| {
            steps.push(match step {
                Step::Ends(symbol, value) => (symbol, value as usize),
                Step::Levels(at) => (u8::MAX, at),
            });
        });
        steps
    }

    #[test]
    fn blocks_share_their_ends() {
        const EMPTY: (bool, bool) = (true, false);
        let ends = [EMPTY, EMPTY, EMPTY, (false, false), EMPTY, (false, true)];
        let expected = [(0x10, 1), (u8::MAX, 3), (0x10, 0), (u8::MAX, 5)];
        assert_eq!(steps(ends.into_iter()), expected);
        let ends = [(false, true), EMPTY].into_iter();
        assert_eq!(steps(ends), [(u8::MAX, 0), (0, 0)]);
        assert_eq!(steps([(false, true)].into_iter()), [(u8::MAX, 0)]);
        let ends = std::iter::repeat_n(EMPTY, 2 * 0x7fff + 2);
        let expected = [(0xe0, 0x3fff), (0xe0, 0x3fff), (0x10, 0)];
        assert_eq!(steps(ends), expected);
    }
}
