//! What strips are compressed with.

use std::io::Write;

use fax::encoder::Encoder as FaxEncoder;
use fax::{BitWriter, Bits, Color, VecWriter};
use flate2::write::ZlibEncoder;

use super::*;

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn lzw(data: &[u8]) -> Vec<u8> {
    let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    encoder.encode(data).unwrap()
}

/// In the way of before 1990.
fn old_lzw(data: &[u8]) -> Vec<u8> {
    let mut encoder = weezl::encode::Encoder::new(weezl::BitOrder::Lsb, 8);
    encoder.encode(data).unwrap()
}

/// Copies of up to 128 bytes, a byte that says nothing, and a run for the last.
fn pack_bits(data: &[u8]) -> Vec<u8> {
    let (last, data) = data.split_last().unwrap();
    let copies = data.chunks(128);
    let copies = copies.flat_map(|copy| {
        let count = u8::try_from(copy.len() - 1).unwrap();
        [&[128, count], copy].concat()
    });
    // One more than there is room for.
    copies.chain([255, *last]).collect()
}

/// The differences to the pixel on the left.
fn differences(data: &[u8], channels: usize) -> Vec<u8> {
    let rows = data.chunks(WIDTH * channels);
    let rows = rows.flat_map(|row| {
        let left = |at: usize| at.checked_sub(channels).map_or(0, |left| row[left]);
        (0..row.len()).map(move |at| row[at].wrapping_sub(left(at)))
    });
    rows.collect()
}

/// The black and white picture in the two dimensions of Group 4.
fn group4() -> Vec<u8> {
    let mut encoder = FaxEncoder::new(VecWriter::new());
    for y in 0..HEIGHT {
        let row = (0..WIDTH).map(|x| {
            if is_black(x, y) {
                Color::Black
            } else {
                Color::White
            }
        });
        encoder.encode_line(row, 21).unwrap();
    }
    encoder.finish().unwrap().finish()
}

/// A file of each kind.
pub fn files() -> Vec<File> {
    let data = all(rgb);
    let file = |number, data: Vec<u8>| plain(2, 3, &[data]).with(259, &[number]);
    let gray = |data: Vec<u8>| {
        File::new(WIDTH, HEIGHT)
            .with(258, &[1])
            .with(262, &[0])
            .of(&[data])
    };
    let mut rows = VecWriter::new();
    for y in 0..HEIGHT {
        by_runs(&mut rows, y);
        rows.pad();
    }
    let group4 = group4();
    let photo = DynamicImage::from(photo(48, 32));
    let inside = File::new(48, 32).with(258, &[8, 8, 8]).with(277, &[3]);
    let inside = |number, colour, format| {
        let inside = inside.clone().with(259, &[number]).with(262, &[colour]);
        inside.of(&[written(&photo, format)])
    };
    vec![
        file(1, data.clone()),
        file(5, lzw(&data)),
        file(8, deflated(&differences(&data, 3))).with(317, &[2]),
        file(32_773, pack_bits(&data)),
        gray(rows.finish()).with(259, &[2]),
        gray(group4).with(259, &[4]),
        inside(7, 6, ImageFormat::Jpeg),
        inside(50_001, 2, ImageFormat::WebP),
    ]
}

#[test]
fn bytes_of_every_compression() {
    let data = all(rgb);
    for (number, compressed) in [
        (8, deflated as fn(&[u8]) -> Vec<u8>),
        (32_946, deflated),
        (5, lzw),
        (5, old_lzw),
        (32_773, pack_bits),
    ] {
        let file = plain(2, 3, &[compressed(&data)]).with(259, &[number]);
        assert_eq!(shown(&file), opaque(rgb), "{number}");
        let apart = plain(2, 3, &[compressed(&differences(&data, 3))]);
        let file = apart.with(259, &[number]).with(317, &[2]);
        assert_eq!(shown(&file), opaque(rgb), "{number} by differences");
        let short = plain(2, 3, &[compressed(&data[..data.len() - 3])]).with(259, &[number]);
        assert_eq!(code(&short.bytes()), "decode_failed", "{number}");
    }
}

#[test]
fn differences_of_words() {
    for writing in Writing::ALL {
        let word = |x: usize, y: usize| u16::from(gray(x, y)) * 257;
        let left = |x: usize, y| x.checked_sub(1).map_or(0, |x| word(x, y));
        let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        let data = places.flat_map(|(x, y)| writing.word(word(x, y).wrapping_sub(left(x, y))));
        let file = plain(1, 1, &[data.collect()])
            .with(258, &[16])
            .with(317, &[2]);
        assert_eq!(shown(&file.written(writing)), grays(), "{writing:?}");
    }
}

fn is_black(x: usize, y: usize) -> bool {
    gray(x, y) < 128
}

/// Runs of one row, white first.
fn runs(y: usize) -> Vec<(Color, u16)> {
    let mut runs = vec![(Color::White, 0)];
    for x in 0..WIDTH {
        let color = if is_black(x, y) {
            Color::Black
        } else {
            Color::White
        };
        match runs.last_mut() {
            Some((last, length)) if *last == color => *length += 1,
            _ => runs.push((color, 1)),
        }
    }
    runs
}

fn by_runs(bits: &mut VecWriter, y: usize) {
    for (color, length) in runs(y) {
        let code = match color {
            Color::White => fax::maps::white::encode(length),
            Color::Black => fax::maps::black::encode(length),
        };
        bits.write(code.unwrap()).unwrap();
    }
}

fn bits(data: u16, len: u8) -> Bits {
    Bits { data, len }
}

#[test]
fn fax_of_every_kind() {
    let expected = opaque(|x, y| if is_black(x, y) { [0; 3] } else { [255; 3] });
    let file = |number, data: Vec<u8>| {
        let file = File::new(WIDTH, HEIGHT).with(258, &[1]).with(262, &[0]);
        file.with(259, &[number]).of(&[data])
    };
    let mut rows = VecWriter::new();
    let mut lines = VecWriter::new();
    for y in 0..HEIGHT {
        by_runs(&mut rows, y);
        rows.pad();
        lines.write(bits(1, 12)).unwrap();
        by_runs(&mut lines, y);
    }
    assert_eq!(shown(&file(2, rows.finish())), expected);
    let lines = lines.finish();
    assert_eq!(shown(&file(3, lines.clone())), expected);
    let group4 = group4();
    assert_eq!(shown(&file(4, group4.clone())), expected);
    // Where the lowest bit is the first, black is white, and a code is broken.
    let turned = group4.iter().map(|byte| byte.reverse_bits()).collect();
    assert_eq!(shown(&file(4, turned).with(266, &[2])), expected);
    let inverted = opaque(|x, y| if is_black(x, y) { [255; 3] } else { [0; 3] });
    assert_eq!(shown(&file(4, group4).with(262, &[1])), inverted);
    let mut broken = lines;
    broken[20..24].fill(0xff);
    assert_eq!(code(&file(3, broken).bytes()), "decode_failed");
}

/// A row by runs and the next by the one above it, as a bit behind the end of each line says.
#[test]
fn fax_in_two_dimensions() {
    let mut lines = VecWriter::new();
    for y in 0..HEIGHT {
        lines.write(bits(1, 12)).unwrap();
        lines.write(bits(u16::from(y % 2 == 0), 1)).unwrap();
        match y % 2 {
            0 => by_runs(&mut lines, y),
            // Straight down from each change above, and to the end of the line.
            _ => (0..runs(y - 1).len()).for_each(|_| lines.write(bits(1, 1)).unwrap()),
        }
    }
    let file = File::new(WIDTH, HEIGHT).with(258, &[1]).with(262, &[0]);
    let file = file.with(259, &[3]).with(292, &[1]).of(&[lines.finish()]);
    let black = |x, y: usize| is_black(x, y - y % 2);
    let expected = opaque(|x, y| if black(x, y) { [0; 3] } else { [255; 3] });
    assert_eq!(shown(&file), expected);
}

/// A JPEG without its tables, and these.
fn without_tables(jpeg: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut rest, mut tables) = (jpeg[..2].to_vec(), jpeg[..2].to_vec());
    let mut at = 2;
    while jpeg[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let is_table = matches!(jpeg[at + 1], 0xdb | 0xc4);
        let part = if is_table { &mut tables } else { &mut rest };
        part.extend_from_slice(&jpeg[at..end]);
        at = end;
    }
    rest.extend_from_slice(&jpeg[at..]);
    tables.extend(b"\xff\xd9");
    (rest, tables)
}

#[test]
fn jpeg_inside_has_the_colours_that_the_tiff_says() {
    let photo = DynamicImage::from(photo(48, 32));
    let jpeg = written(&photo, ImageFormat::Jpeg);
    let expected = decode(&jpeg);
    let (rest, tables) = without_tables(&jpeg);
    let file = File::new(48, 32).with(258, &[8, 8, 8]).with(277, &[3]);
    let file = file.with(259, &[7]);
    let shown = |file: File| {
        let done = converted(&file.bytes(), OutputFormat::Png);
        decode(&done.bytes)
    };
    let whole = file.clone().with(262, &[6]).of(std::slice::from_ref(&jpeg));
    assert_same(&shown(whole), &expected);
    let apart = file.clone().with(262, &[6]).with_bytes(347, &tables);
    assert_same(&shown(apart.of(&[rest])), &expected);
    // As red, green and blue, the same samples are other colours.
    let planes = shown(file.with(262, &[2]).of(&[jpeg]));
    assert!(difference(&planes, &expected) > 30.0);
}

#[test]
fn webp_inside() {
    let photo = DynamicImage::from(photo(48, 32));
    let webp = written(&photo, ImageFormat::WebP);
    let file = File::new(48, 32).with(258, &[8, 8, 8]).with(277, &[3]);
    let file = file.with(262, &[2]).with(259, &[50_001]).of(&[webp]);
    let done = converted(&file.bytes(), OutputFormat::Png);
    assert_same(&decode(&done.bytes), &photo);
}
