//! Writes a JPEG: the marker segments (T.81 annex B).

use super::entropy::BlockSource;
use super::script::{Part, Scan, Script};
use super::store::Store;
use crate::jpeg::syntax::application::{Color, exif_payload, icc_payloads};
use crate::jpeg::syntax::frame::Frame;
use crate::jpeg::syntax::marker::code;
use crate::jpeg::syntax::steps::Steps;

/// What stands before the entropy-coded data, but for the Huffman tables.
#[derive(Debug)]
pub struct Head<'a> {
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
    /// EXIF data that is to stay.
    pub exif: Option<&'a [u8]>,
}

impl Head<'_> {
    /// With its blocks.
    pub fn source<'a>(&'a self, store: &'a Store) -> BlockSource<'a> {
        BlockSource {
            frame: self.frame,
            classes: self.classes,
            store,
        }
    }
}

/// Writes the file: progressively if that pays.
pub fn write(head: &Head<'_>, store: &Store) -> Vec<u8> {
    let source = head.source(store);
    write_script(head, source, &Script::choose(source))
}

/// Writes the file with these scans.
pub fn write_script(head: &Head<'_>, source: BlockSource<'_>, script: &Script) -> Vec<u8> {
    let mut out = Vec::with_capacity(script.length() * 65 / 64 + 1024);
    out.extend_from_slice(&[0xff, code::SOI]);
    write_color(head, &mut out);
    for (index, steps) in (0..).zip(head.tables) {
        segment(&mut out, code::DQT, &quantization_table(index, steps));
    }
    let sof = frame_marker(head, script.is_progressive());
    segment(&mut out, sof, &frame_header(head.frame));
    for scan in &script.scans {
        let definition = scan.definition();
        if !definition.is_empty() {
            segment(&mut out, code::DHT, &definition);
        }
        segment(&mut out, code::SOS, &scan_header(head, scan));
        script.write(source, scan, &mut out);
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
fn write_color(head: &Head<'_>, out: &mut Vec<u8>) {
    match head.color {
        Color::Rgb => segment(out, code::APP14, b"Adobe\0\x64\0\0\0\0\0"),
        _ => segment(out, code::APP0, JFIF),
    }
    write_metadata(head.icc_profile, head.exif, out);
}

/// The segments of a profile and of EXIF data.
pub fn write_metadata(icc_profile: Option<&[u8]>, exif: Option<&[u8]>, out: &mut Vec<u8>) {
    if let Some(exif) = exif {
        segment(out, code::APP1, &exif_payload(exif));
    }
    for payload in icc_profile.map(icc_payloads).unwrap_or_default() {
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

fn frame_marker(head: &Head<'_>, progressive: bool) -> u8 {
    let extended = head.tables.iter().flatten().any(|&step| step > 255);
    match (progressive, extended) {
        (true, _) => code::SOF2,
        (false, true) => code::SOF1,
        (false, false) => code::SOF0,
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

fn scan_header(head: &Head<'_>, scan: &Scan) -> Vec<u8> {
    let mut payload = vec![scan.components.len() as u8];
    for &index in &scan.components {
        let class = head.classes[index] as u8;
        let tables = match scan.part {
            Part::Sequential => class << 4 | class,
            Part::Dc => class << 4,
            Part::Band(_) => 0,
        };
        payload.extend([head.frame.components[index].id, tables]);
    }
    payload.extend(scan.part.indices());
    payload.push(0); // no successive approximation
    payload
}
