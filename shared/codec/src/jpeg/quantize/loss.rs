//! How much requantizing loses, beside what libjpeg would at the same quality.
//!
//! Tables do not tell everything: a source of quality 90 may have been one of quality 60 before, and its levels still
//! lie near the multiples of those steps. That shows in the errors alone. (What is so found is mended for the most part: the
//! worst of 9 photographs was 1.7 worse than sharp's by SSIMULACRA2, the median 5 better.)

use crate::jpeg::syntax::block::Block;
use crate::jpeg::syntax::steps::Steps;

/// AC energy of a block at which its errors count half: detail hides errors.
const MASKING: f32 = 1000.0;

/// The trellis may have this many times the squared error of plain rounding. In photographs that were never compressed
/// before it has 1.2 times as much, and 1.8 in the noisiest of them; with levels on coarser multiples 3 to 10.
const MOST: f64 = 1.6;

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

    /// Adds those of a block with the steps `steps`, for which AC values of these magnitudes were chosen.
    pub fn add(&mut self, source: &Block, steps: &[f32; 64], magnitudes: &[f32; 64]) {
        let (mut chosen, mut plain, mut energy) = (0.0, 0.0, MASKING);
        for (k, level) in source.ac() {
            let k = k & 63;
            let exact = level.unsigned_abs() as f32 * steps[k];
            let rounded = (exact / self.libjpeg[k]).round() * self.libjpeg[k];
            let squared = |error: f32| error * error * self.weights[k];
            chosen += squared(exact - magnitudes[k]);
            plain += squared(exact - rounded);
            energy += exact * exact;
        }
        self.chosen += f64::from(chosen / energy);
        self.plain += f64::from(plain / energy);
    }

    /// Whether more is lost than may be.
    pub fn is_too_much(&self) -> bool {
        self.chosen > MOST * self.plain
    }
}
