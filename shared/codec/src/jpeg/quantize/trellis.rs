//! The rate-distortion choice for the AC coefficients of one block.
//!
//! Each coefficient that does not round to zero may stay, lose one magnitude category, or go;
//! the cheapest combination of bits and weighted error wins. The bits of a level depend on how
//! many zeros are before it, so the search goes over paths from one level that stays to the
//! next: a trellis, as mozjpeg has it, but over the non-zero coefficients only.

use super::rates::{ORIGIN_BITS, Rates, UNIT};
use super::tokens::NextBlock;

/// A level from here on is certain to stay: no choice behind it looks further back.
const CERTAIN: u16 = 3;

/// So many paths are looked back at, and so at most one candidate less is dropped between two levels that stay. More
/// hardly ever pays, and so the time grows with the candidates, not with their square.
const LOOK_BACK: usize = 4;

/// What stands before the paths, so that there are always as many to look back at.
const PADDING: usize = LOOK_BACK - 1;

/// How many candidates are priced side by side.
const LANES: usize = 8;

/// The largest magnitude of an AC level (T.81 table F.2).
pub const MAX_LEVEL: f32 = 1023.0;

/// The candidates of a block and the best path to each. There are at most 63: path `i + 1` ends with candidate `i`, path
/// 0 is the start of the block.
#[derive(Debug, Clone)]
pub struct Trellis {
    count: usize,
    /// Bit `i`: the sign of candidate `i`.
    negative: u64,
    /// The path that was chosen.
    end: usize,
    /// Exact magnitude of each candidate in target steps.
    exact: [f32; 64],
    /// What may become of each candidate.
    prices: Prices,
    /// Zigzag index of each path's last level, behind the padding.
    at: [u8; 64 + LOOK_BACK],
    /// Cost of the best path to here less that of dropping all up to here, and, as origin, its own index; behind the
    /// padding.
    cost: [i64; 64 + LOOK_BACK],
    /// Where each path comes from: twice the path before it, and one more if its last level shrinks.
    origin: [u8; 64],
}

/// By candidate, the levels that it may become, and what these cost less what it costs to drop it, without their codes.
#[derive(Debug, Clone)]
struct Prices {
    /// Rounded, with its magnitude category.
    stays: [u16; 64],
    /// The largest level of one category less; maybe 0.
    shrinks: [u16; 64],
    size: [u16; 64],
    /// As origin 0.
    if_stays: [i32; 64],
    /// As origin 1.
    if_shrinks: [i32; 64],
}

impl Trellis {
    /// Without candidates.
    pub fn new() -> Self {
        Self {
            count: 0,
            negative: 0,
            end: 0,
            exact: [0.0; 64],
            prices: Prices {
                stays: [0; 64],
                shrinks: [0; 64],
                size: [0; 64],
                if_stays: [0; 64],
                if_shrinks: [0; 64],
            },
            at: [0; 64 + LOOK_BACK],
            cost: [NO_PATH; 64 + LOOK_BACK],
            origin: [0; 64],
        }
    }

    /// Begins a block.
    #[inline(always)]
    pub fn clear(&mut self) {
        (self.count, self.negative) = (0, 0);
    }

    /// Adds a coefficient that does not round to zero: its zigzag index, its exact magnitude in target steps and its
    /// sign.
    #[inline(always)]
    pub fn offer(&mut self, k: usize, exact: f32, negative: bool) {
        let i = self.count & 63;
        self.at[i + 1 + PADDING] = k as u8;
        self.exact[i] = exact;
        self.negative |= u64::from(negative) << i;
        self.count += 1;
    }

    /// Finds the cheapest levels and puts them together in `target`. `weight` is the worth in bits
    /// of an error of one step, squared.
    #[inline(always)]
    pub fn choose(&mut self, weight: f32, rates: &Rates, target: &mut NextBlock) {
        self.count = self.count.min(63);
        self.prices.fill(&self.exact, self.count, weight * UNIT);
        self.end = self.cheapest(rates);
        let mut i = self.end;
        target.begin(self.index(i));
        while i > 0 {
            let level = i32::from(self.level(i));
            let negative = self.negative >> (i - 1) & 1 == 1;
            let before = self.before(i);
            let level = if negative { -level } else { level };
            target.prepend(self.index(i), self.index(before), level);
            i = before;
        }
    }

    /// Hands over index and magnitude of the levels that were chosen.
    pub fn each_chosen(&self, mut take: impl FnMut(usize, u16)) {
        let mut i = self.end;
        while i > 0 {
            take(self.index(i), self.level(i));
            i = self.before(i);
        }
    }

    /// The zigzag index of the last level of path `i`.
    #[inline(always)]
    fn index(&self, i: usize) -> usize {
        self.at[(i & 63) + PADDING].into()
    }

    /// The last level of path `i`, which is not 0.
    #[inline(always)]
    fn level(&self, i: usize) -> u16 {
        let candidate = (i - 1) & 63;
        match self.origin[i & 63] & 1 {
            0 => self.prices.stays[candidate],
            _ => self.prices.shrinks[candidate],
        }
    }

    #[inline(always)]
    fn before(&self, i: usize) -> usize {
        usize::from(self.origin[i & 63] >> 1) & 63
    }

    /// Finds the best path to each candidate, and the one that ends the block.
    #[inline(always)]
    fn cheapest(&mut self, rates: &Rates) -> usize {
        self.cost[PADDING] = 0;
        // Of the paths so far that may end the block, without the last.
        let mut cheapest = NO_PATH;
        for i in 0..self.count {
            cheapest = cheapest.min(self.cost[(i & 63) + PADDING]);
            let best = self.best(i & 63, rates);
            if self.prices.stays[i & 63] >= CERTAIN {
                cheapest = NO_PATH;
                self.cost[i & 63..][..LOOK_BACK].fill(NO_PATH);
            }
            let (to, origin) = ((i + 1) & 63, best & ORIGIN);
            self.origin[to] = origin as u8;
            self.cost[to + PADDING] = best - origin + ((to as i64) << 1);
        }
        let is_full = self.index(self.count) == 63;
        let last = self.cost[self.count + PADDING] + if is_full { 0 } else { rates.end_of_block };
        let best = last.min(cheapest + rates.end_of_block);
        ((best & ORIGIN) >> 1) as usize
    }

    /// The cost of the cheapest path to candidate `i`, and its origin.
    #[inline(always)]
    fn best(&self, i: usize, rates: &Rates) -> i64 {
        let prices = &self.prices;
        let [shrunk, own] = rates.codes(prices.size[i].into());
        let (if_shrinks, if_stays) = (prices.if_shrinks[i], prices.if_stays[i]);
        let k = self.at[i + 1 + PADDING];
        let mut best = NO_PATH;
        for path in i..i + LOOK_BACK {
            let run = usize::from(k.wrapping_sub(self.at[path] + 1)) & 63;
            let level = (if_stays + own[run]).min(if_shrinks + shrunk[run]);
            best = best.min(self.cost[path] + i64::from(level));
        }
        best
    }
}

impl Prices {
    /// Finds those of the first `count` candidates of these magnitudes: of several side by side, since none depends on
    /// another. `weight` is the worth in units of an error of one step, squared.
    #[allow(
        clippy::needless_range_loop,
        reason = "an iterator over one of the six arrays keeps compilers from doing several at a time"
    )]
    #[inline(always)]
    fn fill(&mut self, exact: &[f32; 64], count: usize, weight: f32) {
        for i in 0..count.next_multiple_of(LANES).min(64) {
            let exact = exact[i];
            let stays = round_to_float(if exact < MAX_LEVEL { exact } else { MAX_LEVEL });
            // The exponent is the category, and without its mantissa a number is the smallest of its category.
            let size = (stays.to_bits() >> 23) as i32 - 126;
            let shrinks = f32::from_bits(stays.to_bits() & 0xff80_0000) - 1.0;
            let error = |level: f32| {
                let error = exact - level;
                cost(error * error * weight)
            };
            let dropped = error(0.0);
            let if_shrinks = error(shrinks) - dropped + (size - 1) * BIT + 1;
            self.if_shrinks[i] = if size == 1 { NEVER } else { if_shrinks };
            self.if_stays[i] = error(stays) - dropped + size * BIT;
            self.stays[i] = round(stays) as u16;
            self.shrinks[i] = round(shrinks) as u16;
            self.size[i] = size as u16;
        }
    }
}

const ORIGIN: i64 = (1 << ORIGIN_BITS) - 1;

/// What a bit costs.
const BIT: i32 = (UNIT as i32) << ORIGIN_BITS;

/// More than any level costs, with room for a code.
const NEVER: i32 = 1 << 30;

/// More than any path costs.
const NO_PATH: i64 = 1 << 48;

/// A cost in units, with room for its origin. It saturates at 2¹⁴ bits, more than a block has.
#[inline(always)]
fn cost(units: f32) -> i32 {
    let units = if units < MOST_UNITS {
        units
    } else {
        MOST_UNITS
    };
    (round(units) << ORIGIN_BITS) as i32
}

const MOST_UNITS: f32 = 4_194_303.0;

/// Adding 2²³ to a number from 0 to 2²² leaves the nearest integer in the mantissa.
const ROUNDING: f32 = 8_388_608.0;

/// The nearest integer of a number from 0 to 2²². A cast would check its range again.
#[inline(always)]
pub fn round(value: f32) -> u32 {
    (value + ROUNDING).to_bits() & 0x7f_ffff
}

/// The same as a float.
#[inline(always)]
pub fn round_to_float(value: f32) -> f32 {
    value + ROUNDING - ROUNDING
}

#[cfg(test)]
mod tests {
    use super::super::rates;
    use super::super::tokens::{HIGH_BAND, Tokens};
    use super::*;
    use crate::jpeg::read::lookup::extend;

    fn choose(candidates: &[(usize, f32)], weight: f32) -> Vec<(usize, i32)> {
        let (mut trellis, mut block) = (Trellis::new(), NextBlock::new());
        for &(k, exact) in candidates
            .iter()
            .filter(|(_, exact)| round(exact.abs()) > 0)
        {
            trellis.offer(k, exact.abs(), exact < 0.0);
        }
        trellis.choose(weight, &rates::LUMA, &mut block);
        let low = (1..).zip(block.low().map(i32::from));
        let mut levels: Vec<(usize, i32)> = low.filter(|&(_, level)| level != 0).collect();
        let mut k = HIGH_BAND - 1;
        Tokens(block.high().iter()).each(|symbol, bits| {
            k += usize::from(symbol >> 4) + 1;
            if symbol & 15 != 0 {
                levels.push((k, extend(bits, u32::from(symbol & 15))));
            }
        });
        levels
    }

    #[test]
    fn heavy_errors_keep_every_level() {
        let candidates = [(1, 5.4), (2, -0.6), (3, 0.4), (40, 2.6), (63, -900.0)];
        let expected = [(1, 5), (2, -1), (40, 3), (63, -900)];
        assert_eq!(choose(&candidates, 1e3), expected);
        let all: Vec<(usize, f32)> = (1..64).map(|k| (k, 1.0)).collect();
        assert_eq!(choose(&all, 1e3).len(), 63);
    }

    #[test]
    fn light_errors_drop_what_costs_bits() {
        let candidates = [(1, 7.6), (2, 1.0), (50, 0.7), (60, 0.6)];
        assert_eq!(choose(&candidates, 6.0), [(1, 7), (2, 1)]);
        assert_eq!(choose(&candidates, 1.0), [(1, 7)]);
        assert_eq!(choose(&candidates[1..], 0.01), []);
    }

    fn in_bits(cost: i64) -> f32 {
        (cost >> ORIGIN_BITS) as f32 / UNIT
    }

    /// Bits and weighted error of a choice, counted from the beginning.
    fn cost(candidates: &[(usize, f32)], levels: &[u32], weight: f32) -> f32 {
        let (mut sum, mut last) = (0.0, 0);
        for (&(k, exact), &level) in candidates.iter().zip(levels) {
            let size = 32 - level.leading_zeros();
            sum += (exact - level as f32).powi(2) * weight;
            if level > 0 {
                sum +=
                    in_bits(rates::LUMA.codes(size as usize)[1][k - last - 1].into()) + size as f32;
                last = k;
            }
        }
        sum + in_bits(rates::LUMA.end_of_block)
    }

    #[test]
    fn no_other_combination_is_cheaper() {
        let mut noise = 1_u32;
        let mut random = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 20) as f32 / 4096.0
        };
        for _ in 0..200 {
            let candidates: Vec<(usize, f32)> = (0..6)
                .map(|i| (1 + i * 9 + (random() * 8.0) as usize, 0.5 + 2.0 * random()))
                .collect();
            let weight = 0.5 + 9.0 * random();
            let chosen = choose(&candidates, weight);
            let level = |k| {
                chosen
                    .iter()
                    .find(|choice| choice.0 == k)
                    .map_or(0, |choice| choice.1)
            };
            let levels: Vec<u32> = candidates
                .iter()
                .map(|c| level(c.0).unsigned_abs())
                .collect();
            let found = cost(&candidates, &levels, weight);
            for choice in 0..3_usize.pow(6) {
                let other: Vec<u32> = (0..6)
                    .map(
                        |i| match (choice / 3_usize.pow(i) % 3, round(candidates[i as usize].1)) {
                            (0, rounded) => rounded,
                            (1, 2 | 3) => 1,
                            _ => 0,
                        },
                    )
                    .collect();
                assert!(found <= cost(&candidates, &other, weight) + 0.05);
            }
        }
    }
}
