//! PNG: with a palette or in true colour, or as it came; an animation is kept.

use super::animation::keep_frames;
use crate::choice::{Candidate, Lossy, choose};
use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::metadata::orientation::Orientation;
use crate::options::Options;
use crate::picture::{Format, Output};
use crate::pixels::{Pixels, to_srgb};
use crate::png::chunks;
use crate::png::decode::{Contents, decode};
use crate::png::encode::encode;

pub use crate::png::chunks::size;

/// The EXIF data of a PNG.
pub fn exif(bytes: &[u8]) -> Option<&[u8]> {
    chunks::exif(&chunks::parse(bytes).ok()?)
}

/// How a PNG is turned upright, unless it is animated.
pub fn orientation(bytes: &[u8]) -> Orientation {
    match chunks::parse(bytes) {
        Ok(chunks) if !chunks::is_animated(&chunks) => chunks::orientation(&chunks),
        _ => Orientation::default(),
    }
}

/// Compresses a PNG whose size has been checked.
pub fn recompress(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let length = bytes.len();
    let bytes = &*chunks::whole(bytes)?;
    let chunks = chunks::parse(bytes)?;
    let (width, height) = chunks::size(bytes)?;
    let frame_pixels = chunks::frame_pixels(&chunks);
    options.limits.check_frames(width, height, frame_pixels)?;
    let decoded = decode(bytes)?;
    let colour = chunks::colour(&chunks, decoded.profile.is_some());
    let mut stripped = chunks::write(&chunks, &colour, notice);
    // Where there is no room for it, an end chunk that had to be put in goes again.
    let too_many = stripped.len().saturating_sub(length);
    stripped.truncate(stripped.len() - too_many.min(bytes.len().saturating_sub(length)));
    if decoded.animated != chunks::is_animated(&chunks) {
        return Err(ImageError::damaged(
            Format::Png,
            "the animation's header is broken",
        ));
    }
    if decoded.animated {
        keep_frames(
            Format::Png,
            (width, height),
            options.smaller((width, height)),
        )?;
        return Ok(Output {
            format: Format::Png,
            width,
            height,
            bytes: stripped,
            kept: true,
        });
    }
    let orientation = chunks::orientation(&chunks);
    let pixels = decoded.pixels.upright(orientation);
    let smaller = options.smaller(pixels.size());
    let pixels = pixels.within(smaller);
    let can_be_kept = orientation.is_upright() && smaller.is_none();
    let coder = Lossy {
        stripped: can_be_kept.then_some(stripped),
        encode: |quality| {
            let encoded = encode(&pixels, decoded.profile, quality)?;
            Ok(chunks::write(&chunks::parse(&encoded)?, &colour, notice))
        },
    };
    let Candidate { bytes, kept } = choose(length, options.quality, coder)?;
    Ok(Output {
        format: Format::Png,
        width: pixels.width,
        height: pixels.height,
        bytes,
        kept,
    })
}

/// How many frames an animated PNG has; 0 for a still picture.
pub fn frames(bytes: &[u8]) -> Result<u64, ImageError> {
    Ok(chunks::frames(&chunks::parse(&chunks::whole(bytes)?)?))
}

/// Decodes a PNG whose size has been checked to upright pixels in sRGB: of an animation the picture that is shown
/// where it cannot move.
pub fn decode_upright(bytes: &[u8], limits: &PixelLimits) -> Result<Pixels, ImageError> {
    let bytes = &*chunks::whole(bytes)?;
    let chunks = chunks::parse(bytes)?;
    let (width, height) = chunks::size(bytes)?;
    limits.check_frames(width, height, chunks::frame_pixels(&chunks))?;
    let Contents { pixels, icc, .. } = decode(bytes)?;
    Ok(to_srgb(
        pixels.upright(chunks::orientation(&chunks)),
        icc.as_deref(),
    ))
}
