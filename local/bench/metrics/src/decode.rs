//! A file as it is shown.

use std::error::Error;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, RgbaImage};

use crate::icc;

/// The pixels of a file: upright, in sRGB, on white where it is transparent.
pub fn shown(path: &Path) -> Result<RgbImage, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format()?;
    let format = reader.format();
    let mut decoder = reader.into_decoder()?;
    let (profile, orientation) = (decoder.icc_profile()?, decoder.orientation()?);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    if format == Some(ImageFormat::Jpeg) {
        agree(&picture, &bytes)?;
    }
    picture.apply_orientation(orientation);
    let picture = match profile {
        Some(profile) => icc::to_srgb(&picture, &profile)?,
        None => picture.into_rgba8(),
    };
    Ok(on_white(&picture))
}

fn on_white(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u16::from);
        let blend = |value: u16| {
            // At most 255, as all of them are.
            u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([red, green, blue].map(blend))
    })
}

/// The largest root mean square difference of two decoders of one JPEG. What they may differ in,
/// rounding and how chroma is enlarged, is below it; a scan that was misread is far above.
const DISAGREEMENT: f64 = 8.0;

/// A decoder that misreads a JPEG would spoil every figure without a sign: a second one, of other
/// authors, must see the same picture.
fn agree(picture: &DynamicImage, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut second = jpeg_decoder::Decoder::new(bytes);
    let pixels = second.decode()?;
    let info = second.info().ok_or("no picture")?;
    let size = (u32::from(info.width), u32::from(info.height));
    let ours = match info.pixel_format {
        jpeg_decoder::PixelFormat::L8 => picture.to_luma8().into_raw(),
        jpeg_decoder::PixelFormat::RGB24 => picture.to_rgb8().into_raw(),
        other => return Err(format!("{other:?} is not measured").into()),
    };
    if size != (picture.width(), picture.height()) || ours.len() != pixels.len() {
        return Err("two decoders see different sizes".into());
    }
    let difference = root_mean_square(&ours, &pixels);
    if difference > DISAGREEMENT {
        return Err(format!("two decoders see different pictures: {difference:.1}").into());
    }
    Ok(())
}

fn root_mean_square(one: &[u8], other: &[u8]) -> f64 {
    let squares = one
        .iter()
        .zip(other)
        .map(|(&one, &other)| u64::from(one.abs_diff(other)).pow(2));
    let mean = squares.sum::<u64>() as f64 / one.len().max(1) as f64;
    mean.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_is_white() {
        let pixels = vec![0, 0, 0, 0, 10, 20, 30, 255, 0, 255, 100, 128];
        let picture = RgbaImage::from_raw(3, 1, pixels).unwrap();
        let expected = [255, 255, 255, 10, 20, 30, 127, 255, 177];
        assert_eq!(on_white(&picture).into_raw(), expected);
    }

    #[test]
    fn differences() {
        assert!(root_mean_square(&[1, 2, 3], &[1, 2, 3]) < 1e-9);
        assert!((root_mean_square(&[0, 8], &[8, 0]) - 8.0).abs() < 1e-9);
    }
}
