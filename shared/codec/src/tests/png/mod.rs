//! PNG in all its kinds.

mod animations;
mod damage;
mod kinds;
pub mod metadata;
mod palettes;

use ::png::{BitDepth, ColorType, Encoder, Filter, Info};

use super::*;

pub fn encoded(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let checked = [kind.as_slice(), data].concat();
    [&length[..], &checked, &crc(&checked).to_be_bytes()].concat()
}

/// The checksum of PNG, annex D, bit by bit.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// A zlib stream that stores its data as it is, at most 65,535 bytes of it.
fn zlib(data: &[u8]) -> Vec<u8> {
    let (a, b) = data.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    let length = u16::try_from(data.len()).unwrap();
    [
        &[0x78, 0x01, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        data,
        &(b << 16 | a).to_be_bytes(),
    ]
    .concat()
}

/// A PNG with chunks put behind its header.
pub fn with_chunks(png: &[u8], chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let (header, rest) = png.split_at(33);
    let chunks = chunks.iter().flat_map(|(kind, data)| chunk(kind, data));
    header
        .iter()
        .copied()
        .chain(chunks)
        .chain(rest.iter().copied())
        .collect()
}

/// The chunks of a file, in order.
fn kinds(png: &[u8]) -> Vec<String> {
    let mut rest = &png[8..];
    let mut kinds = Vec::new();
    while let Some(length) = rest.first_chunk() {
        kinds.push(String::from_utf8_lossy(&rest[4..8]).into_owned());
        rest = &rest[12 + u32::from_be_bytes(*length) as usize..];
    }
    kinds
}

/// A raw picture as a PNG of one kind, without compression's help.
fn raw(
    size: (u32, u32),
    color: ColorType,
    depth: BitDepth,
    rows: &[u8],
    configure: impl FnOnce(&mut Info),
) -> Vec<u8> {
    let mut info = Info::with_size(size.0, size.1);
    (info.color_type, info.bit_depth) = (color, depth);
    configure(&mut info);
    let mut file = Vec::new();
    let mut encoder = Encoder::with_info(&mut file, info).unwrap();
    encoder.set_filter(Filter::NoFilter);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(rows)
        .unwrap();
    file
}

/// An animation of full frames, each of one gray.
pub fn animated(frames: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 30, 20);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_animated(frames.into(), 0).unwrap();
    encoder.set_frame_delay(1, 10).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for frame in 0..frames {
        writer.write_image_data(&[frame * 40; 600]).unwrap();
    }
    writer.finish().unwrap();
    file
}
