//! JPEG to JPEG without pixels: quantized DCT coefficients are read, requantized and written.
//!
//! A reader with ITU-T T.81 beside them can follow: the modules go from the file to the
//! coefficients and back.
//!
//! | step | modules |
//! |---|---|
//! | marker segments | `marker`, `specification`, `frame`, `scan`, `metadata` |
//! | entropy decoding | `bits`, `huffman`, `sequential`, `progressive`, `decoder` |
//! | coefficients | `coefficients`, `orient`, `kernel`, `view` |
//! | requantization | `quality`, `tables`, `rates`, `requantize`, `trellis` |
//! | output | `plan`, `encoder`, `tokens`, `optimize`, `writer`, `strip` |
//! | samples, for other formats | `planes`, `dct` |
//!
//! Input: baseline, extended sequential and progressive Huffman-coded JPEG with 8-bit samples,
//! gray, YCbCr or RGB, every sampling factor, interleaved or not, with or without restarts.
//! Output: baseline, one interleaved scan, Huffman tables made to measure, upright, without
//! metadata but for an ICC profile that is not sRGB; never larger than the input.
//!
//! - **Chroma** at full resolution along an axis is halved there, as an average of pairs, so that
//!   4:4:4, 4:2:2 and 4:4:0 become 4:2:0. What has less than that (4:1:1 and such) stays as it is.
//! - **Orientation**: coefficients are mirrored and transposed, which loses nothing. Where a side
//!   that is mirrored does not end with a whole block, the picture would begin with the padding
//!   of that block; so it is moved onto the grid again by linear combinations of neighbouring
//!   blocks, exactly for whole samples and by interpolation for half ones (chroma of an odd
//!   size), and rounded to the new steps.
//! - **Damage** is an error: data that ends early or late, codes that are in no table, restart
//!   markers out of turn, a missing end-of-image marker. Only what stands behind that is ignored.
//! - **Memory**: a sequential, interleaved, upright picture is decoded a row or two of MCUs at a
//!   time; besides input and output there are a copy of the scan and four bytes for each symbol
//!   of the output. Everything else needs all coefficients at once: see `coefficients`.
//! - **Time** is bounded by the size of the file and the limits: a picture is refused before any
//!   work if the file is too short for its blocks, and no bit of a coefficient may be coded twice.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "coding is arithmetic on small fields; where a value is not bounded by its width, \
              the code checks it"
)]

mod bits;
mod coefficients;
mod dct;
mod decoder;
mod encoder;
mod error;
mod frame;
mod huffman;
mod kernel;
mod marker;
mod metadata;
mod optimize;
mod orient;
mod plan;
pub mod planes;
mod progressive;
mod quality;
mod rates;
mod requantize;
mod scan;
mod sequential;
mod specification;
mod strip;
mod tables;
mod tokens;
mod trellis;
mod view;
mod writer;

#[cfg(test)]
mod tests;

use std::ops::Range;

use decoder::{Decoder, Limits};
use encoder::{Encoding, encode_component, encode_rows};
pub use error::JpegError;
use frame::Process;
pub use metadata::Color;
use plan::Plan;
use quality::Target;
use tokens::{Scan, Tokens};
use view::View;

/// What to make of a JPEG, and how large it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// 1 to 100, on the scale of libjpeg: 50 looks like libjpeg's 50.
    pub quality: u8,
    /// Largest width times height, in pixels.
    pub max_pixels: u64,
    /// Largest width and height, in pixels.
    pub max_dimension: u32,
}

/// What a JPEG says about itself before its picture data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Width in pixels, as stored.
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
    /// How the components make colours.
    pub color: Color,
    /// Whether it is coded progressively.
    pub progressive: bool,
    /// EXIF orientation, 1 to 8; from 5 on width and height swap when it is turned upright.
    pub orientation: u8,
}

/// A transcoded JPEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcoded {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its width in pixels, upright.
    pub width: u32,
    /// Its height in pixels, upright.
    pub height: u32,
    /// The source.
    pub source: Header,
    /// The source's own coefficients were kept: they are coarse enough already, or requantized
    /// ones took no fewer bytes.
    pub kept: bool,
}

/// Reads the headers. Takes time for the marker segments only, and checks the declared size
/// against the limits.
pub fn inspect(bytes: &[u8], options: &Options) -> Result<Header, JpegError> {
    Decoder::new(bytes, options.limits()).map(|decoder| header(&decoder))
}

/// Transcodes a JPEG.
///
/// The output is upright, and smaller than the input; if requantizing does not make it so, the
/// coefficients of the source are kept (or, if it is to be turned and even so does not get
/// smaller, the quality is lowered).
pub fn transcode(bytes: &[u8], options: &Options) -> Result<Transcoded, JpegError> {
    let limits = options.limits();
    let first = encode(bytes, limits, Some(options.quality))?;
    if first.bytes.len() < bytes.len() {
        return Ok(first);
    }
    let exact = encode(bytes, limits, None)?;
    let decoder = Decoder::new(bytes, limits)?;
    if header(&decoder).orientation == 1 {
        let stripped = strip::strip(bytes, &decoder.metadata)?;
        let bytes = if stripped.len() < exact.bytes.len() {
            stripped
        } else {
            exact.bytes
        };
        return Ok(Transcoded { bytes, ..exact });
    }
    let mut smallest = exact;
    for quality in (1..options.quality).rev().step_by(10) {
        if smallest.bytes.len() <= bytes.len() {
            break;
        }
        smallest = encode(bytes, limits, Some(quality))?;
    }
    Ok(smallest)
}

impl Options {
    fn limits(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            max_dimension: self.max_dimension,
        }
    }
}

fn header(decoder: &Decoder<'_>) -> Header {
    let ids: Vec<u8> = decoder.frame.components.iter().map(|c| c.id).collect();
    Header {
        width: decoder.frame.width as u32,
        height: decoder.frame.height as u32,
        color: decoder.metadata.color(&ids),
        progressive: decoder.frame.process == Process::Progressive,
        orientation: decoder.metadata.orientation(),
    }
}

/// Requantizes for a quality, or keeps the coefficients.
fn encode(bytes: &[u8], limits: Limits, quality: Option<u8>) -> Result<Transcoded, JpegError> {
    let mut decoder = Decoder::new(bytes, limits)?;
    let target = quality.map(Target::new);
    let (plan, scans) = if decoder.streams() && header(&decoder).orientation == 1 {
        let plan = Plan::new(&decoder, target.as_ref())?;
        let scans = vec![encode_stream(&mut decoder, &plan)?];
        (plan, scans)
    } else {
        let planes = decoder.decode()?;
        let plan = Plan::new(&decoder, target.as_ref())?;
        let view = plan.view(&planes, &[0; 4]);
        let scans = encode_whole(&plan, &view);
        (plan, scans)
    };
    let icc_profile = decoder.metadata.icc_profile();
    Ok(Transcoded {
        bytes: writer::write(&plan.picture(icc_profile.as_deref()), &scans),
        width: plan.frame.width as u32,
        height: plan.frame.height as u32,
        source: header(&decoder),
        kept: plan.keeps_coefficients(),
    })
}

/// Decodes a few rows of MCUs at a time, as few as make whole rows of the output's, and hands
/// those of the output over.
fn stream(
    decoder: &mut Decoder<'_>,
    plan: &Plan,
    mut take: impl FnMut(Range<usize>, &View<'_>),
) -> Result<(), JpegError> {
    let source = decoder.frame.clone();
    let (from, to) = (source.max_factors().1, plan.frame.max_factors().1);
    let rows = (1..).find(|rows| rows * from % to == 0).unwrap_or(1);
    let mut first = 0;
    decoder.stream(rows, |planes, rows| {
        let first_rows: Vec<usize> = source.components.iter().map(|c| c.v * first).collect();
        let end = ((first + rows) * from)
            .div_ceil(to)
            .min(plan.frame.mcus_high);
        take(first * from / to..end, &plan.view(planes, &first_rows));
        first += rows;
    })
}

/// Encodes a picture while it is decoded.
fn encode_stream(decoder: &mut Decoder<'_>, plan: &Plan) -> Result<Scan, JpegError> {
    let (mut tokens, mut encodings) = (Tokens::new(), plan.encodings());
    stream(decoder, plan, |rows, view| {
        encode_rows(&plan.frame, &mut encodings, rows, view, &mut tokens);
    })?;
    Ok(Scan::of_all(&plan.frame, tokens))
}

/// Encodes a picture that is in memory: in one scan, unless its MCUs would be too large for that.
fn encode_whole(plan: &Plan, view: &View<'_>) -> Vec<Scan> {
    let (frame, mut encodings) = (&plan.frame, plan.encodings());
    if frame.blocks_per_mcu() <= MAX_BLOCKS_PER_MCU {
        let mut tokens = Tokens::new();
        encode_rows(frame, &mut encodings, 0..frame.mcus_high, view, &mut tokens);
        return vec![Scan::of_all(frame, tokens)];
    }
    let component = |(index, encoding): (usize, &mut Encoding)| {
        let mut tokens = Tokens::new();
        encode_component(frame, index, encoding, view, &mut tokens);
        Scan {
            components: vec![index],
            tokens,
        }
    };
    encodings.iter_mut().enumerate().map(component).collect()
}

/// The most blocks that an MCU may have (T.81 B.2.3).
const MAX_BLOCKS_PER_MCU: usize = 10;
