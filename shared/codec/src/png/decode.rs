//! From a PNG file to its pixels.

use std::io::Cursor;

use png::{ColorType, Transformations};

use crate::error::ImageError;
use crate::metadata::icc::{Profile, Space};
use crate::picture::Format;
use crate::pixels::{Layout, Pixels};

/// The most memory that a decoded picture's metadata may take beside its pixels, in bytes.
const MAX_METADATA_BYTES: usize = 8 * 1024 * 1024;

/// What is in a file.
pub struct Contents {
    pub pixels: Pixels,
    /// The ICC profile.
    pub icc: Option<Vec<u8>>,
    /// What the ICC profile is for, if there is one to be kept.
    pub profile: Option<Space>,
    /// There are frames, and all of them decode.
    pub animated: bool,
}

/// Decodes all of a file: the frames of an animation too, of which the first is returned.
pub fn decode(bytes: &[u8]) -> Result<Contents, ImageError> {
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
    Ok(Contents {
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
    let space = layout.space();
    Profile::of(info.icc_profile.as_deref()?, space).map(|_| space)
}
