//! The blocks of a GIF file ([GIF89a](https://www.w3.org/Graphics/GIF/spec-gif89a.txt)).

use crate::error::ImageError;
use crate::picture::Format;

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

/// The blocks that make the picture.
#[derive(Default)]
pub struct Stripped {
    /// The file of them.
    pub bytes: Vec<u8>,
    pub frames: u64,
    /// The pixels of all frames, as their headers declare them.
    pub pixels: u64,
    /// The pixels of the largest frame.
    largest: u64,
}

/// Takes a file apart and leaves its metadata out.
pub fn stripped(bytes: &[u8]) -> Result<Stripped, ImageError> {
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

/// Copies the blocks that make the picture; `None` if
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
