//! The blocks of a GIF file ([GIF89a](https://www.w3.org/Graphics/GIF/spec-gif89a.txt)).

use crate::error::ImageError;
use crate::picture::Format;

const HEADER_BYTES: usize = 6;
const SCREEN_BYTES: usize = 7;
const IMAGE_BYTES: usize = 9;

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
/// Stands between blocks where a writer ends one twice.
const FILLER: u8 = 0;

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

/// Width and height of the logical screen, which grows to the first frame where that is larger, as in libvips.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    match grown_screen(bytes) {
        Some((width @ 1.., height @ 1..)) => Ok((width.into(), height.into())),
        _ => Err(ImageError::damaged(
            Format::Gif,
            "the logical screen is missing, empty, or too small for what is on it",
        )),
    }
}

/// `None` if it is missing, or cannot grow so far.
fn grown_screen(bytes: &[u8]) -> Option<(u16, u16)> {
    let [screen_width, screen_height] = numbers(bytes.get(HEADER_BYTES..)?)?;
    let Some([left, top, width, height]) = first_frame(bytes) else {
        return Some((screen_width, screen_height));
    };
    let (right, bottom) = (left.checked_add(width)?, top.checked_add(height)?);
    Some((screen_width.max(right), screen_height.max(bottom)))
}

/// Place and size of the first frame.
fn first_frame(bytes: &[u8]) -> Option<[u16; 4]> {
    let mut at = blocks_start(bytes)?;
    loop {
        at = match *bytes.get(at)? {
            EXTENSION => sub_blocks_end(bytes, at + 2)?,
            FILLER => at + 1,
            IMAGE => return numbers(bytes.get(at + 1..)?),
            _ => return None,
        };
    }
}

/// Numbers of two bytes.
fn numbers<const N: usize>(bytes: &[u8]) -> Option<[u16; N]> {
    let pairs: &[[u8; 2]; N] = bytes.as_chunks().0.first_chunk()?;
    Some(pairs.map(u16::from_le_bytes))
}

/// Where the first block stands.
fn blocks_start(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(HEADER_BYTES + 4)?;
    Some(HEADER_BYTES + SCREEN_BYTES + table_bytes(flags))
}

/// The blocks that make the picture.
pub struct Stripped {
    /// The file of them, with a trailer, on a screen that is large enough for the first frame.
    pub bytes: Vec<u8>,
    pub frames: u64,
    /// The pixels of all frames, as their headers declare them.
    pub pixels: u64,
    /// The pixels of the largest frame.
    largest: u64,
    /// How often the animation is shown again; `None` for ever. Where several blocks say it, the last one counts.
    again: Option<u16>,
}

impl Stripped {
    /// How often the animation is shown, as WebP has it: 0 for ever.
    pub fn plays(&self) -> u16 {
        self.again.map_or(0, |again| again.saturating_add(1))
    }
}

impl Default for Stripped {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            frames: 0,
            pixels: 0,
            largest: 0,
            again: Some(0),
        }
    }
}

/// Takes a file apart and leaves its metadata out.
pub fn stripped(bytes: &[u8]) -> Result<Stripped, ImageError> {
    let damaged = |what: &'static str| ImageError::damaged(Format::Gif, what);
    let (width, height) = size(bytes)?;
    let mut stripped = strip(bytes).ok_or_else(|| damaged("the file ends inside a block"))?;
    let screen = [width, height].map(|side| side.to_le_bytes());
    for (place, [low, high, ..]) in [HEADER_BYTES, HEADER_BYTES + 2].into_iter().zip(screen) {
        stripped.bytes[place..place + 2].copy_from_slice(&[low, high]);
    }
    let screen = u64::from(width) * u64::from(height);
    if stripped.frames == 0 {
        Err(damaged("there is no picture in it"))
    } else if stripped.largest > SMALL_FRAME.max(FRAME_PER_SCREEN * screen) {
        Err(damaged("a frame is many times larger than the screen"))
    } else {
        Ok(stripped)
    }
}

/// Copies the blocks that make the picture, up to the trailer or, where there is none, the end of the file; `None` if
/// that is inside a block, or between a frame and what announces it.
fn strip(bytes: &[u8]) -> Option<Stripped> {
    let mut stripped = Stripped::default();
    let mut at = blocks_start(bytes)?;
    let mut awaits_frame = false;
    stripped.bytes.extend_from_slice(bytes.get(..at)?);
    loop {
        let end = match bytes.get(at).copied().unwrap_or(TRAILER) {
            TRAILER if awaits_frame && at >= bytes.len() => return None,
            TRAILER => {
                stripped.bytes.push(TRAILER);
                return Some(stripped);
            }
            FILLER => {
                at += 1;
                continue;
            }
            EXTENSION => {
                awaits_frame |= bytes.get(at + 1) == Some(&GRAPHIC_CONTROL);
                sub_blocks_end(bytes, at + 2)?
            }
            IMAGE => {
                awaits_frame = false;
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
        stripped.again = again(block).unwrap_or(stripped.again);
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

/// What a block says of how often the animation is shown again: `Some(None)` for ever.
fn again(block: &[u8]) -> Option<Option<u16>> {
    let [EXTENSION, APPLICATION, 11, block @ ..] = block else {
        return None;
    };
    let (application, block) = block.split_first_chunk::<11>()?;
    let &[3, 1, low, high, ..] = block else {
        return None;
    };
    let again = u16::from_le_bytes([low, high]);
    LOOPS
        .contains(&application)
        .then_some((again > 0).then_some(again))
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
