//! The rate-distortion choice for the AC coefficients of one block.
//!
//! Each coefficient that does not round to zero may stay, lose one magnitude category, or go;
//! the cheapest combination of bits and weighted error wins. The bits of a level depend on how
//! many zeros are before it, so the search goes over paths from one level that stays to the
//! next: a trellis, as mozjpeg has it, but over the non-zero coefficients only.

use super::rates::{ORIGIN_BITS, Rates, UNIT};
use super::tokens::NextBlock;

/// A level from here on is certain to stay: no choice behind it looks further back.
const CERTAIN: u32 = 3;

/// At most this many candidates in a row are dropped between two levels that stay. More hardly
/// ever pays, and so the time grows with the candidates, not with their square.
const LOOK_BACK: usize = 3;

/// The largest magnitude of an AC level (T.81 table F.2).
pub const MAX_LEVEL: f32 = 1023.0;

/// The candidates of a block and the best path to each. There are at most 63: index `i + 1` of
/// the paths belongs to candidate `i`, index 0 to the start of the block.
#[derive(Debug, Clone)]
pub struct Trellis {
    count: usize,
    /// Bit `i`: the sign of candidate `i`.
    negative: u64,
    /// The last path that ends with a level that is certain.
    certain: usize,
    /// The path that was chosen.
    end: usize,
    /// Zigzag index of each path's last level.
    at: [u8; 64],
    /// Exact magnitude of each candidate in target steps.
    exact: [f32; 64],
    /// The same, rounded.
    rounded: [u32; 64],
    /// Cost of the best path to here less that of dropping all up to here, and, as origin, its
    /// own index.
    cost: [i64; 64],
    /// Where the path was before.
    before: [u8; 64],
    /// The level that it ends with.
    level: [u16; 64],
}

impl Trellis {
    /// Without candidates.
    pub fn new() -> Self {
        Self {
            count: 0,
            negative: 0,
            certain: 0,
            end: 0,
            at: [0; 64],
            exact: [0.0; 64],
            rounded: [0; 64],
            cost: [0; 64],
            before: [0; 64],
            level: [0; 64],
        }
    }

    /// Begins a block.
    #[inline(always)]
    pub fn clear(&mut self) {
        (self.count, self.negative, self.certain) = (0, 0, 0);
    }

    /// Adds a coefficient, unless it rounds to zero: its zigzag index, its exact magnitude in
    /// target steps and its sign.
    #[inline(always)]
    pub fn offer(&mut self, k: usize, exact: f32, negative: bool) {
        let i = self.count & 63;
        let rounded = round(exact.min(MAX_LEVEL));
        self.at[(i + 1) & 63] = k as u8;
        self.exact[i] = exact;
        self.rounded[i] = rounded;
        let stays = rounded != 0;
        self.negative |= u64::from(negative & stays) << i;
        self.count += usize::from(stays);
    }

    /// Finds the cheapest levels and puts them together in `target`. `weight` is the worth in bits
    /// of an error of one step, squared.
    #[inline(always)]
    pub fn choose(&mut self, weight: f32, rates: &Rates, target: &mut NextBlock) {
        self.count = self.count.min(63);
        let mut dropped = 0;
        for i in 0..self.count {
            dropped = self.extend(i, dropped, weight * UNIT, rates);
        }
        self.end = self.best_end(rates);
        let mut i = self.end;
        target.begin(usize::from(self.at[i & 63]));
        while i > 0 {
            let level = i32::from(self.level[i & 63]);
            let negative = self.negative >> (i - 1) & 1 == 1;
            let before = usize::from(self.before[i & 63]);
            let [k, last] = [i, before].map(|i| usize::from(self.at[i & 63]));
            target.prepend(k, last, if negative { -level } else { level });
            i = before;
        }
    }

    /// Hands over index and magnitude of the levels that were chosen.
    pub fn each_chosen(&self, mut take: impl FnMut(usize, u16)) {
        let mut i = self.end & 63;
        while i > 0 {
            take(usize::from(self.at[i]), self.level[i]);
            i = usize::from(self.before[i]) & 63;
        }
    }

    /// Finds the best path to candidate `i`. Takes the cost of dropping all candidates before it
    /// and returns that of dropping it too.
    #[inline(always)]
    fn extend(&mut self, i: usize, dropped: i64, weight: f32, rates: &Rates) -> i64 {
        let (exact, rounded) = (self.exact[i & 63], self.rounded[i & 63]);
        let size = 32 - rounded.leading_zeros();
        let lower = (1 << (size - 1)) - 1; // the largest level of one category less; maybe 0
        let error = |level: u32| {
            let error = exact - level as f32;
            cost(error * error * weight)
        };
        let bits = i64::from(size) << (8 + ORIGIN_BITS);
        let stays = error(rounded) + bits;
        let shrinks = match lower {
            0 => NEVER,
            _ => error(lower) + bits - (1 << (8 + ORIGIN_BITS)) + 1,
        };
        let k = self.at[(i + 1) & 63];
        let mut best = i64::MAX;
        for j in self.certain.max(i.saturating_sub(LOOK_BACK))..=i {
            let run = usize::from(k - self.at[j & 63] - 1);
            let [if_shrinks, if_stays] = rates.codes(run, size);
            let so_far = self.cost[j & 63];
            best = best.min(so_far + stays + if_stays);
            best = best.min(so_far + shrinks + if_shrinks);
        }
        let (to, origin) = ((i + 1) & 63, best & ORIGIN);
        let dropped_too = dropped + error(0);
        self.cost[to] = best - origin + dropped - dropped_too + ((to as i64) << 1);
        self.before[to] = (origin >> 1) as u8;
        self.level[to] = if origin & 1 == 1 { lower } else { rounded } as u16;
        self.certain = if rounded >= CERTAIN { to } else { self.certain };
        dropped_too
    }

    /// The cheapest path to end the block with.
    #[inline(always)]
    fn best_end(&self, rates: &Rates) -> usize {
        let end = |i: usize| {
            let full = self.at[i & 63] == 63 && i > 0;
            self.cost[i & 63] + if full { 0 } else { rates.end_of_block }
        };
        let best = (self.certain..=self.count).map(end).min();
        best.map_or(0, |best| ((best & ORIGIN) >> 1) as usize)
    }
}

const ORIGIN: i64 = (1 << ORIGIN_BITS) - 1;

/// More than any path costs.
const NEVER: i64 = 1 << 48;

/// A cost in units, with room for its origin. It saturates at 2¹⁴ bits, more than a block has.
#[inline(always)]
fn cost(units: f32) -> i64 {
    i64::from(round(units.min(4_194_303.0))) << ORIGIN_BITS
}

/// The nearest integer of a number from 0 to 2²²: adding 2²³ leaves it in the mantissa. A cast
/// would check its range again.
#[inline(always)]
pub fn round(value: f32) -> u32 {
    (value + 8_388_608.0).to_bits() & 0x7f_ffff
}

#[cfg(test)]
mod tests {
    use super::super::rates;
    use super::super::tokens::{HIGH_BAND, Tokens};
    use super::*;
    use crate::jpeg::read::lookup::extend;

    fn choose(candidates: &[(usize, f32)], weight: f32) -> Vec<(usize, i32)> {
        let (mut trellis, mut block) = (Trellis::new(), NextBlock::new());
        for &(k, exact) in candidates {
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
                sum += in_bits(rates::LUMA.codes(k - last - 1, size)[1]) + size as f32;
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
