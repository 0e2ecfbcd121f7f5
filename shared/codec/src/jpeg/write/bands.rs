//! The entropy-coded data of a band of one component (T.81 G.1.2.2): as in sequential scans, but
//! a run of blocks that have nothing more in the band has one symbol.

use super::band::Band;
use super::codes::{Bits, Codes};
use super::ends::{Presence, Run, Step, TOGETHER};
use super::entropy::{BlockSource, each_of_low};
use super::store::High;
use crate::jpeg::quantize::tokens::{Low, magnitude};

impl BlockSource<'_> {
    /// How often each symbol occurs in each band of a component, in the order of [`Band::ALL`].
    /// All in one pass: their runs do not wait for each other.
    pub fn band_counts(&self, component: usize) -> [[u32; 256]; 5] {
        let known = self.store.counts(component);
        let mut counts = [known.whole(), known.low, known.high, [0; 256], [0; 256]];
        counts.iter_mut().for_each(|counts| counts[0] = 0); // EOB of sequential scans
        let mut runs = [Run::default(); 5];
        for (low, high) in self.together(component) {
            let presence = Presence::new(low, high);
            for ((band, run), counts) in Band::ALL.into_iter().zip(&mut runs).zip(&mut counts) {
                run.each_step(&presence, band, |step| count_end(&step, counts));
            }
            for low in low {
                for (&level, counts) in low.iter().zip(&mut counts[3..]) {
                    counts[magnitude(level.into()).0 as usize & 255] += u32::from(level != 0);
                }
            }
        }
        for (run, counts) in runs.iter_mut().zip(&mut counts) {
            run.end(|step| count_end(&step, counts));
        }
        counts
    }

    /// Writes a band of a component.
    pub fn write_band(&self, component: usize, band: Band, codes: &Codes, out: &mut Vec<u8>) {
        let (mut bits, mut run) = (Bits::default(), Run::default());
        let mut write = |first: usize, step| {
            // A copy that stays in registers.
            let mut block = bits;
            let mut take = |symbol: u8, value| {
                block = block.then(out, codes.entries[usize::from(symbol)], value);
            };
            match step {
                Step::Ends(run) => take(ends_symbol(run), run ^ 1 << run.ilog2()),
                Step::Levels(at) => self.each_of_band(component, band, first + at, take),
            }
            bits = block;
        };
        for (index, (low, high)) in self.together(component).enumerate() {
            let presence = Presence::new(low, high);
            run.each_step(&presence, band, |step| write(index * TOGETHER, step));
        }
        run.end(|step| write(0, step));
        bits.finish(out);
    }

    /// The blocks of a component, as many at a time as are looked at together.
    fn together(&self, component: usize) -> impl Iterator<Item = (&[Low], &[High])> {
        let low = self.store.low(component).chunks(TOGETHER);
        low.zip(self.store.high(component).chunks(TOGETHER))
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
}

/// Counts the symbol of a run.
#[inline(always)]
fn count_end(step: &Step, counts: &mut [u32; 256]) {
    if let Step::Ends(run) = step {
        counts[usize::from(ends_symbol(*run))] += 1;
    }
}

/// The symbol for the ends of `run` blocks, at least one (T.81 table G.1).
#[inline(always)]
fn ends_symbol(run: u32) -> u8 {
    (run.ilog2() << 4) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_the_symbols_of_the_standard() {
        let symbols = [1, 2, 3, 4, 0x7fff].map(ends_symbol);
        assert_eq!(symbols, [0, 0x10, 0x10, 0x20, 0xe0]);
    }
}
