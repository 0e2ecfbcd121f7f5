//! The frames of a GIF as pixels.

use std::borrow::Cow;
use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use image::DynamicImage;
use image::codecs::gif::GifDecoder;

use crate::error::ImageError;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels};

/// The colours of files that have none, neither for all frames nor for one: black, and white.
const NO_COLOURS: [u8; 6] = [0, 0, 0, 255, 255, 255];

/// The file with a colour table for all frames, which those without one of their own take.
pub fn with_colours(bytes: &[u8]) -> Cow<'_, [u8]> {
    const FLAGS: usize = 10;
    const HEADER: usize = 13;
    const HAS_TABLE: u8 = 0x80;
    const LARGEST: u8 = 7;
    match (bytes.get(FLAGS), bytes.split_at_checked(HEADER)) {
        (Some(flags), Some((header, blocks))) if flags & HAS_TABLE == 0 => {
            let mut header = header.to_vec();
            header[FLAGS] |= HAS_TABLE | LARGEST;
            let mut table = NO_COLOURS.to_vec();
            table.resize(3 << (LARGEST + 1), 0);
            Cow::Owned([&header, &table, blocks].concat())
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// Decodes the first frame, on the whole screen.
pub fn first_frame(bytes: &[u8]) -> Result<Pixels, ImageError> {
    let bytes = with_colours(bytes);
    let image = GifDecoder::new(Cursor::new(&*bytes)).and_then(DynamicImage::from_decoder);
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
    let bytes = with_colours(bytes);
    let mut decoder = options.read_info(Cursor::new(&*bytes)).map_err(damaged)?;
    while decoder.read_next_frame().map_err(damaged)?.is_some() {}
    Ok(())
}
