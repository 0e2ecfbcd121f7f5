//! The entropy-coded data of a band of one component (T.81 G.1.2.2): as in sequential scans, but
//! a run of blocks that have nothing more in the band has one symbol.

use super::codes::{Bits, Codes};
use super::entropy::{BlockSource, each_of_low};
use super::store::High;
use crate::jpeg::quantize::tokens::{HIGH_BAND, Low, magnitude};

/// AC coefficients that one scan codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// All of them.
    All,
    /// Both of the low band.
    Low,
    /// The high band.
    High,
    /// The first of the low band.
    First,
    /// The second of the low band.
    Second,
}

impl Band {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::All, Self::Low, Self::High, Self::First, Self::Second];

    /// The first and the last zigzag index.
    pub fn indices(self) -> [u8; 2] {
        match self {
            Self::All => [1, 63],
            Self::Low => [1, HIGH_BAND as u8 - 1],
            Self::First => [1, 1],
            Self::Second => [2, 2],
            Self::High => [HIGH_BAND as u8, 63],
        }
    }

    /// Whether a block has no levels in the band, and whether it has the last.
    #[inline(always)]
    fn ends(self, low: Low, high: High) -> (bool, bool) {
        match self {
            Self::All => (low == [0; 2] && high.is_empty(), high.is_full()),
            Self::Low => (low == [0; 2], low[1] != 0),
            Self::First => (low[0] == 0, low[0] != 0),
            Self::Second => (low[1] == 0, low[1] != 0),
            Self::High => (high.is_empty(), high.is_full()),
        }
    }
}

/// What comes next in a band.
enum Step {
    /// EOBn with the bits of the run.
    Ends(u8, u32),
    /// The levels of a block.
    Levels(usize),
}

/// The longest run that has a symbol (T.81 table G.1).
const LONGEST_RUN: u32 = 0x7fff;

impl BlockSource<'_> {
    /// How often each symbol occurs in each band of a component, in the order of [`Band::ALL`].
    /// All in one pass: their runs do not wait for each other.
    pub fn band_counts(&self, component: usize) -> [[u32; 256]; 5] {
        let known = self.store.counts(component);
        let mut counts = [known.whole(), known.low, known.high, [0; 256], [0; 256]];
        counts.iter_mut().for_each(|counts| counts[0] = 0); // EOB of sequential scans
        let mut runs = [Run(0); 5];
        let low = self.store.low(component).iter();
        for (&low, &high) in low.zip(self.store.high(component)) {
            for index in 0..5 {
                let ends = Band::ALL[index].ends(low, high);
                runs[index].count(ends, &mut counts[index]);
            }
            for (level, counts) in low.into_iter().zip(&mut counts[3..]) {
                counts[magnitude(level.into()).0 as usize & 255] += u32::from(level != 0);
            }
        }
        let ends = runs.into_iter().zip(&mut counts);
        ends.for_each(|(run, counts)| run.finish(counts));
        counts
    }

    /// Writes a band of a component.
    pub fn write_band(&self, component: usize, band: Band, codes: &Codes, out: &mut Vec<u8>) {
        let mut bits = Bits::default();
        each_step(self.ends(component, band), |step| {
            // A copy that stays in registers.
            let mut block = bits;
            let mut take = |symbol: u8, value| {
                block = block.then(out, codes.entries[usize::from(symbol)], value);
            };
            match step {
                Step::Ends(symbol, value) => take(symbol, value),
                Step::Levels(at) => self.each_of_band(component, band, at, take),
            }
            bits = block;
        });
        bits.finish(out);
    }

    /// The symbols of block `at` in a band, without EOBn.
    #[inline(always)]
    fn each_of_band(&self, component: usize, band: Band, at: usize, mut take: impl FnMut(u8, u32)) {
        let low = self.store.low(component)[at];
        let mut take_one = |level: i16| {
            let (size, bits) = magnitude(level.into());
            take(size as u8, bits);
        };
        match band {
            Band::First => take_one(low[0]),
            Band::Second => take_one(low[1]),
            Band::Low => _ = each_of_low(low, take),
            Band::High => self.store.tokens(self.store.high(component)[at]).each(take),
            Band::All => self.each_of_block(component, at, take),
        }
    }

    /// Of each block, whether it has no levels in a band, and whether it has the last one.
    #[inline(always)]
    fn ends(&self, component: usize, band: Band) -> impl Iterator<Item = (bool, bool)> {
        let low = self.store.low(component).iter();
        let blocks = low.zip(self.store.high(component));
        blocks.map(move |(&low, &high)| band.ends(low, high))
    }
}

/// Goes through blocks of which it is told whether they have no levels, and whether they have the
/// last one.
#[inline(always)]
fn each_step(ends: impl Iterator<Item = (bool, bool)>, mut take: impl FnMut(Step)) {
    let mut run = 0;
    for (at, (empty, full)) in ends.enumerate() {
        if run > 0 && (!empty || run == LONGEST_RUN) {
            let run = std::mem::take(&mut run);
            take(Step::Ends(ends_symbol(run), run ^ 1 << run.ilog2()));
        }
        if !empty {
            take(Step::Levels(at));
        }
        run += u32::from(!full);
    }
    if run > 0 {
        take(Step::Ends(ends_symbol(run), run ^ 1 << run.ilog2()));
    }
}

/// Blocks in a row that have nothing more in a band.
#[derive(Debug, Clone, Copy)]
struct Run(u32);

impl Run {
    /// Takes a block in, and counts the symbol of the run that ends before it.
    #[inline(always)]
    fn count(&mut self, (empty, full): (bool, bool), counts: &mut [u32; 256]) {
        // Without a branch, which would often be mispredicted.
        let told = self.0 > 0 && (!empty || self.0 == LONGEST_RUN);
        counts[usize::from(ends_symbol(self.0))] += u32::from(told);
        self.0 = if told { 0 } else { self.0 } + u32::from(!full);
    }

    /// Counts the symbol of the last run.
    fn finish(self, counts: &mut [u32; 256]) {
        counts[usize::from(ends_symbol(self.0))] += u32::from(self.0 > 0);
    }
}

/// The symbol for the ends of `run` blocks (T.81 table G.1).
fn ends_symbol(run: u32) -> u8 {
    ((run | 1).ilog2() << 4) as u8
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

    #[test]
    fn runs_are_counted_as_they_are_written() {
        let mut noise = 1_u32;
        let ends = std::iter::repeat_with(|| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            [(true, false), (true, false), (false, false), (false, true)][(noise >> 30) as usize]
        });
        let ends: Vec<(bool, bool)> = ends.take(1000).collect();
        let empty = vec![(true, false); 0x8001];
        for ends in [&ends[..], &empty, &[empty.clone(), ends.clone()].concat()] {
            let (mut run, mut counts) = (Run(0), [0; 256]);
            for &ends in ends {
                run.count(ends, &mut counts);
            }
            run.finish(&mut counts);
            for (symbol, _) in steps(ends.iter().copied()) {
                let count = &mut counts[usize::from(symbol)];
                *count = count.wrapping_sub(u32::from(symbol != u8::MAX));
            }
            assert_eq!(counts, [0; 256]);
        }
    }
}
