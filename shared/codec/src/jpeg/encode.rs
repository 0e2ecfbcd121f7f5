//! From samples to a JPEG, by the quantizer and the writer that transcoding has.

use super::error::JpegError;
use super::plan::Plan;
use super::quantize::quality::Target;
use super::samples::dct::{Square, forward, forward_scale};
use super::samples::planes::{ComponentSamples, Planes};
use super::transcode::{checked, with_care};
use super::turn::view::FINE_STEP;
use super::write::encoder::Encoder;
use super::write::file;
use crate::jpeg::syntax::block::Block;
use crate::jpeg::syntax::steps::ZIGZAG;
use crate::options::Quality;

/// Encodes gray, YCbCr or RGB of full range with the sampling factors that it has, and with this EXIF data, which must fit
/// into a segment.
///
/// # Errors
/// For a picture of more coefficients than can be kept.
pub fn encode(
    planes: &Planes,
    quality: Quality,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, JpegError> {
    let target = Target::new(quality);
    let recode = |plan: &Plan, care| Ok((checked(blocks(planes, plan, care))?, 0));
    let replan = |target: &Target| Ok(Plan::of_planes(planes, target));
    let plan = Plan::of_planes(planes, &target);
    let (plan, encoder, _) = with_care(plan, Some(&target), recode, replan)?;
    let head = plan.head(planes.icc_profile.as_deref(), exif);
    Ok(file::write(&head, &encoder.store))
}

/// Transforms all blocks, and chooses their levels.
fn blocks(planes: &Planes, plan: &Plan, care: f32) -> Encoder {
    let mut encoder = Encoder::new(&plan.frame, plan.requantizers(care));
    let (h_max, v_max) = plan.frame.max_factors();
    let scales: [f32; 64] = std::array::from_fn(|k| {
        let natural = usize::from(ZIGZAG[k]);
        forward_scale(natural / 8, natural % 8) / FINE_STEP
    });
    let components = plan.frame.components.iter().zip(&planes.components);
    for (index, (component, samples)) in components.enumerate() {
        let width = (plan.frame.width * component.h).div_ceil(h_max);
        let height = (plan.frame.height * component.v).div_ceil(v_max);
        let size = (width, height);
        for y in 0..component.blocks_high {
            for x in 0..component.blocks_wide {
                let square = square(samples, size, (x * 8, y * 8));
                encoder.encode(index, x, y, &transformed(square, &scales));
            }
        }
    }
    encoder
}

/// The samples of one block, around zero. Behind the last sample of a row or column come more of the same.
#[inline(always)]
fn square(plane: &ComponentSamples, size: (usize, usize), at: (usize, usize)) -> Square {
    let row = |y: usize| &plane.samples[(at.1 + y).min(size.1 - 1) * plane.stride..];
    let centred = |sample: u8| f32::from(sample) - 128.0;
    if at.0 + 8 <= size.0 {
        return std::array::from_fn(|y| {
            let row = &row(y)[at.0..][..8];
            std::array::from_fn(|x| centred(row[x]))
        });
    }
    std::array::from_fn(|y| {
        let row = row(y);
        std::array::from_fn(|x| centred(row[(at.0 + x).min(size.0 - 1)]))
    })
}

#[inline(always)]
fn transformed(mut square: Square, scales: &[f32; 64]) -> Block {
    forward(&mut square);
    let mut block = Block::ZERO;
    for k in 0..64 {
        let natural = usize::from(ZIGZAG[k]);
        let value = square[natural & 7][natural >> 3 & 7] * scales[k];
        let level = (value + 0.5_f32.copysign(value)) as i16;
        if level != 0 {
            block.set(k, level);
        }
    }
    block
}
