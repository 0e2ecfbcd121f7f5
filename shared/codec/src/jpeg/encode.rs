//! From samples to a JPEG, by the quantizer and the writer that transcoding has.

use super::error::JpegError;
use super::plan::Plan;
use super::quantize::quality::Target;
use super::samples::dct::{forward, forward_scale};
use super::samples::planes::{ComponentSamples, Planes};
use super::transcode::{checked, with_care};
use super::turn::view::FINE_STEP;
use super::write::encoder::Encoder;
use super::write::file;
use crate::jpeg::syntax::block::{Block, Square};
use crate::jpeg::syntax::frame::{Component, Frame, Process};
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
    let frame = frame(planes);
    let plan = |target: &Target| Plan::of_samples(&frame, planes.color, target);
    let recode = |plan: &Plan, care| Ok((checked(blocks(planes, plan, care))?, 0));
    let replan = |target: &Target| Ok(plan(target));
    let (plan, encoder, _) = with_care(plan(&target), Some(&target), recode, replan)?;
    let head = plan.head(planes.icc_profile.as_deref(), exif);
    Ok(file::write(&head, &encoder.store))
}

/// Size and sampling factors; the plan lays out its blocks.
fn frame(planes: &Planes) -> Frame {
    let component = |samples: &ComponentSamples| Component {
        id: 0,
        h: samples.h,
        v: samples.v,
        quantization: 0,
        blocks_wide: 0,
        blocks_high: 0,
    };
    Frame {
        width: planes.width as usize,
        height: planes.height as usize,
        process: Process::Sequential,
        components: planes.components.iter().map(component).collect(),
        mcus_wide: 0,
        mcus_high: 0,
    }
}

/// Transforms all blocks, and chooses their levels.
fn blocks(planes: &Planes, plan: &Plan, care: f32) -> Encoder {
    let mut encoder = Encoder::new(&plan.frame, plan.requantizers(care));
    let (h_max, v_max) = plan.frame.max_factors();
    let components = plan.frame.components.iter().zip(&planes.components);
    for (index, (component, samples)) in components.enumerate() {
        let width = (plan.frame.width * component.h).div_ceil(h_max);
        let height = (plan.frame.height * component.v).div_ceil(v_max);
        let transform = Transform::new();
        for y in 0..component.blocks_high {
            for x in 0..component.blocks_wide {
                let square = square(samples, (width, height), (x * 8, y * 8));
                encoder.encode(index, x, y, &transform.block(square));
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

/// From samples to the coefficients that may become levels: all that do not round to zero with steps of [`FINE_STEP`],
/// since the measure of what is lost needs those too that the target makes zero.
struct Transform {
    /// What coefficients have to be multiplied by, transposed as [`forward`] leaves them.
    scales: [[f32; 8]; 8],
}

impl Transform {
    fn new() -> Self {
        let scale = |column: usize, row: usize| forward_scale(row, column) / FINE_STEP;
        let column = |column| std::array::from_fn(|row| scale(column, row));
        Self {
            scales: std::array::from_fn(column),
        }
    }

    #[inline(always)]
    fn block(&self, mut square: Square) -> Block {
        forward(&mut square);
        for (values, scales) in square.iter_mut().zip(&self.scales) {
            let rows = values.iter_mut().zip(scales);
            rows.for_each(|(value, scale)| *value *= scale);
        }
        Block::of_columns(&square)
    }
}
