//! PNG: reduced to a palette, or left in true colour where no palette does the picture justice.
//!
//! Measured against sharp 0.35.5 and its `png({quality: 50})` on 22 pictures that were not tuned on: photographs,
//! cut-outs, screenshots, charts, scans, line art. Medians: 0.22 of the CPU time, 0.81 of the bytes at the same
//! SSIMULACRA2. Pictures of a few flat colours come out larger than sharp's, with more of their colours.
//!
//! Memory is the source twice, the decoded samples, a byte a pixel of indices and as much to compress them into:
//! 76 MB for a photograph of 12 megapixels.

mod chunks;
mod encode;
mod palette;

use std::io::Cursor;

use png::{ColorType, Transformations};

use super::choice::{Choice, Source, choose};
use super::icc::{Profile, Space};
use super::pixels::{Layout, Pixels};
use super::{Format, ImageError, Options, Output, PixelLimits, Quality, srgb};

/// The most memory that a decoded picture's metadata may take beside its pixels, in bytes.
const MAX_METADATA_BYTES: usize = 8 * 1024 * 1024;

/// Width and height from the header chunk, which is always the first.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    let header = || {
        let (kind, header) = bytes.get(12..)?.split_first_chunk::<4>()?;
        let (width, header) = header.split_first_chunk()?;
        let sides = (
            u32::from_be_bytes(*width),
            u32::from_be_bytes(*header.first_chunk()?),
        );
        (kind == b"IHDR" && sides.0 > 0 && sides.1 > 0).then_some(sides)
    };
    header().ok_or_else(|| {
        ImageError::damaged(Format::Png, "the header chunk is missing or says nothing")
    })
}

/// The EXIF data of a PNG.
pub(super) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    chunks::exif(&chunks::parse(bytes).ok()?)
}

/// Compresses a PNG whose size has been checked.
pub(super) fn recompress(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let chunks = chunks::parse(bytes)?;
    let (width, height) = size(bytes)?;
    let frame_pixels = chunks::frame_pixels(&chunks);
    options.limits.check_frames(width, height, frame_pixels)?;
    let decoded = decode(bytes)?;
    let colour = chunks::colour(&chunks, decoded.profile.is_some());
    let stripped = chunks::write(&chunks, &colour, notice);
    if decoded.animated != chunks::is_animated(&chunks) {
        return Err(ImageError::damaged(
            Format::Png,
            "the animation's header is broken",
        ));
    }
    if decoded.animated {
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
    let source = Source {
        length: bytes.len(),
        kept: orientation.is_upright().then_some(stripped),
    };
    let Choice { bytes, kept } = choose(source, options.quality, |quality| {
        let encoded = encode::encode(&pixels, decoded.profile, quality)?;
        Ok(chunks::write(&chunks::parse(&encoded)?, &colour, notice))
    })?;
    Ok(Output {
        format: Format::Png,
        width: pixels.width,
        height: pixels.height,
        bytes,
        kept,
    })
}

/// How many frames an animated PNG has; 0 for a still picture.
pub(super) fn frames(bytes: &[u8]) -> Result<u64, ImageError> {
    Ok(chunks::frames(&chunks::parse(bytes)?))
}

/// Decodes a PNG whose size has been checked to upright pixels in sRGB: of an animation the picture that is shown
/// where it cannot move.
pub(super) fn decode_upright(bytes: &[u8], limits: &PixelLimits) -> Result<Pixels, ImageError> {
    let chunks = chunks::parse(bytes)?;
    let (width, height) = size(bytes)?;
    limits.check_frames(width, height, chunks::frame_pixels(&chunks))?;
    let Decoded { pixels, icc, .. } = decode(bytes)?;
    Ok(srgb::convert(
        pixels.upright(chunks::orientation(&chunks)),
        icc.as_deref(),
    ))
}

/// Encodes an upright picture in sRGB.
pub(super) fn encode_srgb(
    pixels: &Pixels,
    quality: Quality,
    notice: Option<&[u8]>,
) -> Result<Vec<u8>, ImageError> {
    let encoded = encode::encode(pixels, None, quality)?;
    match notice {
        Some(_) => Ok(chunks::write(&chunks::parse(&encoded)?, &[], notice)),
        None => Ok(encoded),
    }
}

struct Decoded {
    pixels: Pixels,
    /// The ICC profile.
    icc: Option<Vec<u8>>,
    /// What the ICC profile is for, if there is one to be kept.
    profile: Option<Space>,
    /// There are frames, and all of them decode.
    animated: bool,
}

/// Decodes all of a file: the frames of an animation too, of which the first is returned.
fn decode(bytes: &[u8]) -> Result<Decoded, ImageError> {
    let damaged = |error: png::DecodingError| ImageError::damaged(Format::Png, error);
    let mut decoder = png::Decoder::new_with_limits(
        Cursor::new(bytes),
        png::Limits {
            bytes: MAX_METADATA_BYTES,
        },
    );
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.ignore_checksums(false);
    let mut reader = decoder.read_info().map_err(damaged)?;
    let too_large = || ImageError::damaged(Format::Png, png::DecodingError::LimitsExceeded);
    let mut samples = vec![0; reader.output_buffer_size().ok_or_else(too_large)?];
    let first = reader.next_frame(&mut samples).map_err(damaged)?;
    let shown_apart = u32::from(reader.info().frame_control.is_none());
    let frames = reader
        .info()
        .animation_control
        .map_or(1, |control| control.num_frames.saturating_add(shown_apart));
    let mut frame = if frames > 1 {
        vec![0; samples.len()]
    } else {
        Vec::new()
    };
    for _ in 1..frames {
        reader.next_frame(&mut frame).map_err(damaged)?;
    }
    reader.finish().map_err(damaged)?;
    let pixels = Pixels {
        width: first.width,
        height: first.height,
        layout: layout(first.color_type)?,
        samples,
    };
    Ok(Decoded {
        profile: profile_space(reader.info(), pixels.layout),
        animated: reader.info().animation_control.is_some(),
        icc: reader.info().icc_profile.as_deref().map(<[u8]>::to_vec),
        pixels,
    })
}

fn layout(color_type: ColorType) -> Result<Layout, ImageError> {
    match color_type {
        ColorType::Grayscale => Ok(Layout::Gray),
        ColorType::GrayscaleAlpha => Ok(Layout::GrayAlpha),
        ColorType::Rgb => Ok(Layout::Rgb),
        ColorType::Rgba => Ok(Layout::Rgba),
        ColorType::Indexed => Err(ImageError::internal(
            Format::Png,
            "the decoder did not expand a palette",
        )),
    }
}

/// What the file's ICC profile is for: `None` if there is none, if it is sRGB, or if it is for other samples.
fn profile_space(info: &png::Info<'_>, layout: Layout) -> Option<Space> {
    let profile = Profile::unlike_srgb(info.icc_profile.as_deref()?)?;
    let fits = (profile.space == Space::Gray) == layout.is_gray();
    fits.then_some(profile.space)
}
