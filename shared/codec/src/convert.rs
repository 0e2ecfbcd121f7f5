//! From one format to another: a picture is decoded to upright sRGB pixels and encoded again.
//!
//! A format that was asked for is given, even where it takes more bytes than the source; its quality is lowered
//! in that case, in a few steps, until it does not. Of an animation the first frame is taken, unless WebP is asked
//! for, which animates.

use std::borrow::Cow;

use crate::choice::{Candidate, Lossy, choose};
use crate::error::{ImageError, PixelLimit};
use crate::formats::{avif, bmp, gif, jpeg, png, tiff, webp};
use crate::options::{Options, OutputFormat, Quality};
use crate::picture::{Format, Inspected, Output};
use crate::pixels::{Decoded, Samples};
use crate::png::encode::encode_srgb;
use crate::webp::codec::with_notice;
use crate::webp::header::MAX_SIDE;
use crate::webp::{animation, codec};

/// A picture with at most this many colours is no photograph.
const FEW_COLOURS: usize = 256;

/// Converts a picture whose size has been checked.
pub fn convert(
    bytes: &[u8],
    source: Inspected,
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    if options.format == OutputFormat::WebP {
        let frames = frames(bytes, source.format)?;
        if frames > 0 {
            return animate(bytes, source, frames, options, notice);
        }
    }
    let picture = decode(bytes, source, options)?;
    // By its own colours: a smaller drawing has more of them.
    let to = target(options.format, &picture);
    let smaller = options.smaller(picture.size());
    let picture = picture.within(smaller);
    replace(bytes, to, picture.size(), options, |quality| {
        encode(&picture, to, quality, notice)
    })
}

/// The output in place of a source that cannot be kept, for it has another format.
fn replace(
    bytes: &[u8],
    to: Format,
    (width, height): (u32, u32),
    options: &Options,
    encode: impl FnMut(Quality) -> Result<Vec<u8>, ImageError>,
) -> Result<Output, ImageError> {
    check_target(to, width, height)?;
    let coder = Lossy {
        stripped: None,
        encode,
    };
    let Candidate { bytes, kept } = choose(bytes.len(), options.quality, coder)?;
    Ok(Output {
        format: to,
        width,
        height,
        bytes,
        kept,
    })
}

/// How many frames an animation has that is to be one in WebP; 0 for a still picture.
fn frames(bytes: &[u8], from: Format) -> Result<u64, ImageError> {
    match from {
        Format::Gif => gif::frames(bytes).map(|frames| if frames > 1 { frames } else { 0 }),
        Format::Png => png::frames(bytes),
        _ => Ok(0),
    }
}

fn animate(
    bytes: &[u8],
    source: Inspected,
    frames: u64,
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let Inspected {
        format,
        width,
        height,
        ..
    } = source;
    let canvas = u64::from(width) * u64::from(height);
    options
        .limits
        .check_frames(width, height, canvas.saturating_mul(frames))?;
    let size = options.max_size.fit((width, height));
    let (whole, plays) = match format {
        Format::Gif => {
            let (whole, plays) = gif::whole(bytes)?;
            (Cow::Owned(whole), Some(plays))
        }
        _ => (Cow::Borrowed(bytes), None),
    };
    replace(bytes, Format::WebP, size, options, |quality| {
        let animated = animation::encode(&whole, format, size, plays, quality)?;
        with_notice(animated, size, notice)
    })
}

/// Decodes a picture: a JPEG to the size that it is to have, all others as they are.
fn decode(bytes: &[u8], source: Inspected, options: &Options) -> Result<Decoded, ImageError> {
    let limits = &options.limits;
    let smaller = options.smaller(source.upright_size());
    let pixels = match source.format {
        Format::Jpeg if options.format == OutputFormat::WebP => {
            return jpeg::decode_for_webp(bytes, limits, smaller);
        }
        Format::Jpeg => jpeg::decode(bytes, limits, smaller),
        Format::Png => png::decode_upright(bytes, limits),
        Format::WebP => webp::decode_upright(bytes, limits),
        Format::Gif => gif::first_frame(bytes, limits),
        Format::Tiff => tiff::decode_upright(bytes),
        Format::Bmp => bmp::decode(bytes, limits),
        Format::Avif => avif::decode_upright(bytes),
    };
    pixels.map(Decoded::srgb)
}

/// What is asked for, or what shows best what browsers do not know: PNG for drawings and for what has alpha, JPEG
/// for photographs.
fn target(asked: OutputFormat, picture: &Decoded) -> Format {
    match (asked, &picture.samples) {
        (OutputFormat::Jpeg, _) => Format::Jpeg,
        (OutputFormat::WebP, _) => Format::WebP,
        (OutputFormat::Avif, _) => Format::Avif,
        (OutputFormat::Png, _) => Format::Png,
        (OutputFormat::Original, Samples::Pixels(pixels))
            if pixels.has_transparency() || pixels.has_few_colours(FEW_COLOURS) =>
        {
            Format::Png
        }
        (OutputFormat::Original, _) => Format::Jpeg,
    }
}

/// WebP stores sides in 14 bits (RFC 9649, 2.7).
fn check_target(to: Format, width: u32, height: u32) -> Result<(), ImageError> {
    if to != Format::WebP || width.max(height) <= MAX_SIDE {
        return Ok(());
    }
    Err(ImageError::TooManyPixels {
        width,
        height,
        limit: PixelLimit::WebP(MAX_SIDE),
    })
}

fn encode(
    picture: &Decoded,
    to: Format,
    quality: Quality,
    notice: Option<&[u8]>,
) -> Result<Vec<u8>, ImageError> {
    match (to, &picture.samples) {
        (Format::WebP, _) => codec::encode(picture, quality, notice),
        (Format::Jpeg, Samples::Pixels(pixels)) => jpeg::encode(pixels, quality, notice),
        (Format::Avif, Samples::Pixels(pixels)) => avif::encode(pixels, quality, notice),
        (Format::Png, Samples::Pixels(pixels)) => encode_srgb(pixels, quality, notice),
        (to, _) => Err(ImageError::internal(to, "nothing encodes this")),
    }
}
