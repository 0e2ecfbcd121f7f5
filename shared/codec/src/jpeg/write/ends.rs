//! The ends of blocks in a band: blocks in a row that have nothing more in it share one symbol, EOBn (T.81 G.1.2.2).
//!
//! Which blocks have something is looked up 64 at a time, as bits: most have nothing in most bands, and take no time.

use super::band::Band;
use super::store::High;
use crate::jpeg::quantize::tokens::Low;

/// So many blocks are looked at together.
pub const TOGETHER: usize = 64;

/// What up to [`TOGETHER`] blocks have: bit `i` is block `i`'s.
#[derive(Debug, Default, Clone, Copy)]
pub struct Presence {
    count: u32,
    /// The first level of the low band.
    first: u64,
    /// The second.
    second: u64,
    /// Any level of the high band.
    high: u64,
    /// The last of them.
    last: u64,
}

impl Presence {
    /// Of some blocks.
    #[inline(always)]
    pub fn new(low: &[Low], high: &[High]) -> Self {
        let mut presence = Self::default();
        for (at, (low, high)) in low.iter().zip(high).enumerate().take(TOGETHER) {
            presence.count += 1;
            presence.first |= u64::from(low[0] != 0) << at;
            presence.second |= u64::from(low[1] != 0) << at;
            presence.high |= u64::from(!high.is_empty()) << at;
            presence.last |= u64::from(high.is_full()) << at;
        }
        presence
    }

    /// Which blocks have levels in a band, and which have its last, so that nothing ends there.
    fn of(&self, band: Band) -> (u64, u64) {
        match band {
            Band::All => (self.first | self.second | self.high, self.last),
            Band::Low => (self.first | self.second, self.second),
            Band::First => (self.first, self.first),
            Band::Second => (self.second, self.second),
            Band::High => (self.high, self.last),
        }
    }
}

/// What comes next in a band.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The ends of so many blocks.
    Ends(u32),
    /// The levels of a block, of those that are looked at together.
    Levels(usize),
}

/// The longest run that has a symbol (T.81 table G.1).
const LONGEST: u32 = 0x7fff;

/// Blocks in a row that have nothing more in a band, and are not told yet.
#[derive(Debug, Default, Clone, Copy)]
pub struct Run(u32);

impl Run {
    /// Goes through blocks.
    #[inline(always)]
    pub fn each_step(&mut self, presence: &Presence, band: Band, mut take: impl FnMut(Step)) {
        let (mut some, full) = presence.of(band);
        let mut passed = 0;
        while some != 0 {
            let at = some.trailing_zeros();
            some &= some - 1;
            self.lengthen(at - passed, &mut take);
            self.end(&mut take);
            take(Step::Levels(at as usize));
            self.0 = u32::from(full >> at & 1 == 0);
            passed = at + 1;
        }
        self.lengthen(presence.count - passed, take);
    }

    /// Call behind the last block.
    #[inline(always)]
    pub fn end(&mut self, mut take: impl FnMut(Step)) {
        if self.0 > 0 {
            take(Step::Ends(std::mem::take(&mut self.0)));
        }
    }

    #[inline(always)]
    fn lengthen(&mut self, by: u32, mut take: impl FnMut(Step)) {
        self.0 += by;
        if self.0 > LONGEST {
            take(Step::Ends(LONGEST));
            self.0 -= LONGEST;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of blocks of which it is told whether they have levels, and whether they have the last.
    fn steps(blocks: &[(bool, bool)]) -> Vec<Step> {
        let (mut run, mut steps) = (Run::default(), Vec::new());
        for (index, together) in blocks.chunks(TOGETHER).enumerate() {
            let bits = |of: fn(&(bool, bool)) -> bool| {
                let bits = together.iter().enumerate();
                bits.fold(0, |all, (at, block)| all | u64::from(of(block)) << at)
            };
            let presence = Presence {
                count: together.len() as u32,
                high: bits(|block| block.0),
                last: bits(|block| block.1),
                ..Presence::default()
            };
            run.each_step(&presence, Band::High, |step| {
                steps.push(match step {
                    Step::Levels(at) => Step::Levels(at + index * TOGETHER),
                    ends @ Step::Ends(_) => ends,
                });
            });
        }
        run.end(|step| steps.push(step));
        steps
    }

    const EMPTY: (bool, bool) = (false, false);
    const SOME: (bool, bool) = (true, false);
    const FULL: (bool, bool) = (true, true);

    #[test]
    fn blocks_share_their_ends() {
        use Step::{Ends, Levels};
        let blocks = [EMPTY, EMPTY, EMPTY, SOME, EMPTY, FULL];
        assert_eq!(steps(&blocks), [Ends(3), Levels(3), Ends(2), Levels(5)]);
        assert_eq!(steps(&[FULL, EMPTY]), [Levels(0), Ends(1)]);
        assert_eq!(steps(&[FULL]), [Levels(0)]);
        let blocks = [&[EMPTY; 70][..], &[SOME], &[EMPTY; 130]].concat();
        assert_eq!(steps(&blocks), [Ends(70), Levels(70), Ends(131)]);
    }

    #[test]
    fn a_run_is_told_before_it_is_too_long() {
        use Step::{Ends, Levels};
        let ends = [Ends(LONGEST), Ends(LONGEST), Ends(2)];
        assert_eq!(steps(&vec![EMPTY; 2 * 0x7fff + 2]), ends);
        assert_eq!(steps(&[EMPTY; 0x7fff]), [Ends(LONGEST)]);
        let blocks = [vec![EMPTY; 0x7fff], vec![SOME]].concat();
        assert_eq!(
            steps(&blocks),
            [Ends(LONGEST), Levels(LONGEST as usize), Ends(1)]
        );
    }

    #[test]
    fn each_band_has_its_blocks() {
        let presence = Presence {
            count: 4,
            first: 0b0001,
            second: 0b0010,
            high: 0b0110,
            last: 0b0100,
        };
        let bands = Band::ALL.map(|band| presence.of(band));
        let expected = [
            (0b0111, 0b0100),
            (0b0011, 0b0010),
            (0b0110, 0b0100),
            (1, 1),
            (2, 2),
        ];
        assert_eq!(bands, expected);
    }
}
