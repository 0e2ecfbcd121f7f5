//! Writes a baseline JPEG: the marker segments (T.81 annex B).

use super::entropy::{Codes, Source};
use super::frame::Frame;
use super::marker::code;
use super::metadata::{Color, icc_payloads};
use super::store::Store;
use super::tables::Steps;

/// What stands before the entropy-coded data, but for the Huffman tables.
#[derive(Debug)]
pub struct Picture<'a> {
    /// The frame; `quantization` of its components is an index in `tables`.
    pub frame: &'a Frame,
    /// Quantization tables.
    pub tables: &'a [Steps],
    /// Each component's class: which Huffman tables it uses.
    pub classes: &'a [usize],
    /// How components make colours.
    pub color: Color,
    /// A profile that readers need for the right colours.
    pub icc_profile: Option<&'a [u8]>,
}

/// The most blocks that an MCU may have (T.81 B.2.3).
const MAX_BLOCKS_PER_MCU: usize = 10;

/// Writes the file: in one scan, unless its MCUs would be too large for that.
pub fn write(picture: &Picture<'_>, store: &Store) -> Vec<u8> {
    let source = Source {
        frame: picture.frame,
        classes: picture.classes,
        store,
    };
    let components = 0..picture.frame.components.len();
    let scans = match picture.frame.blocks_per_mcu() {
        ..=MAX_BLOCKS_PER_MCU => vec![components.collect()],
        _ => components.map(|index| vec![index]).collect(),
    };
    let codes = Codes::new(source, &scans);
    let mut out = Vec::with_capacity(codes.length * 65 / 64 + 1024);
    out.extend_from_slice(&[0xff, code::SOI]);
    write_color(picture, &mut out);
    for (index, steps) in (0..).zip(picture.tables) {
        segment(&mut out, code::DQT, &quantization_table(index, steps));
    }
    let extended = picture.tables.iter().flatten().any(|&step| step > 255);
    let sof = if extended { code::SOF1 } else { code::SOF0 };
    segment(&mut out, sof, &frame_header(picture.frame));
    segment(&mut out, code::DHT, &codes.definition);
    for scan in scans {
        segment(&mut out, code::SOS, &scan_header(picture, &scan));
        codes.write(source, &scan, &mut out);
    }
    out.extend_from_slice(&[0xff, code::EOI]);
    out
}

/// Appends a marker segment.
pub fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&(payload.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(payload);
}

/// The payload of a JFIF segment: version 1.01, square pixels, no thumbnail.
pub const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

/// JFIF stands for gray and YCbCr, an Adobe segment for RGB.
fn write_color(picture: &Picture<'_>, out: &mut Vec<u8>) {
    match picture.color {
        Color::Rgb => segment(out, code::APP14, b"Adobe\0\x64\0\0\0\0\0"),
        _ => segment(out, code::APP0, JFIF),
    }
    for payload in picture.icc_profile.map(icc_payloads).unwrap_or_default() {
        segment(out, code::APP2, &payload);
    }
}

fn quantization_table(index: u8, steps: &Steps) -> Vec<u8> {
    match steps.iter().all(|&step| step < 256) {
        true => std::iter::once(index)
            .chain(steps.iter().map(|&step| step as u8))
            .collect(),
        false => std::iter::once(0x10 | index)
            .chain(steps.iter().flat_map(|step| step.to_be_bytes()))
            .collect(),
    }
}

fn frame_header(frame: &Frame) -> Vec<u8> {
    let mut payload = vec![8];
    payload.extend_from_slice(&(frame.height as u16).to_be_bytes());
    payload.extend_from_slice(&(frame.width as u16).to_be_bytes());
    payload.push(frame.components.len() as u8);
    for component in &frame.components {
        let factors = component.h << 4 | component.v;
        payload.extend([component.id, factors as u8, component.quantization as u8]);
    }
    payload
}

fn scan_header(picture: &Picture<'_>, components: &[usize]) -> Vec<u8> {
    let mut payload = vec![components.len() as u8];
    for &index in components {
        let class = picture.classes[index] as u8;
        payload.extend([picture.frame.components[index].id, class << 4 | class]);
    }
    payload.extend([0, 63, 0]);
    payload
}
