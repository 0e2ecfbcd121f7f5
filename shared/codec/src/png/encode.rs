//! How pixels become a PNG file.

use libdeflater::{CompressionLvl, Compressor};
use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};

use super::chunks;
use super::palette::{self, Indexed};
use crate::error::ImageError;
use crate::metadata::icc::Space;
use crate::options::Quality;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels};

/// A good compromise: 8 takes three times as long for one per cent, 12 forty times as long for ten.
const DEFLATE_LEVEL: u8 = 6;

/// Reduces to a palette, or keeps the samples as they are where that is refused. A palette is made of RGB, so a
/// profile for gray forbids it.
pub fn encode(
    pixels: &Pixels,
    profile: Option<Space>,
    quality: Quality,
) -> Result<Vec<u8>, ImageError> {
    let indexed = match profile {
        Some(Space::Gray) => None,
        _ => palette::reduce(pixels, quality),
    };
    match indexed {
        Some(indexed) => write_indexed(pixels, indexed),
        None => write_exact(pixels),
    }
    .map_err(|error| ImageError::internal(Format::Png, error))
}

/// Encodes an upright picture in sRGB.
pub fn encode_srgb(
    pixels: &Pixels,
    quality: Quality,
    notice: Option<&[u8]>,
) -> Result<Vec<u8>, ImageError> {
    let encoded = encode(pixels, None, quality)?;
    match notice {
        Some(_) => Ok(chunks::write(&chunks::parse(&encoded)?, &[], notice)),
        None => Ok(encoded),
    }
}

/// Without filters, which make indices compress worse.
fn write_indexed(pixels: &Pixels, indexed: Indexed) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels.width, pixels.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(match indexed.bits {
        1 => BitDepth::One,
        2 => BitDepth::Two,
        4 => BitDepth::Four,
        _ => BitDepth::Eight,
    });
    encoder.set_palette(indexed.colours);
    if !indexed.alphas.is_empty() {
        encoder.set_trns(indexed.alphas);
    }
    let mut writer = encoder.write_header()?;
    writer.write_chunk(png::chunk::IDAT, &deflate(&indexed.rows)?)?;
    writer.finish()?;
    Ok(file)
}

fn deflate(rows: &[u8]) -> Result<Vec<u8>, EncodingError> {
    let failed = |error| EncodingError::IoError(std::io::Error::other(error));
    let level = CompressionLvl::new(DEFLATE_LEVEL.into()).unwrap_or_default();
    let mut compressor = Compressor::new(level);
    let mut data = vec![0; compressor.zlib_compress_bound(rows.len())];
    let length = compressor.zlib_compress(rows, &mut data).map_err(failed)?;
    data.truncate(length);
    Ok(data)
}

fn write_exact(pixels: &Pixels) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels.width, pixels.height);
    encoder.set_color(match pixels.layout {
        Layout::Gray => ColorType::Grayscale,
        Layout::GrayAlpha => ColorType::GrayscaleAlpha,
        Layout::Rgb => ColorType::Rgb,
        Layout::Rgba => ColorType::Rgba,
    });
    encoder.set_filter(Filter::Adaptive);
    encoder.set_deflate_compression(DeflateCompression::Level(DEFLATE_LEVEL));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels.samples)?;
    writer.finish()?;
    Ok(file)
}
