//! From the source's quantization steps to the target's. Only coefficients that the source has
//! are looked at.

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

/// Requantizes the blocks of one component.
#[derive(Debug)]
pub struct Requantizer {
    /// Source step by target step, in zigzag order.
    ratios: [f32; 64],
    /// Source steps.
    source: [f32; 64],
    weight: Option<Weight>,
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
    /// From the steps `source`, which may be fractions, to the steps `target`. Without a weight,
    /// coefficients are rounded and no more.
    pub fn new(source: [f32; 64], target: &Steps, weight: Option<Weight>, rates: &Rates) -> Self {
        Self {
            ratios: std::array::from_fn(|k| source[k] / f32::from(target[k])),
            source,
            weight,
            rates: rates.clone(),
            trellis: Trellis::new(),
            blocks: 0,
        }
    }

    /// Chooses the levels of one block: puts together its AC tokens and returns its DC level.
    #[inline(never)]
    pub fn requantize(&mut self, source: &Block, target: &mut NextBlock) -> i16 {
        match self.weight {
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
        self.blocks += 1;
        if self.blocks.is_power_of_two() && self.blocks >= FIRST_LESSON {
            self.rates = Rates::learned(&target.counts.whole());
        }
    }

    fn round_levels(&self, source: &Block, target: &mut NextBlock) {
        target.fill(source, |k, level| {
            let exact = level.unsigned_abs() as f32 * self.ratios[k & 63];
            let rounded = round(exact.min(MAX_LEVEL)) as i32;
            if level < 0 { -rounded } else { rounded }
        });
    }
}
