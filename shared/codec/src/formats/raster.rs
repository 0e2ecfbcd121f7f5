//! BMP and TIFF: decoded by the `image` crate. They come in, but never go out.

use std::io::Cursor;

use ::image::codecs::bmp::BmpDecoder;
use ::image::codecs::tiff::TiffDecoder;
use ::image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageError as Failure, ImageResult};

use super::tiff_palette::Indexed;
use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::metadata::exif::Tiff;
use crate::metadata::orientation::Orientation;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels, to_srgb};

/// A pixel of four channels in 32-bit floating point, and as much for the decoder's own buffers.
const MAX_BYTES_PER_PIXEL: u64 = 32;

const EXTRA_SAMPLES_TAG: u16 = 338;
const ASSOCIATED_ALPHA: u16 = 1;

type Decoder<'a> = Box<dyn ImageDecoder + 'a>;

/// Width and height as the header declares them.
pub fn size(bytes: &[u8], format: Format) -> Result<(u32, u32), ImageError> {
    let indexed = Indexed::new(bytes);
    let file = indexed.as_ref().map_or(bytes, |indexed| &indexed.grays);
    let decoder = open(file, format).map_err(|error| failure(format, error))?;
    // Their colours depend on a press, and on a profile that says which.
    if let ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16 = decoder.original_color_type() {
        let seen = "a TIFF for printing (CMYK)";
        return Err(ImageError::UnsupportedFormat { seen });
    }
    match decoder.dimensions() {
        (0, _) | (_, 0) => Err(ImageError::damaged(format, "the picture is empty")),
        sides => Ok(sides),
    }
}

/// Decodes a picture whose size has been checked: of a TIFF of many pages the first.
pub fn decode(bytes: &[u8], format: Format, limits: &PixelLimits) -> Result<Pixels, ImageError> {
    let indexed = Indexed::new(bytes);
    let file = indexed.as_ref().map_or(bytes, |indexed| &indexed.grays);
    let decode = || {
        let mut decoder = open(file, format)?;
        let mut bounds = ::image::Limits::no_limits();
        bounds.max_alloc = Some(limits.max_pixels.saturating_mul(MAX_BYTES_PER_PIXEL));
        decoder.set_limits(bounds)?;
        let profile = decoder.icc_profile()?;
        Ok((DynamicImage::from_decoder(decoder)?, profile))
    };
    let (image, profile) = decode().map_err(|error| failure(format, error))?;
    let mut pixels = pixels(image);
    if let Some(indexed) = indexed {
        pixels = indexed.colours(&pixels);
    }
    if has_associated_alpha(bytes) {
        divide_out_alpha(&mut pixels);
    }
    // A BMP says nothing of it.
    let orientation = Orientation::from_exif(bytes).unwrap_or_default();
    Ok(to_srgb(pixels.upright(orientation), profile.as_deref()))
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

/// Whether the samples of a TIFF are multiplied by its alpha already (TIFF 6.0, section 18).
fn has_associated_alpha(bytes: &[u8]) -> bool {
    let extra = Tiff::new(bytes).and_then(|tiff| tiff.number(EXTRA_SAMPLES_TAG));
    extra == Some(ASSOCIATED_ALPHA)
}

fn divide_out_alpha(pixels: &mut Pixels) {
    let channels = match pixels.layout {
        Layout::GrayAlpha => 2,
        Layout::Rgba => 4,
        Layout::Gray | Layout::Rgb => return,
    };
    for pixel in pixels.samples.chunks_exact_mut(channels) {
        let Some((alpha @ 1.., colours)) = pixel.split_last_mut() else {
            continue;
        };
        let alpha = u16::from(*alpha);
        for sample in colours {
            let divided = (u16::from(*sample) * 255 + alpha / 2) / alpha;
            *sample = u8::try_from(divided).unwrap_or(u8::MAX);
        }
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
