//! BMP and TIFF: decoded by the `image` crate. They come in, but never go out.

use std::io::Cursor;

use ::image::codecs::bmp::BmpDecoder;
use ::image::codecs::tiff::TiffDecoder;
use ::image::{DynamicImage, ImageDecoder, ImageError as Failure, ImageResult};

use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::metadata::orientation::Orientation;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels, to_srgb};

/// A pixel of four channels in 32-bit floating point, and as much for the decoder's own buffers.
const MAX_BYTES_PER_PIXEL: u64 = 32;

type Decoder<'a> = Box<dyn ImageDecoder + 'a>;

/// Width and height as the header declares them.
pub fn size(bytes: &[u8], format: Format) -> Result<(u32, u32), ImageError> {
    let decoder = open(bytes, format).map_err(|error| failure(format, error))?;
    match decoder.dimensions() {
        (0, _) | (_, 0) => Err(ImageError::damaged(format, "the picture is empty")),
        sides => Ok(sides),
    }
}

/// Decodes a picture whose size has been checked: of a TIFF of many pages the first.
pub fn decode(bytes: &[u8], format: Format, limits: &PixelLimits) -> Result<Pixels, ImageError> {
    let decode = || {
        let mut decoder = open(bytes, format)?;
        let mut bounds = ::image::Limits::no_limits();
        bounds.max_alloc = Some(limits.max_pixels.saturating_mul(MAX_BYTES_PER_PIXEL));
        decoder.set_limits(bounds)?;
        let profile = decoder.icc_profile()?;
        Ok((DynamicImage::from_decoder(decoder)?, profile))
    };
    let (image, profile) = decode().map_err(|error| failure(format, error))?;
    // A BMP says nothing of it.
    let orientation = Orientation::from_exif(bytes).unwrap_or_default();
    Ok(to_srgb(
        pixels(image).upright(orientation),
        profile.as_deref(),
    ))
}

fn open(bytes: &[u8], format: Format) -> ImageResult<Decoder<'_>> {
    let file = Cursor::new(bytes);
    Ok(match format {
        Format::Bmp => Box::new(BmpDecoder::new(file)?),
        _ => Box::new(TiffDecoder::new(file)?),
    })
}

fn pixels(image: DynamicImage) -> Pixels {
    let (width, height, color) = (image.width(), image.height(), image.color());
    let (layout, samples) = match (color.has_color(), color.has_alpha()) {
        (false, false) => (Layout::Gray, image.into_luma8().into_raw()),
        (false, true) => (Layout::GrayAlpha, image.into_luma_alpha8().into_raw()),
        (true, false) => (Layout::Rgb, image.into_rgb8().into_raw()),
        (true, true) => (Layout::Rgba, image.into_rgba8().into_raw()),
    };
    Pixels {
        width,
        height,
        layout,
        samples,
    }
}

/// The decoder tells what it does not know from what is damaged.
fn failure(format: Format, error: Failure) -> ImageError {
    match (error, format) {
        (Failure::Unsupported(_), Format::Bmp) => ImageError::UnsupportedFormat {
            seen: "a BMP of a rare kind",
        },
        (Failure::Unsupported(_), _) => ImageError::UnsupportedFormat {
            seen: "a TIFF of a rare kind",
        },
        (error, _) => ImageError::damaged(format, error),
    }
}
