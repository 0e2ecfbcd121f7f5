//! What a quality from 1 to 100 means: quantization steps and the weight of errors.

use super::matrices::{CHROMA, LIBJPEG, LUMA, libjpeg, steps};
use super::requantize::Weight;
use crate::jpeg::syntax::steps::Steps;
use crate::options::Quality;

/// How to requantize for one quality.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Steps for gray, luma and RGB.
    pub luma: Steps,
    /// Steps for chroma.
    pub chroma: Steps,
    /// The steps of libjpeg, for the same two.
    pub libjpeg: [Steps; 2],
    /// Weight of errors against bits.
    pub weight: Weight,
}

/// Chroma steps by luma steps, over what the matrices say.
const CHROMA_FACTOR: f32 = 0.8;

/// Found on photographs: as in mozjpeg, but with more weight for errors in blocks without detail.
const WEIGHT: Weight = Weight {
    strength: 1_246_976.0,
    masking: 92_682.0,
};

impl Target {
    /// The steps of class 0 (gray, luma and RGB) or 1 (chroma).
    pub fn steps(&self, class: usize) -> &Steps {
        [&self.luma, &self.chroma][class]
    }

    /// With libjpeg's steps for luma, but for the mean of a block: plain rounding then loses what libjpeg loses. The means
    /// stay as fine as they are, since theirs are the errors that show where nothing else is.
    #[must_use]
    pub fn with_steps_of_libjpeg(&self) -> Self {
        let mut luma = self.libjpeg[0];
        luma[0] = luma[0].min(self.luma[0]);
        Self { luma, ..*self }
    }

    /// For a quality on the scale of libjpeg, which is also sharp's.
    pub fn new(quality: Quality) -> Self {
        let factor = matrix_factor(quality.get());
        Self {
            luma: steps(&LUMA, factor),
            chroma: steps(&CHROMA, factor * CHROMA_FACTOR),
            libjpeg: LIBJPEG.map(|table| libjpeg(&table, percent(quality.get()))),
            weight: WEIGHT,
        }
    }
}

/// The percentage by which libjpeg scales its tables.
fn percent(quality: u8) -> u16 {
    match u16::from(quality) {
        quality @ ..50 => 5000 / quality.max(1),
        quality => 200 - 2 * quality,
    }
}

/// The factor for the matrices at which photographs come out no worse than from libjpeg at this
/// quality, by SSIMULACRA2, DSSIM and butteraugli together. libjpeg multiplies its own tables by
/// a percentage; relative to that ours may be the coarser, the finer both are.
fn matrix_factor(quality: u8) -> f32 {
    let quality = f32::from(quality);
    let percent = if quality < 50.0 {
        5000.0 / quality
    } else {
        200.0 - 2.0 * quality
    };
    percent * (0.088_2 - 0.000_146 * percent).clamp(0.062, 0.083)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(quality: u8) -> Target {
        Target::new(Quality::try_from(quality).unwrap())
    }

    #[test]
    fn steps_get_finer_with_quality() {
        for quality in 1..100 {
            let (coarse, fine) = (target(quality), target(quality + 1));
            assert!(
                coarse.luma.iter().zip(&fine.luma).all(|(a, b)| a >= b),
                "{quality}"
            );
            assert!(
                coarse.chroma.iter().zip(&fine.chroma).all(|(a, b)| a >= b),
                "{quality}"
            );
        }
        assert_eq!(target(100).luma, [1; 64]);
        assert_eq!(target(50).luma[..3], [9, 13, 13]);
    }
}
