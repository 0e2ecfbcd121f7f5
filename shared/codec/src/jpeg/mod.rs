//! JPEG to JPEG without pixels: quantized DCT coefficients are read, requantized and written.
//!
//! A reader with ITU-T T.81 beside them can follow: the modules go from the file to the
//! coefficients and back.
//!
//! | step | modules |
//! |---|---|
//! | marker segments | `marker`, `specification`, `frame`, `metadata`, `headers` |
//! | entropy decoding | `bits`, `huffman`, `scan`, `sequential`, `progressive`, `decoder` |
//! | coefficients | `coefficients`, `orient`, `kernel`, `view`, `stream` |
//! | requantization | `quality`, `tables`, `rates`, `requantize`, `trellis` |
//! | output | `plan`, `encoder`, `tokens`, `store` |
//! | output as a file | `optimize`, `codes`, `entropy`, `bands`, `scans`, `writer`, `strip` |
//! | samples, for other formats | `planes`, `dct` |
//!
//! Input: baseline, extended sequential and progressive Huffman-coded JPEG with 8-bit samples,
//! gray, YCbCr or RGB, every sampling factor, interleaved or not, with or without restarts.
//! Output: progressive by spectral selection or, where that would save next to nothing, baseline;
//! Huffman tables made to measure, upright, without metadata but for an ICC profile that is not
//! sRGB and what EXIF data is given; never larger than the input, unless by that.
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
//! - **Memory**: whatever its kind, a picture is decoded row by row of MCUs, all scans side by
//!   side (`decoder`), and its blocks are handed over as soon as they are complete (`stream`). In
//!   memory as a whole is only what comes out: two bytes for each symbol and ten for each block
//!   (`store`), which may be written in another order than they came if the picture is turned.
//! - **Time** is bounded by the size of the file and the limits: a picture is refused before any
//!   work if the file is too short for its blocks, and no bit of a coefficient may be coded twice.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "coding is arithmetic on small fields; where a value is not bounded by its width, \
              the code checks it"
)]

mod bands;
mod bits;
mod codes;
mod coefficients;
mod dct;
mod decoder;
mod encoder;
mod entropy;
mod error;
mod frame;
mod headers;
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
mod scans;
mod sequential;
mod specification;
mod store;
mod stream;
mod strip;
mod tables;
mod tokens;
mod trellis;
mod view;
mod writer;

#[cfg(test)]
mod tests;

use decoder::Decoder;
use encoder::Encoder;
pub use error::JpegError;
use frame::{Frame, Process};
use headers::{Headers, Limits};
pub use metadata::Color;
use metadata::Metadata;
use plan::Plan;
use quality::Target;
use store::Store;
use stream::each_block;

/// What to make of a JPEG, and how large it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a> {
    /// 1 to 100, on the scale of libjpeg: 50 looks like libjpeg's 50.
    pub quality: u8,
    /// Largest width times height, in pixels.
    pub max_pixels: u64,
    /// Largest width and height, in pixels.
    pub max_dimension: u32,
    /// EXIF data for the output; it must fit into a segment.
    pub exif: Option<&'a [u8]>,
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
pub fn inspect(bytes: &[u8], options: &Options<'_>) -> Result<Header, JpegError> {
    let headers = Headers::read(bytes, options.limits())?;
    Ok(header(&headers.frame, &headers.metadata))
}

/// The EXIF data of a JPEG, segment by segment.
pub fn exif<'a>(bytes: &'a [u8], options: &Options<'_>) -> Result<Vec<&'a [u8]>, JpegError> {
    let headers = Headers::read(bytes, options.limits())?;
    Ok(headers.metadata.exif().to_vec())
}

/// Transcodes a JPEG.
///
/// The output is upright, and smaller than the input; if requantizing does not make it so, the
/// coefficients of the source are kept (or, if it is to be turned and even so does not get
/// smaller, the quality is lowered).
pub fn transcode(bytes: &[u8], options: &Options<'_>) -> Result<Transcoded, JpegError> {
    let first = encode(bytes, options, Some(options.quality))?;
    if first.bytes.len() < bytes.len() {
        return Ok(first);
    }
    let exact = encode(bytes, options, None)?;
    if exact.source.orientation == 1 {
        let headers = Headers::read(bytes, options.limits())?;
        let stripped = strip::strip(bytes, &headers.metadata, options.exif)?;
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
        smallest = encode(bytes, options, Some(quality))?;
    }
    Ok(smallest)
}

impl Options<'_> {
    fn limits(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            max_dimension: self.max_dimension,
        }
    }
}

fn header(frame: &Frame, metadata: &Metadata<'_>) -> Header {
    let ids: Vec<u8> = frame.components.iter().map(|c| c.id).collect();
    Header {
        width: frame.width as u32,
        height: frame.height as u32,
        color: metadata.color(&ids),
        progressive: frame.process == Process::Progressive,
        orientation: metadata.orientation(),
    }
}

/// Requantizes for a quality, or keeps the coefficients.
fn encode(
    bytes: &[u8],
    options: &Options<'_>,
    quality: Option<u8>,
) -> Result<Transcoded, JpegError> {
    let decoder = Decoder::new(bytes, options.limits())?;
    let source = header(&decoder.frame, &decoder.metadata);
    let icc_profile = decoder.metadata.icc_profile();
    let plan = Plan::new(&decoder, quality.map(Target::new).as_ref());
    let store = recode(decoder, &plan)?;
    let picture = plan.picture(icc_profile.as_deref(), options.exif);
    Ok(Transcoded {
        bytes: writer::write(&picture, &store),
        width: plan.frame.width as u32,
        height: plan.frame.height as u32,
        source,
        kept: plan.keeps_coefficients(),
    })
}

/// Makes the blocks of the output from those of the source.
fn recode(decoder: Decoder<'_>, plan: &Plan) -> Result<Store, JpegError> {
    let mut encoder = Encoder::new(&plan.frame, plan.requantizers());
    each_block(decoder, plan, |component, x, y, block| {
        encoder.encode(component, x, y, block);
    })?;
    if encoder.store.is_overfull() {
        let what = "a picture of more than 4 GB of coefficients";
        return Err(JpegError::Unsupported { what });
    }
    Ok(encoder.store)
}
