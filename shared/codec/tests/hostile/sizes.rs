//! Headers that lie: every pair of sides at the edges of what fields hold, in files that are something else.

use halftone_codec::Format;

use crate::containers::repair;
use crate::sources::Source;
use crate::trial::Trial;

const SIDES: [u32; 11] = [
    0,
    1,
    7,
    256,
    999,
    1_001,
    16_384,
    16_385,
    65_535,
    65_536,
    u32::MAX,
];

pub fn run(trial: &mut Trial, sources: &[Source]) {
    for source in sources {
        for width in SIDES {
            for height in SIDES {
                let name = format!("{} of {width} × {height}", source.name);
                trial.run("sizes", &name, &with_size(source, width, height));
            }
        }
    }
}

fn with_size(source: &Source, width: u32, height: u32) -> Vec<u8> {
    let mut file = source.bytes.clone();
    match source.format {
        Format::Jpeg => {
            for marker in [b"\xff\xc0", b"\xff\xc2"] {
                each(&mut file, marker, 5, &big16(height, width));
            }
        }
        Format::Png => {
            each(&mut file, b"IHDR", 4, &big32(width, height));
            repair(&mut file);
        }
        Format::WebP => webp(&mut file, width, height),
        Format::Gif => {
            put(&mut file, 6, &little16(width, height));
            each(&mut file, b",\0\0\0\0", 5, &little16(width, height));
        }
        Format::Avif => each(&mut file, b"ispe", 8, &big32(width, height)),
        Format::Bmp => {
            let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
            put(&mut file, 18, &sides);
        }
        Format::Tiff => {
            // The tags of sides (TIFF 6.0, section 8), with one value of a kind.
            for (tag, side) in [(0, width), (1, height)] {
                for kind in [3, 4] {
                    let entry = [tag, 1, kind, 0, 1, 0, 0, 0];
                    each(&mut file, &entry, 8, &side.to_le_bytes());
                }
            }
        }
    }
    file
}

/// The canvas, and the picture's own size in either kind of data.
fn webp(file: &mut [u8], width: u32, height: u32) {
    let less = [width, height].map(|side| side.wrapping_sub(1));
    let canvas: Vec<u8> = less
        .iter()
        .flat_map(|side| side.to_le_bytes()[..3].to_vec())
        .collect();
    each(file, b"VP8X", 12, &canvas);
    each(file, b"\x9d\x01\x2a", 3, &little16(width, height));
    let bits = (less[0] & 0x3fff) | (less[1] & 0x3fff) << 14;
    each(file, b"VP8L", 9, &bits.to_le_bytes());
}

fn big16(one: u32, other: u32) -> Vec<u8> {
    [&one.to_be_bytes()[2..], &other.to_be_bytes()[2..]].concat()
}

fn big32(one: u32, other: u32) -> Vec<u8> {
    [one.to_be_bytes(), other.to_be_bytes()].concat()
}

fn little16(one: u32, other: u32) -> Vec<u8> {
    [&one.to_le_bytes()[..2], &other.to_le_bytes()[..2]].concat()
}

/// Writes bytes so far behind the first of each place where a pattern stands.
fn each(file: &mut [u8], pattern: &[u8], behind: usize, bytes: &[u8]) {
    let places: Vec<usize> = file
        .windows(pattern.len())
        .enumerate()
        .filter_map(|(at, window)| (window == pattern).then_some(at + behind))
        .collect();
    for at in places {
        put(file, at, bytes);
    }
}

fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    for (place, byte) in file.iter_mut().skip(at).zip(bytes) {
        *place = *byte;
    }
}
