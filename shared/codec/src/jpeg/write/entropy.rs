//! The entropy-coded data of sequential scans and of those of DC levels: symbols are counted
//! first, and then written.

use super::codes::{Bits, Codes};
use super::store::Store;
use crate::jpeg::quantize::tokens::{LONG_RUN, Low, magnitude, symbol};
use crate::jpeg::syntax::frame::{Component, Frame};

/// The blocks of a picture in the order of its scans.
#[derive(Debug, Clone, Copy)]
pub struct BlockSource<'a> {
    /// The frame.
    pub frame: &'a Frame,
    /// Each component's class: which Huffman tables it uses.
    pub classes: &'a [usize],
    /// The blocks that hold some of the picture.
    pub store: &'a Store,
}

/// The symbol for no more levels in a block.
const EOB: u8 = 0;

impl BlockSource<'_> {
    /// Goes through a scan of some components (T.81 A.2): the component of each block, its DC difference and its place
    /// among the component's blocks that hold some of the picture. Blocks outside of the picture, which no decoder shows,
    /// have none.
    #[inline(always)]
    fn each_block(&self, scan: &[usize], mut take: impl FnMut(usize, i32, Option<usize>)) {
        if let &[only] = scan {
            let mut prediction = 0;
            for (at, &dc) in self.store.dc(only).iter().enumerate() {
                let difference = i32::from(dc) - prediction;
                prediction = dc.into();
                take(only, difference, Some(at));
            }
            return;
        }
        let mut parts: Vec<Part> = scan.iter().map(|&index| Part::new(self, index)).collect();
        for row in 0..self.frame.mcus_high {
            for column in 0..self.frame.mcus_wide {
                for part in &mut parts {
                    part.each_of_mcu(column, row, &mut take);
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
    pub fn sequential_counts(&self, scans: &[Vec<usize>]) -> [[u32; 256]; 2] {
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

    /// Writes a sequential scan (T.81 F.1). `codes` are DC and AC codes by class.
    pub fn write_sequential(&self, scan: &[usize], codes: [[&Codes; 2]; 2], out: &mut Vec<u8>) {
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
                Some(at) => {
                    self.each_of_block(index, at, &mut take);
                    if !self.store.high(index)[at].is_full() {
                        take(EOB, 0);
                    }
                }
                None => take(EOB, 0),
            }
            bits = block;
        });
        bits.finish(out);
    }

    /// The AC symbols of block `at` as a whole, without EOB.
    #[inline(always)]
    pub fn each_of_block(&self, component: usize, at: usize, mut take: impl FnMut(u8, u32)) {
        let low = self.store.low(component)[at];
        let high = self.store.high(component)[at];
        let mut zeros = each_of_low(low, &mut take);
        if high.is_empty() {
            return;
        }
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
}

/// A component of a scan of several, while its blocks are gone through.
struct Part<'a> {
    index: usize,
    component: &'a Component,
    dc: &'a [i16],
    prediction: i32,
}

impl<'a> Part<'a> {
    fn new(source: &BlockSource<'a>, index: usize) -> Self {
        Self {
            index,
            component: &source.frame.components[index],
            dc: source.store.dc(index),
            prediction: 0,
        }
    }

    /// Its blocks in the MCU in column `column` of row `row`.
    #[inline(always)]
    fn each_of_mcu(
        &mut self,
        column: usize,
        row: usize,
        mut take: impl FnMut(usize, i32, Option<usize>),
    ) {
        let Component { h, v, .. } = *self.component;
        let (wide, high) = (self.component.blocks_wide, self.component.blocks_high);
        for y in row * v..(row + 1) * v {
            for x in column * h..(column + 1) * h {
                let at = (x < wide && y < high).then_some(y * wide + x);
                let dc = at.map_or(self.prediction, |at| self.dc[at].into());
                let difference = dc - std::mem::replace(&mut self.prediction, dc);
                take(self.index, difference, at);
            }
        }
    }
}

/// The symbols of a low band. Returns the zeros at its end.
#[inline(always)]
pub fn each_of_low(low: Low, mut take: impl FnMut(u8, u32)) -> usize {
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
