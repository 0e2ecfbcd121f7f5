//! From the source's quantization steps to the target's. Only coefficients that the source has
//! are looked at.

use super::loss::{Loss, sum};
use super::rates::Rates;
use super::tokens::NextBlock;
use super::trellis::{MAX_LEVEL, Trellis, round};
use crate::jpeg::syntax::block::{Block, bits_of};
use crate::jpeg::syntax::steps::Steps;

/// How much an error weighs against a bit.
#[derive(Debug, Clone, Copy)]
pub struct Weight {
    /// Weight of a squared error of one target step in a block without AC energy, times
    /// [`Weight::masking`].
    pub strength: f32,
    /// AC energy of a block at which its errors count half: detail hides errors.
    pub masking: f32,
}

/// How levels are chosen.
#[derive(Debug)]
pub struct Choice {
    /// What an error weighs.
    pub weight: Weight,
    /// What has been lost so far, of one block in [`SAMPLE`].
    pub loss: Loss,
}

/// Losses are measured in so many blocks less than there are.
const SAMPLE: usize = 4;

/// From so many coefficients on it takes less to look at all 64 side by side than at each that is there.
const MANY: u32 = 16;

/// Requantizes the blocks of one component.
#[derive(Debug)]
pub struct Requantizer {
    /// Source step by target step, in zigzag order.
    ratios: [f32; 64],
    /// The smallest magnitude of a source's level that does not round to zero.
    least: [u16; 64],
    /// Source steps of AC coefficients; 0 for DC.
    source: [f32; 64],
    target: [f32; 64],
    /// `None` if levels are rounded and no more.
    choice: Option<Choice>,
    /// What codes cost, as far as is known by now.
    rates: Rates,
    trellis: Trellis,
    /// Blocks so far.
    blocks: usize,
}

/// The first block at which the rates are learned from those before it, and then anew whenever
/// there are twice as many.
const FIRST_LESSON: usize = 512;

impl Requantizer {
    /// From the steps `source`, which may be fractions, to the steps `target`.
    pub fn new(source: [f32; 64], target: &Steps, choice: Option<Choice>, rates: &Rates) -> Self {
        let ratios: [f32; 64] = std::array::from_fn(|k| source[k] / f32::from(target[k]));
        Self {
            ratios,
            least: ratios.map(least),
            source: std::array::from_fn(|k| if k == 0 { 0.0 } else { source[k] }),
            target: target.map(f32::from),
            choice,
            rates: rates.clone(),
            trellis: Trellis::new(),
            blocks: 0,
        }
    }

    /// Chooses the levels of one block: puts together its AC tokens and returns its DC level.
    #[inline(never)]
    pub fn requantize(&mut self, source: &Block, target: &mut NextBlock) -> i16 {
        match self.choice.as_ref().map(|choice| choice.weight) {
            Some(weight) => self.choose_levels(weight, source, target),
            None => self.round_levels(source, target),
        }
        let dc = f32::from(source.get(0)) * self.ratios[0];
        (dc + 0.5_f32.copysign(dc)) as i16
    }

    #[inline(always)]
    fn choose_levels(&mut self, weight: Weight, source: &Block, target: &mut NextBlock) {
        self.trellis.clear();
        let (survivors, energy) = match source.present().count_ones() {
            ..MANY => self.few(source),
            _ => (self.survivors(source), self.energy(source)),
        };
        for (k, level) in source.ac_of(survivors) {
            let exact = level.unsigned_abs() as f32 * self.ratios[k & 63];
            self.trellis.offer(k, exact, level < 0);
        }
        let weight = weight.strength / (weight.masking + energy);
        self.trellis.choose(weight, &self.rates, target);
        if self.blocks.is_multiple_of(SAMPLE) {
            self.measure(source, energy);
        }
        self.blocks += 1;
        if self.blocks.is_power_of_two() && self.blocks >= FIRST_LESSON {
            self.rates = Rates::learned(&target.counts.whole());
        }
    }

    /// Bits of the coefficients that do not round to zero, and the sum of the squares of all but DC: looks at those that
    /// are there, one by one.
    #[inline(always)]
    fn few(&self, source: &Block) -> (u64, f32) {
        let (mut survivors, mut energy) = (0, 0.0);
        for (k, level) in source.ac() {
            let magnitude = level.unsigned_abs();
            let value = magnitude as f32 * self.source[k & 63];
            energy += value * value;
            survivors |= u64::from(magnitude >= self.least[k & 63].into()) << (k & 63);
        }
        (survivors, energy)
    }

    /// Bits of the coefficients that do not round to zero: looks at all, many at a time.
    #[inline(always)]
    fn survivors(&self, source: &Block) -> u64 {
        let mut stay = [0; 64];
        for (k, level) in source.levels().iter().enumerate() {
            stay[k] = u8::from(level.unsigned_abs() >= self.least[k]);
        }
        bits_of(&stay)
    }

    /// The sum of the squares of all but DC: adds up all, many at a time.
    #[inline(always)]
    fn energy(&self, source: &Block) -> f32 {
        let mut squares = [0.0; 64];
        for (k, level) in source.levels().iter().enumerate() {
            let value = f32::from(*level) * self.source[k];
            squares[k] = value * value;
        }
        sum(&squares)
    }

    /// Measures what the levels that were chosen for a block lose.
    fn measure(&mut self, source: &Block, energy: f32) {
        let Some(Choice { loss, .. }) = &mut self.choice else {
            return;
        };
        let mut values = [0.0; 64];
        self.trellis
            .each_chosen(|k, level| values[k] = f32::from(level) * self.target[k]);
        loss.add(source, &self.source, &values, energy);
    }

    /// What was lost so far, if levels are chosen.
    pub fn loss(&self) -> Option<&Loss> {
        self.choice.as_ref().map(|choice| &choice.loss)
    }

    fn round_levels(&self, source: &Block, target: &mut NextBlock) {
        target.fill(source, |k, level| {
            let exact = level.unsigned_abs() as f32 * self.ratios[k & 63];
            let rounded = round(exact.min(MAX_LEVEL)) as i32;
            if level < 0 { -rounded } else { rounded }
        });
    }
}

/// The smallest magnitude of a level that does not round to zero.
fn least(ratio: f32) -> u16 {
    let near = (0.5 / ratio) as u16;
    let mut from = near.max(1)..u16::MAX;
    let stays = |level: &u16| round(f32::from(*level) * ratio) != 0;
    from.find(stays).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_zero_is_known_before() {
        for ratio in [0.000_49, 0.1, 0.25, 0.3, 0.5, 0.500_01, 1.0, 8.0, 255.0] {
            let least = least(ratio);
            assert_ne!(round(f32::from(least) * ratio), 0, "{ratio}");
            assert!(
                least == 1 || round(f32::from(least - 1) * ratio) == 0,
                "{ratio}"
            );
        }
    }
}
