//! How much requantizing loses, beside what libjpeg would at the same quality.
//!
//! Tables do not tell everything. A source of quality 90 may have been one of quality 60 before, and its levels still lie
//! near the multiples of those steps; that shows in the errors alone. And where there are colours, theirs are kept finer
//! than libjpeg keeps them, which makes up for a luma that loses more; black and white has nothing to make up for it. So
//! the errors of all components are taken together.
//!
//! The bounds were found on nine photographs, also in paler colours and without any, compressed before at quality 30 to
//! 100, once and twice: of 423 such pictures none was worse than sharp's by SSIMULACRA2 against its source.

use super::trellis::round_to_float;
use crate::jpeg::syntax::block::Block;
use crate::jpeg::syntax::steps::Steps;

/// AC energy of a block at which its errors count half: detail hides errors.
const MASKING: f32 = 1000.0;

/// Up to so many times the loss of plain rounding nothing is mended. Photographs in colour have 1.0 to 1.2 times as much,
/// black and white ones 1.2 to 1.5, twice compressed ones 2 to 5.
pub const MOST: f64 = 1.2;

/// What is lost with all care, and is more than this, is lost because the steps do not fit the source's levels.
pub const MOST_WITH_CARE: f64 = 1.45;

/// How many values are summed up side by side: always so many, so that sums are the same on every processor.
const LANES: usize = 8;

/// The squared errors of one component's blocks, weighed as they are seen.
#[derive(Debug)]
pub struct Loss {
    /// Steps of libjpeg, in zigzag order.
    libjpeg: [f32; 64],
    /// Weight of a squared error.
    weights: [f32; 64],
    chosen: f64,
    plain: f64,
}

impl Loss {
    /// Of nothing yet. Errors are as visible as the target's steps are fine.
    pub fn new(libjpeg: &Steps, target: &Steps) -> Self {
        Self {
            libjpeg: libjpeg.map(f32::from),
            weights: target.map(|step| 1.0 / f32::from(step) / f32::from(step)),
            chosen: 0.0,
            plain: 0.0,
        }
    }

    /// Adds those of a block with the steps `steps` and this AC energy, for which AC values of these magnitudes were
    /// chosen. `steps` and `magnitudes` are 0 for DC.
    pub fn add(&mut self, source: &Block, steps: &[f32; 64], magnitudes: &[f32; 64], energy: f32) {
        let (mut chosen, mut plain) = ([0.0; 64], [0.0; 64]);
        for (k, level) in source.levels().iter().enumerate() {
            let exact = f32::from(*level).abs() * steps[k];
            let rounded = round_to_float(exact / self.libjpeg[k]) * self.libjpeg[k];
            let (now, by_rounding) = (exact - magnitudes[k], exact - rounded);
            chosen[k] = now * now * self.weights[k];
            plain[k] = by_rounding * by_rounding * self.weights[k];
        }
        self.chosen += f64::from(sum(&chosen) / (energy + MASKING));
        self.plain += f64::from(sum(&plain) / (energy + MASKING));
    }

    /// How many times as much components lose together as with plain rounding to libjpeg's steps. 0 if they lose nothing.
    pub fn ratio<'a>(components: impl Iterator<Item = &'a Self>) -> f64 {
        let add = |(chosen, plain), loss: &Self| (chosen + loss.chosen, plain + loss.plain);
        match components.fold((0.0, 0.0), add) {
            (0.0, _) => 0.0,
            (chosen, plain) => chosen / plain,
        }
    }
}

/// The sum of all values.
#[inline(always)]
pub fn sum(values: &[f32; 64]) -> f32 {
    let mut sums = [0.0; LANES];
    for values in values.as_chunks::<LANES>().0 {
        sums.iter_mut()
            .zip(values)
            .for_each(|(sum, value)| *sum += value);
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_component_gains_makes_up_for_another() {
        let loss = |chosen, plain| Loss {
            chosen,
            plain,
            ..Loss::new(&[1; 64], &[1; 64])
        };
        let (luma, chroma) = (loss(1.4, 1.0), loss(0.7, 1.0));
        assert!(Loss::ratio([&luma].into_iter()) > MOST);
        assert!(Loss::ratio([&luma, &chroma].into_iter()) < MOST);
        assert_eq!(Loss::ratio([&loss(0.0, 0.0)].into_iter()), 0.0);
        assert_eq!(Loss::ratio([].into_iter()), 0.0);
        assert!(Loss::ratio([&loss(0.1, 0.0)].into_iter()) > MOST_WITH_CARE);
    }
}
