//! From the blocks of one JPEG to another: requantized, or as they are.

use super::error::JpegError;
use super::plan::{Chroma, Plan};
use super::quantize::loss;
use super::quantize::quality::Target;
use super::read::decoder::Decoder;
use super::stream::each_block;
use super::write::encoder::Encoder;
use super::write::file;
use crate::limits::PixelLimits;
use crate::options::Quality;

/// A transcoded JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcoded {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its width in pixels, upright.
    pub width: u32,
    /// Its height in pixels, upright.
    pub height: u32,
    /// It has the very coefficients of the source: nothing asks for others, or they are coarse
    /// enough already.
    pub kept: bool,
    /// Where in the source the data of its last block ends.
    pub end: usize,
}

/// From this quality on, chroma keeps the resolution it has: what asks for so much wants red and text sharp.
pub const FINE: u8 = 90;

/// How much more errors weigh, one after the other, as long as more is lost than may be.
const CARE: [f32; 3] = [1.0, 2.0, MOST_CARE];
/// With more, nothing is lost less.
const MOST_CARE: f32 = 16.0;

/// Makes an upright JPEG of a JPEG, with this EXIF data, which must fit into a segment. Without a
/// quality, nothing is lost that turning does not cost.
///
/// # Errors
/// For a file that is damaged or incomplete, of a kind that is not read here, or too large.
pub fn transcode(
    bytes: &[u8],
    quality: Option<Quality>,
    exif: Option<&[u8]>,
    limits: &PixelLimits,
) -> Result<Transcoded, JpegError> {
    let decoder = Decoder::new(bytes, limits)?;
    let chroma = match quality {
        Some(quality) if quality.get() < FINE => Chroma::Halved,
        _ => Chroma::Kept,
    };
    let target = quality.map(Target::new);
    let plan = Plan::new(&decoder, target.as_ref(), chroma);
    let application = decoder.application.clone();
    let mut first = Some(decoder);
    let recode = |plan: &Plan, care| {
        let decoder = first
            .take()
            .map_or_else(|| Decoder::new(bytes, limits), Ok)?;
        recode(decoder, plan, care)
    };
    let replan = |target: &Target| {
        Decoder::new(bytes, limits).map(|decoder| Plan::new(&decoder, Some(target), chroma))
    };
    let (plan, encoder, end) = with_care(plan, target.as_ref(), recode, replan)?;
    let store = encoder.store;
    let icc_profile = application.icc_profile(plan.color);
    let (width, height) = plan.frame.size();
    let head = plan.head(icc_profile.as_deref(), exif);

    Ok(Transcoded {
        bytes: file::write(&head, &store),
        width,
        height,
        kept: plan.keeps_coefficients(),
        end,
    })
}

/// Encodes with as much care as the loss asks for and, if none is enough, with other steps. `recode` makes the blocks,
/// and `replan` a plan for another target.
pub fn with_care(
    mut plan: Plan,
    target: Option<&Target>,
    mut recode: impl FnMut(&Plan, f32) -> Result<(Encoder, usize), JpegError>,
    replan: impl FnOnce(&Target) -> Result<Plan, JpegError>,
) -> Result<(Plan, Encoder, usize), JpegError> {
    let (mut encoder, mut end) = recode(&plan, CARE[0])?;
    for care in CARE.into_iter().skip(1) {
        if encoder.loss() <= loss::MOST {
            break;
        }
        (encoder, end) = recode(&plan, care)?;
    }
    if let Some(target) = target.filter(|_| encoder.loss() > loss::MOST_WITH_CARE) {
        plan = replan(&target.with_steps_of_libjpeg())?;
        (encoder, end) = recode(&plan, MOST_CARE)?;
    }
    Ok((plan, encoder, end))
}

/// Makes the blocks of the output from those of the source, and tells where in the file these end.
pub fn recode(decoder: Decoder<'_>, plan: &Plan, care: f32) -> Result<(Encoder, usize), JpegError> {
    let mut encoder = Encoder::new(&plan.frame, plan.requantizers(care));
    let end = each_block(decoder, plan, |component, x, y, block| {
        encoder.encode(component, x, y, block);
    })?;
    Ok((checked(encoder)?, end))
}

/// One whose blocks all have their places.
pub fn checked(encoder: Encoder) -> Result<Encoder, JpegError> {
    match encoder.store.is_overfull() {
        true => Err(JpegError::Unsupported {
            what: "a JPEG of more than 4 GB of coefficients",
        }),
        false => Ok(encoder),
    }
}
