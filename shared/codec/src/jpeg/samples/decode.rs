//! Decoding a JPEG to samples.

use super::painter::Painter;
use super::planes::{Planes, Wanted};
use super::smaller;
use crate::jpeg::error::JpegError;
use crate::jpeg::plan::{Chroma, Plan};
use crate::jpeg::read::decoder::Decoder;
use crate::jpeg::stream::each_block;
use crate::limits::PixelLimits;

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
