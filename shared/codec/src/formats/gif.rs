//! GIF: a still picture becomes PNG where that is smaller; an animation is kept, for it has nothing to lose but its
//! metadata.

use super::animation::keep_frames;
use crate::choice::{Candidate, Lossy, choose};
use crate::error::ImageError;
use crate::gif::blocks::{Stripped, stripped};
use crate::gif::decode;
use crate::limits::PixelLimits;
use crate::options::Options;
use crate::picture::{Format, Output};
use crate::pixels::Pixels;
use crate::png::encode::encode_srgb;

pub use crate::gif::blocks::size;

/// Compresses a GIF whose size has been checked, and checks that every frame decodes.
pub fn recompress(bytes: &[u8], options: &Options) -> Result<Output, ImageError> {
    let (width, height) = size(bytes)?;
    let stripped = checked(bytes, &options.limits)?;
    let smaller = options.smaller((width, height));
    let length = bytes.len();
    let Candidate { mut bytes, kept } = if stripped.frames > 1 {
        keep_frames(Format::Gif, (width, height), smaller)?;
        Candidate::kept(stripped.bytes)
    } else {
        let pixels = decode::first_frame(&stripped.bytes)?.within(smaller);
        let coder = Lossy {
            stripped: smaller.is_none().then_some(stripped.bytes),
            encode: |quality| encode_srgb(&pixels, quality, None),
        };
        choose(length, options.quality, coder)?
    };
    if kept && bytes.len() > length {
        bytes.pop(); // the trailer, which the source has not either
    }
    let (width, height) = smaller.unwrap_or((width, height));
    Ok(Output {
        format: if kept { Format::Gif } else { Format::Png },
        width,
        height,
        bytes,
        kept,
    })
}

/// How many pictures there are in a GIF.
pub fn frames(bytes: &[u8]) -> Result<u64, ImageError> {
    Ok(stripped(bytes)?.frames)
}

/// Decodes the first frame, on the whole screen.
pub fn first_frame(bytes: &[u8], limits: &PixelLimits) -> Result<Pixels, ImageError> {
    decode::first_frame(&checked(bytes, limits)?.bytes)
}

/// The file with all that decoders ask for, and how often it is shown; 0 for ever.
pub fn whole(bytes: &[u8]) -> Result<(Vec<u8>, u16), ImageError> {
    let stripped = stripped(bytes)?;
    let file = decode::with_colours(&stripped.bytes).into_owned();
    Ok((file, stripped.plays()))
}

fn checked(bytes: &[u8], limits: &PixelLimits) -> Result<Stripped, ImageError> {
    let (width, height) = size(bytes)?;
    let stripped = stripped(bytes)?;
    limits.check_frames(width, height, stripped.pixels)?;
    decode::check_frames(&stripped.bytes, limits.max_pixels)?;
    Ok(stripped)
}
