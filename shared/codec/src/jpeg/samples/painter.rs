//! From blocks to samples.

use super::dct::{inverse, scale};
use super::planes::{ComponentSamples, Range};
use super::reduced::{Corner, Reduced};
use crate::jpeg::plan::Plan;
use crate::jpeg::syntax::application::Color;
use crate::jpeg::syntax::block::{Block, Square};
use crate::jpeg::syntax::steps::ZIGZAG;
use crate::resample::{byte, bytes};

/// Makes the samples of one component.
pub struct Painter {
    /// Those that are painted; zero until then.
    pub samples: ComponentSamples,
    /// Fewer samples than there are coefficients.
    reduced: Option<Reduced>,
    /// Quantization steps, with what the transform and the range want, in zigzag order.
    steps: [f32; 64],
    middle: f32,
}

impl Painter {
    /// For a component of a plan; `reduced` for fewer samples than the picture has.
    pub fn new(plan: &Plan, index: usize, range: Range, reduced: Option<Reduced>) -> Self {
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
    pub fn paint(&mut self, block: &Block, x: usize, y: usize) {
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
                row[x * 8..][..8].fill(byte(dc));
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
            row[x * 8..][..8].copy_from_slice(&bytes(*values));
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
                row[x * SIDE..][..SIDE].copy_from_slice(&[byte(mean); SIDE]);
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
        let (halves, _) = corner.as_flattened().as_chunks();
        let [upper, lower] = [0, 1].map(|half: usize| bytes(halves[half]));
        let painted = upper.as_chunks::<4>().0.iter().chain(lower.as_chunks().0);
        for (row, values) in rows.zip(painted) {
            row[x * SIDE..][..SIDE].copy_from_slice(&values[..SIDE]);
        }
    }
}
