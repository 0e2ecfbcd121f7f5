//! From the source's quantization steps to the target's. Only coefficients that the source has
//! are looked at.

use super::loss::Loss;
use super::rates::Rates;
use super::tokens::NextBlock;
use super::trellis::{MAX_LEVEL, Trellis, round};
use crate::jpeg::syntax::block::Block;
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

/// Requantizes the blocks of one component.
#[derive(Debug)]
pub struct Requantizer {
    /// Source step by target step, in zigzag order.
    ratios: [f32; 64],
    /// Source steps.
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
        Self {
            ratios: std::array::from_fn(|k| source[k] / f32::from(target[k])),
            source,
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
        let mut energy = 0.0;
        for (k, level) in source.ac() {
            let magnitude = level.unsigned_abs() as f32;
            let full = magnitude * self.source[k & 63];
            energy += full * full;
            self.trellis
                .offer(k, magnitude * self.ratios[k & 63], level < 0);
        }
        let weight = weight.strength / (weight.masking + energy);
        self.trellis.choose(weight, &self.rates, target);
        if self.blocks.is_multiple_of(SAMPLE) {
            self.measure(source);
        }
        self.blocks += 1;
        if self.blocks.is_power_of_two() && self.blocks >= FIRST_LESSON {
            self.rates = Rates::learned(&target.counts.whole());
        }
    }

    /// Measures what the levels that were chosen for a block lose.
    fn measure(&mut self, source: &Block) {
        let Some(Choice { loss, .. }) = &mut self.choice else {
            return;
        };
        let mut values = [0.0; 64];
        self.trellis
            .each_chosen(|k, level| values[k] = f32::from(level) * self.target[k]);
        loss.add(source, &self.source, &values);
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
