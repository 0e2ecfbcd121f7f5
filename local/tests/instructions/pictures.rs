//! The codec, on the sample photographs and parts of them.

use std::error::Error;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use halftone_codec::{
    Copyright, MaxSize, Options, OutputFormat, PixelLimits, Quality, Side, recompress,
};
use image::{DynamicImage, ImageFormat};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::Work;

type Prepared = Result<Work, Box<dyn Error>>;

/// A photograph in 4:2:0, the most frequent kind by far.
pub fn jpeg() -> Prepared {
    work(photograph("paint-brushes.jpg")?, options()?)
}

/// One whose scans are read side by side.
pub fn progressive() -> Prepared {
    work(photograph("bird-lamp.jpg")?, options()?)
}

/// What designers export: every coefficient there, and chroma that has to be halved.
pub fn fine() -> Prepared {
    let picture = image::load_from_memory(&photograph("espresso-cup.jpg")?)?.into_rgb8();
    let (width, height) = (
        u16::try_from(picture.width())?,
        u16::try_from(picture.height())?,
    );
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 100);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder.encode(&picture, width, height, ColorType::Rgb)?;
    work(file, options()?)
}

/// Decoded to fewer samples, and encoded anew.
pub fn smaller() -> Prepared {
    let mut options = options()?;
    options.max_size.width = Some(Side::try_from(500)?);
    work(photograph("paint-brushes.jpg")?, options)
}

/// By way of planes.
pub fn to_webp() -> Prepared {
    let options = Options {
        format: OutputFormat::WebP,
        ..options()?
    };
    work(photograph("cat.jpg")?, options)
}

/// The dearest of all formats: of a small picture.
pub fn to_avif() -> Prepared {
    let whole = image::load_from_memory(&photograph("cat.jpg")?)?;
    let options = Options {
        format: OutputFormat::Avif,
        ..options()?
    };
    work(cut(&whole, (64, 64))?, options)
}

/// To a palette, with alpha.
pub fn png() -> Prepared {
    let whole = image::load_from_memory(&photograph("fig-bowl-cutout.png")?)?;
    work(cut(&whole, (320, 240))?, options()?)
}

/// Decoded and encoded by libwebp.
pub fn webp() -> Prepared {
    work(photograph("wall-clock.webp")?, options()?)
}

/// The middle of a picture, as PNG.
fn cut(picture: &DynamicImage, (width, height): (u32, u32)) -> Result<Vec<u8>, Box<dyn Error>> {
    let (x, y) = (
        (picture.width() - width) / 2,
        (picture.height() - height) / 2,
    );
    let mut file = Cursor::new(Vec::new());
    picture
        .crop_imm(x, y, width, height)
        .write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
}

fn work(source: Vec<u8>, options: Options) -> Prepared {
    Ok(Box::new(move || {
        Ok(recompress(&source, &options)?.bytes.len())
    }))
}

fn options() -> Result<Options, Box<dyn Error>> {
    Ok(Options {
        quality: Quality::try_from(50)?,
        format: OutputFormat::Original,
        copyright: Copyright::Remove,
        max_size: MaxSize {
            width: None,
            height: None,
        },
        limits: PixelLimits {
            max_pixels: 50_000_000,
            max_dimension: 16_384,
        },
    })
}

fn photograph(name: &str) -> std::io::Result<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/photos");
    fs::read(folder.join(name))
}
