//! What a quality from 1 to 100 means: quantization steps and the weight of errors.

use super::requantize::Weight;
use super::tables::{CHROMA, LUMA, Steps, steps};

/// How to requantize for one quality.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Steps for gray, luma and RGB.
    pub luma: Steps,
    /// Steps for chroma.
    pub chroma: Steps,
    /// Weight of errors against bits.
    pub weight: Weight,
}

impl Target {
    /// For a quality of 1 to 100 on libjpeg's scale, as sharp has it.
    pub fn new(quality: u8) -> Self {
        let quality = f32::from(quality.clamp(1, 100)) + 10.0;
        let scale = if quality < 50.0 {
            50.0 / quality
        } else {
            2.0 - quality / 50.0
        };
        let scale = scale.max(0.02);
        Self {
            luma: steps(&LUMA, 9.0 * scale),
            chroma: steps(&CHROMA, 9.0 * 0.8 * scale),
            weight: Weight {
                strength: 64.0 * 19_484.0,
                masking: 92_682.0,
            },
        }
    }
}
