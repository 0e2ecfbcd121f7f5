//! BMP: decoded by the `image` crate. It comes in, but never goes out.

use std::io::Cursor;

use ::image::codecs::bmp::BmpDecoder;
use ::image::{DynamicImage, ImageDecoder, ImageError as Failure};

use crate::bmp;
use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels};

/// A pixel of four channels, and as much for the decoder's own buffers.
const MAX_BYTES_PER_PIXEL: u64 = 8;

/// Width and height as the header declares them.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    match open(&bmp::plain(bytes)?)?.dimensions() {
        (0, _) | (_, 0) => Err(ImageError::damaged(Format::Bmp, "the picture is empty")),
        sides => Ok(sides),
    }
}

/// Decodes a picture whose size has been checked.
pub fn decode(bytes: &[u8], limits: &PixelLimits) -> Result<Pixels, ImageError> {
    let bytes = bmp::plain(bytes)?;
    let mut decoder = open(&bytes)?;
    let mut bounds = ::image::Limits::no_limits();
    bounds.max_alloc = Some(limits.max_pixels.saturating_mul(MAX_BYTES_PER_PIXEL));
    decoder.set_limits(bounds).map_err(failure)?;
    let image = DynamicImage::from_decoder(decoder).map_err(failure)?;
    let (width, height) = (image.width(), image.height());
    let (layout, samples) = match image.color().has_alpha() {
        false => (Layout::Rgb, image.into_rgb8().into_raw()),
        true => (Layout::Rgba, seen(image.into_rgba8().into_raw())),
    };
    Ok(Pixels {
        width,
        height,
        layout,
        samples,
    })
}

/// Alpha that is zero everywhere was never meant: Windows shows such a picture, and so do browsers.
fn seen(mut samples: Vec<u8>) -> Vec<u8> {
    let mut alpha = samples.iter().skip(3).step_by(4);
    if alpha.all(|alpha| *alpha == 0) {
        let alpha = samples.iter_mut().skip(3).step_by(4);
        alpha.for_each(|alpha| *alpha = u8::MAX);
    }
    samples
}

fn open(bytes: &[u8]) -> Result<BmpDecoder<Cursor<&[u8]>>, ImageError> {
    BmpDecoder::new(Cursor::new(bytes)).map_err(failure)
}

/// The decoder tells what it does not know from what is damaged.
fn failure(error: Failure) -> ImageError {
    match error {
        Failure::Unsupported(_) => ImageError::UnsupportedFormat {
            seen: "a BMP of a rare kind",
        },
        error => ImageError::damaged(Format::Bmp, error),
    }
}
