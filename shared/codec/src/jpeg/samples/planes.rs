//! Samples of a JPEG, for outputs in other formats: component by component, upright.

use super::dct::{Square, inverse, scale};
use super::reduced::{Corner, Reduced};
use super::smaller;
use crate::jpeg::error::JpegError;
use crate::jpeg::plan::{Chroma, Plan};
use crate::jpeg::read::decoder::Decoder;
use crate::jpeg::stream::each_block;
use crate::jpeg::syntax::application::Color;
use crate::jpeg::syntax::block::Block;
use crate::jpeg::syntax::steps::ZIGZAG;
use crate::limits::PixelLimits;

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How the components make colours.
    pub color: Color,
    /// One, three or four.
    pub components: Vec<ComponentSamples>,
    /// An ICC profile that is not sRGB.
    pub icc_profile: Option<Vec<u8>>,
}

/// The samples of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentSamples {
    /// Horizontal sampling factor; the largest of all components has one sample a pixel.
    pub h: usize,
    /// Vertical sampling factor.
    pub v: usize,
    /// Samples in a row: those of the picture, and more that fill the last block.
    pub stride: usize,
    /// Rows from top to bottom.
    pub samples: Vec<u8>,
}

/// What numbers the samples have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 0 to 255, as JPEG has them (JFIF).
    Full,
    /// Luma 16 to 235 and chroma 16 to 240, as video and WebP have them (ITU-R BT.601).
    Video,
}

impl Range {
    /// How far samples lie from 128, and what 128 becomes.
    fn of(self, is_chroma: bool) -> (f32, f32) {
        match (self, is_chroma) {
            (Self::Full, _) => (1.0, 128.0),
            (Self::Video, false) => (219.0 / 255.0, 16.0 + 128.0 * 219.0 / 255.0),
            (Self::Video, true) => (224.0 / 255.0, 128.0),
        }
    }
}

/// Which samples are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Their numbers.
    pub range: Range,
    /// Chroma at half the resolution of luma along both axes, where it has more.
    pub halved: bool,
    /// Width and height in pixels, upright, each at most the source's; the source's without it.
    pub size: Option<(u32, u32)>,
}

/// Decodes a JPEG.
///
/// # Errors
/// For a file that is damaged or incomplete, of a kind that is not read here, or too large.
pub fn decode(bytes: &[u8], wanted: Wanted, limits: &PixelLimits) -> Result<Planes, JpegError> {
    let decoder = Decoder::new(bytes, limits)?;
    if let Some(size) = wanted.size {
        return smaller::decode(decoder, wanted, size);
    }
    let chroma = match wanted.halved {
        true => Chroma::Halved,
        false => Chroma::Kept,
    };
    let plan = Plan::new(&decoder, None, chroma);
    let icc_profile = decoder.application.icc_profile(plan.color);
    let mut painters: Vec<Painter> = (0..plan.frame.components.len())
        .map(|index| Painter::new(&plan, index, wanted.range, None))
        .collect();
    each_block(decoder, &plan, |component, x, y, block| {
        painters[component].paint(block, x, y);
    })?;
    Ok(Planes {
        width: plan.frame.width as u32,
        height: plan.frame.height as u32,
        color: plan.color,
        components: painters
            .into_iter()
            .map(|painter| painter.samples)
            .collect(),
        icc_profile,
    })
}

/// Makes the samples of one component.
pub(super) struct Painter {
    pub(super) samples: ComponentSamples,
    /// Fewer samples than there are coefficients.
    reduced: Option<Reduced>,
    /// Quantization steps, with what the transform and the range want, in zigzag order.
    steps: [f32; 64],
    middle: f32,
}

impl Painter {
    pub(super) fn new(plan: &Plan, index: usize, range: Range, reduced: Option<Reduced>) -> Self {
        let component = &plan.frame.components[index];
        let is_chroma = plan.color == Color::YCbCr && index > 0;
        let (spread, middle) = range.of(is_chroma);
        let steps = plan.steps_of_view(index);
        let side = reduced.map_or(8, Reduced::side);
        let stride = component.blocks_wide * side;
        Self {
            samples: ComponentSamples {
                h: component.h,
                v: component.v,
                stride,
                samples: vec![0; stride * component.blocks_high * side],
            },
            reduced,
            steps: std::array::from_fn(|k| {
                let natural = usize::from(ZIGZAG[k]);
                let (row, column) = (natural / 8, natural % 8);
                let scale = reduced.map_or_else(|| scale(row, column), |r| r.scale(row, column));
                steps[k] * scale * spread
            }),
            middle,
        }
    }

    /// Paints the block in column `x` of row `y`.
    #[inline(always)]
    pub(super) fn paint(&mut self, block: &Block, x: usize, y: usize) {
        match self.reduced {
            None => self.paint_whole(block, x, y),
            Some(to @ Reduced::One) => self.paint_reduced::<1>(to, block, x, y),
            Some(to @ Reduced::Two) => self.paint_reduced::<2>(to, block, x, y),
            Some(to @ Reduced::Four) => self.paint_reduced::<4>(to, block, x, y),
        }
    }

    #[inline(always)]
    fn paint_whole(&mut self, block: &Block, x: usize, y: usize) {
        let stride = self.samples.stride;
        let rows = self.samples.samples[y * 8 * stride..]
            .chunks_mut(stride)
            .take(8);
        let dc = f32::from(block.get(0)) * self.steps[0] + self.middle;
        if block.present() & !1 == 0 {
            for row in rows {
                row[x * 8..][..8].fill(sample(dc));
            }
            return;
        }
        let mut square: Square = [[0.0; 8]; 8];
        square[0][0] = dc;
        for (k, level) in block.ac() {
            let natural = usize::from(ZIGZAG[k & 63]);
            square[natural >> 3 & 7][natural & 7] = level as f32 * self.steps[k & 63];
        }
        inverse(&mut square);
        for (row, values) in rows.zip(&square) {
            row[x * 8..][..8].copy_from_slice(&values.map(sample));
        }
    }

    /// The same with `SIDE` samples a side.
    #[inline(always)]
    fn paint_reduced<const SIDE: usize>(&mut self, to: Reduced, block: &Block, x: usize, y: usize) {
        let stride = self.samples.stride;
        let rows = self.samples.samples[y * SIDE * stride..]
            .chunks_mut(stride)
            .take(SIDE);
        let mean = f32::from(block.get(0)) * self.steps[0] + self.middle;
        if block.present() & to.mask() & !1 == 0 {
            for row in rows {
                row[x * SIDE..][..SIDE].copy_from_slice(&[sample(mean); SIDE]);
            }
            return;
        }
        let mut corner: Corner = [[0.0; 4]; 4];
        corner[0][0] = mean;
        for (k, level) in block.ac_of(to.mask()) {
            let natural = usize::from(ZIGZAG[k & 63]);
            corner[natural >> 3 & 3][natural & 3] = level as f32 * self.steps[k & 63];
        }
        to.inverse(&mut corner);
        for (row, values) in rows.zip(&corner) {
            let values: [u8; SIDE] = std::array::from_fn(|x| sample(values[x]));
            row[x * SIDE..][..SIDE].copy_from_slice(&values);
        }
    }
}

/// Rounds; a conversion from float saturates.
#[inline(always)]
fn sample(value: f32) -> u8 {
    (value + 0.5) as u8
}
