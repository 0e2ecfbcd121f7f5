//! What is taken for a whole picture is the picture that another decoder sees.
//!
//! JPEG and WebP are read there by other code altogether; of PNG, GIF, BMP and TIFF much of it is shared, and what is
//! told apart is what is made of samples, palettes, frames and transparency.

use std::io::Cursor;

use halftone_codec::{Copyright, Format, MaxSize, Options, OutputFormat, Quality, inspect};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbaImage};

use super::LIMITS;

/// The mean difference that two decoders may have, a channel, of 255: they round steps, transforms and colours
/// differently.
const MOST: f64 = 3.0;

/// Tags of TIFF.
const TILE_WIDTH: u16 = 322;
const TILE_OFFSETS: u16 = 324;

/// Compares, where the other decoder takes the file too.
pub fn second_decoder(file: &[u8]) {
    let Ok(seen) = inspect(file, &LIMITS) else {
        return;
    };
    if seen.format == Format::Avif || seen.is_cmyk || !is_comparable(seen.format, file) {
        return;
    }
    let options = Options {
        quality: Quality::try_from(100).expect("a quality"),
        format: OutputFormat::Png,
        copyright: Copyright::Remove,
        max_size: MaxSize::default(),
        limits: LIMITS,
    };
    let Ok(done) = halftone_codec::recompress(file, &options) else {
        return;
    };
    let Some(theirs) = decode(file) else {
        return;
    };
    let ours = decode(&done.bytes).expect("a PNG");
    assert_eq!(ours.dimensions(), theirs.dimensions());
    let differs = difference(&ours, &theirs);
    assert!(differs <= MOST, "two decoders differ by {differs}");
}

/// Whether two right decoders must agree: not where colours are managed, and not where chroma is interpolated.
fn is_comparable(format: Format, file: &[u8]) -> bool {
    let contains = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
    match format {
        Format::Jpeg => has_plain_sampling(file) && !contains(b"ICC_PROFILE"),
        Format::WebP => !contains(b"VP8 "),
        // Pixels that are said to stand in the palette are behind it.
        Format::Bmp => !has_pixels_in_palette(file).unwrap_or(false),
        // Places of tiles may stand where those of strips belong, as libtiff has it; the other decoder sees strips.
        Format::Tiff => {
            let tag = |tag: u16| contains(&tag.to_le_bytes()) || contains(&tag.to_be_bytes());
            !tag(TILE_WIDTH) || tag(TILE_OFFSETS)
        }
        _ => true,
    }
}

/// Of a BMP with a header of Windows.
fn has_pixels_in_palette(file: &[u8]) -> Option<bool> {
    let number = |at: usize| {
        let bytes = file.get(at..)?.first_chunk()?;
        Some(u64::from(u32::from_le_bytes(*bytes)))
    };
    let (place, header, colours) = (number(10)?, number(14)?, number(46)?);
    Some(place < 14 + header + 4 * colours)
}

/// A JPEG with one component or three, all of them with a sample for each pixel.
fn has_plain_sampling(file: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = file.get(at..).and_then(<[u8]>::first_chunk) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if matches!(marker, 0xc0..=0xc2) {
            let frame = file.get(at + 4..at + 2 + length).unwrap_or_default();
            let Some(components) = frame.get(6..) else {
                return false;
            };
            let plain = components
                .chunks(3)
                .all(|component| component.get(1) == Some(&0x11));
            return frame[0] == 8 && matches!(components.len(), 3 | 9) && plain;
        }
        at += 2 + length;
    }
    false
}

/// As the other decoder sees it, upright; nothing of what it does not take, and of what has a profile.
fn decode(file: &[u8]) -> Option<RgbaImage> {
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(64 << 20);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    if decoder.icc_profile().ok()?.is_some() {
        return None;
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(picture.to_rgba8())
}

/// The mean difference of colours multiplied by their alpha, and of alpha, between squares of pixels: a PNG of a
/// noisy picture has a palette, whose dithering is right on average only.
fn difference(one: &RgbaImage, other: &RgbaImage) -> f64 {
    let (one, other) = (squares(one), squares(other));
    let differences = one
        .iter()
        .zip(&other)
        .map(|(one, other)| (one - other).abs());
    differences.sum::<f64>() / one.len().max(1) as f64
}

/// The means of a picture's squares, those at its edges being smaller.
fn squares(picture: &RgbaImage) -> Vec<f64> {
    const SIDE: u32 = 4;
    let columns = picture.width().div_ceil(SIDE) as usize;
    let mut sums = vec![[0.0; 5]; columns * picture.height().div_ceil(SIDE) as usize];
    for (x, y, pixel) in picture.enumerate_pixels() {
        let [r, g, b, alpha] = pixel.0.map(f64::from);
        let sum = &mut sums[(y / SIDE) as usize * columns + (x / SIDE) as usize];
        let seen = alpha / 255.0;
        for (sum, more) in sum
            .iter_mut()
            .zip([r * seen, g * seen, b * seen, alpha, 1.0])
        {
            *sum += more;
        }
    }
    sums.iter()
        .flat_map(|[r, g, b, alpha, count]| [r, g, b, alpha].map(|sum| sum / count))
        .collect()
}
