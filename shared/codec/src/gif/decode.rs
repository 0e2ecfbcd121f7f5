//! The frames of a GIF as pixels.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use image::DynamicImage;
use image::codecs::gif::GifDecoder;

use crate::error::ImageError;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels};

/// Decodes the first frame, on the whole screen.
pub fn first_frame(bytes: &[u8]) -> Result<Pixels, ImageError> {
    let image = GifDecoder::new(Cursor::new(bytes)).and_then(DynamicImage::from_decoder);
    let image = image.map_err(|error| ImageError::damaged(Format::Gif, error))?;
    Ok(Pixels {
        width: image.width(),
        height: image.height(),
        layout: Layout::Rgba,
        samples: image.into_rgba8().into_raw(),
    })
}

/// Decodes every frame, one at a time, and throws it away.
pub fn check_frames(bytes: &[u8], max_pixels: u64) -> Result<(), ImageError> {
    let damaged = |error: gif::DecodingError| ImageError::damaged(Format::Gif, error);
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    if let Ok(limit) = max_pixels.try_into() {
        options.set_memory_limit(MemoryLimit::Bytes(limit));
    }
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(damaged)?;
    while decoder.read_next_frame().map_err(damaged)?.is_some() {}
    Ok(())
}
