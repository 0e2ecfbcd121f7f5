//! Pictures that have been compressed before, by plain rounding to libjpeg's tables.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use halftone_local::failure::Failure;
use image::{RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder, QuantizationTableType, SamplingFactor};

/// The most of a picture that is taken, from its middle: metrics take seconds over more.
const SIDES: (u32, u32) = (800, 600);

/// The qualities of one encoder after the other.
const QUALITIES: [&[u8]; 11] = [
    &[30],
    &[40],
    &[50],
    &[60],
    &[70],
    &[80],
    &[90],
    &[100],
    &[90, 60],
    &[60, 90],
    &[70, 80],
];

const SAMPLINGS: [(SamplingFactor, &str); 3] = [
    (SamplingFactor::F_2_2, "4:2:0"),
    (SamplingFactor::F_2_1, "4:2:2"),
    (SamplingFactor::F_1_1, "4:4:4"),
];

/// What has been done to a picture before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    qualities: &'static [u8],
    sampling: (SamplingFactor, &'static str),
}

impl Display for Past {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let qualities: Vec<String> = self.qualities.iter().map(u8::to_string).collect();
        write!(out, "{} {}", qualities.join(", then "), self.sampling.1)
    }
}

/// All of them, by sampling.
pub fn pasts() -> impl Iterator<Item = Past> {
    let of = |sampling| {
        QUALITIES.map(|qualities| Past {
            qualities,
            sampling,
        })
    };
    SAMPLINGS.into_iter().flat_map(of)
}

/// The middle of a picture.
pub fn reference(path: &Path) -> Result<RgbImage, Failure> {
    let what = format!("cannot read {}", path.display());
    let bytes = std::fs::read(path).map_err(Failure::because(&what))?;
    let picture = image::load_from_memory(&bytes).map_err(Failure::because(what))?;
    let picture = picture.into_rgb8();
    let (width, height) = (picture.width().min(SIDES.0), picture.height().min(SIDES.1));
    let (x, y) = (
        (picture.width() - width) / 2,
        (picture.height() - height) / 2,
    );
    Ok(imageops::crop_imm(&picture, x, y, width, height).to_image())
}

/// The JPEG that a picture was left as.
pub fn make(picture: &RgbImage, past: &Past) -> Result<Vec<u8>, Failure> {
    let mut shown = picture.clone();
    let mut file = Vec::new();
    for &quality in past.qualities {
        if !file.is_empty() {
            let decoded = image::load_from_memory(&file);
            shown = decoded.map_err(failure())?.into_rgb8();
        }
        file = encode(&shown, quality, past.sampling.0)?;
    }
    Ok(file)
}

fn encode(picture: &RgbImage, quality: u8, sampling: SamplingFactor) -> Result<Vec<u8>, Failure> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(sampling);
    encoder.set_quantization_tables(
        QuantizationTableType::Default,
        QuantizationTableType::Default,
    );
    let side = |side: u32| u16::try_from(side).map_err(failure());
    let (width, height) = (side(picture.width())?, side(picture.height())?);
    let encoded = encoder.encode(picture, width, height, ColorType::Rgb);
    encoded.map_err(failure())?;
    Ok(file)
}

fn failure<E: std::error::Error + Send + Sync + 'static>() -> impl FnOnce(E) -> Failure {
    Failure::because("cannot make a source")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasts_are_what_they_are_called() {
        let picture = RgbImage::from_fn(32, 32, |x, y| {
            image::Rgb([x, y, x * y].map(|value| u8::try_from(value % 251).unwrap_or(0)))
        });
        let names: Vec<String> = pasts().map(|past| past.to_string()).collect();
        assert_eq!(names[..2], ["30 4:2:0", "40 4:2:0"]);
        assert!(names.contains(&"60, then 90 4:4:4".to_owned()));
        for past in pasts() {
            let file = make(&picture, &past).unwrap();
            let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]);
            let luma = file[frame.unwrap() + 11];
            let expected = match past.sampling.1 {
                "4:2:0" => 0x22,
                "4:2:2" => 0x21,
                _ => 0x11,
            };
            assert_eq!(luma, expected, "{past}");
        }
    }
}
