//! GIF: a still picture becomes PNG where that is smaller; an animation is kept, for it has nothing to lose but its
//! metadata.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};
use image::DynamicImage;
use image::codecs::gif::GifDecoder;

use crate::choice::{Candidate, Lossy, choose};
use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::options::Options;
use crate::picture::{Format, Output};
use crate::pixels::{Layout, Pixels};
use crate::png::encode::encode_srgb;

const HEADER_BYTES: usize = 6;
const SCREEN_BYTES: usize = 7;
const IMAGE_BYTES: usize = 9;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;

const PLAIN_TEXT: u8 = 0x01;
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// The applications whose extensions say how often an animation is shown.
const LOOPS: [&[u8; 11]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// How many times as many pixels as the screen a frame may have. It should have no more, yet there are such files, and
/// only what is on the screen counts; but memory is reserved for the screen.
const FRAME_PER_SCREEN: u64 = 4;

/// A frame of so many pixels is none too large for any screen: its 1 MiB is not worth counting.
const SMALL_FRAME: u64 = 1 << 18;

/// Width and height of the logical screen.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    let screen = bytes
        .get(HEADER_BYTES..)
        .and_then(|screen| screen.first_chunk::<4>());
    match screen.map(|[a, b, c, d]| (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]))) {
        Some((width @ 1.., height @ 1..)) => Ok((width.into(), height.into())),
        _ => Err(ImageError::damaged(
            Format::Gif,
            "the logical screen is missing or empty",
        )),
    }
}

/// Compresses a GIF whose size has been checked, and checks that every frame decodes.
pub fn recompress(bytes: &[u8], options: &Options) -> Result<Output, ImageError> {
    let (width, height) = size(bytes)?;
    let stripped = checked(bytes, &options.limits)?;
    let Candidate { bytes, kept } = if stripped.frames > 1 {
        Candidate::kept(stripped.bytes)
    } else {
        let pixels = decode_first(bytes)?;
        let coder = Lossy {
            stripped: Some(stripped.bytes),
            encode: |quality| encode_srgb(&pixels, quality, None),
        };
        choose(bytes.len(), options.quality, coder)?
    };
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
    checked(bytes, limits)?;
    decode_first(bytes)
}

fn decode_first(bytes: &[u8]) -> Result<Pixels, ImageError> {
    let image = GifDecoder::new(Cursor::new(bytes)).and_then(DynamicImage::from_decoder);
    let image = image.map_err(|error| ImageError::damaged(Format::Gif, error))?;
    Ok(Pixels {
        width: image.width(),
        height: image.height(),
        layout: Layout::Rgba,
        samples: image.into_rgba8().into_raw(),
    })
}

fn stripped(bytes: &[u8]) -> Result<Stripped, ImageError> {
    let damaged = |what: &'static str| ImageError::damaged(Format::Gif, what);
    let stripped = strip(bytes).ok_or_else(|| damaged("the file ends before its trailer"))?;
    let (width, height) = size(bytes)?;
    let screen = u64::from(width) * u64::from(height);
    if stripped.frames == 0 {
        Err(damaged("there is no picture in it"))
    } else if stripped.largest > SMALL_FRAME.max(FRAME_PER_SCREEN * screen) {
        Err(damaged("a frame is many times larger than the screen"))
    } else {
        Ok(stripped)
    }
}

fn checked(bytes: &[u8], limits: &PixelLimits) -> Result<Stripped, ImageError> {
    let (width, height) = size(bytes)?;
    let stripped = stripped(bytes)?;
    limits.check_frames(width, height, stripped.pixels)?;
    check_frames(&stripped.bytes, limits.max_pixels)?;
    Ok(stripped)
}

/// Decodes every frame, one at a time, and throws it away.
fn check_frames(bytes: &[u8], max_pixels: u64) -> Result<(), ImageError> {
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

#[derive(Default)]
struct Stripped {
    bytes: Vec<u8>,
    frames: u64,
    /// The pixels of all frames, as their headers declare them.
    pixels: u64,
    /// The pixels of the largest frame.
    largest: u64,
}

/// Copies the blocks that make the picture ([GIF89a](https://www.w3.org/Graphics/GIF/spec-gif89a.txt)); `None` if
/// the blocks do not reach to a trailer.
fn strip(bytes: &[u8]) -> Option<Stripped> {
    let mut stripped = Stripped::default();
    let screen = HEADER_BYTES + SCREEN_BYTES;
    let mut at = screen + table_bytes(*bytes.get(HEADER_BYTES + 4)?);
    stripped.bytes.extend_from_slice(bytes.get(..at)?);
    loop {
        let end = match *bytes.get(at)? {
            TRAILER => {
                stripped.bytes.push(TRAILER);
                return Some(stripped);
            }
            EXTENSION => sub_blocks_end(bytes, at + 2)?,
            IMAGE => {
                let header = bytes.get(at + 1..at + 1 + IMAGE_BYTES)?;
                let side = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
                stripped.frames += 1;
                let pixels = side(4) * side(6);
                stripped.pixels += pixels;
                stripped.largest = stripped.largest.max(pixels);
                sub_blocks_end(bytes, at + 1 + IMAGE_BYTES + table_bytes(header[8]) + 1)?
            }
            _ => return None,
        };
        let block = bytes.get(at..end)?;
        if makes_the_picture(block) {
            stripped.bytes.extend_from_slice(block);
        }
        at = end;
    }
}

/// The size of a colour table, from the byte of flags that announces it.
fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// Where a sequence of sub-blocks ends, its terminator included.
fn sub_blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

fn makes_the_picture(block: &[u8]) -> bool {
    match block {
        [EXTENSION, GRAPHIC_CONTROL | PLAIN_TEXT, ..] => true,
        [EXTENSION, APPLICATION, _, name @ ..] => LOOPS
            .iter()
            .any(|application| name.starts_with(*application)),
        [EXTENSION, ..] => false,
        _ => true,
    }
}
