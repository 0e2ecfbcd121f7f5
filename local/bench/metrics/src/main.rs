//! How far pictures are from the one they were made of, by three metrics.
//!
//! Each line on standard input is a question, `{"source": PATH, "outputs": [PATH...]}`. The answer has the size of
//! the source as it is shown and, for each output, `ssimulacra2` (100 is the same, 70 high quality, 50 medium),
//! `butteraugli3` (the 3-norm; 0 is the same) and `dssim` (0 is the same). All pictures are compared as they are
//! shown: upright, in sRGB, on white where they are transparent. With `"smaller": true` outputs may be smaller than the
//! source, which is then resampled to their size by Lanczos' filter. With `"only": "ssimulacra2"` the others, which
//! take longer, are left out.

mod decode;
mod icc;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use butteraugli::{ButteraugliParams, ButteraugliReference};
use dssim_core::{Dssim, DssimImage};
use fast_ssim2::{PixelDescriptor, PixelSlice, Ssimulacra2Reference};
use image::RgbImage;
use image::imageops::{self, FilterType};
use rgb::FromSlice;
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    for line in io::stdin().lines() {
        let answer = answer(&line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(io::stdout().lock(), "{answer}")?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<Value, Box<dyn Error>> {
    let question: Value = serde_json::from_str(line)?;
    let source = question["source"].as_str().ok_or("no source")?;
    let outputs = question["outputs"].as_array().ok_or("no outputs")?;
    let source = decode::shown(Path::new(source))?;
    let (width, height) = source.dimensions();
    let shown = |output: &Value| decode::shown(Path::new(output.as_str().ok_or("no path")?));
    let outputs = outputs.iter().map(shown).collect::<Result<Vec<_>, _>>()?;
    let size = outputs.first().map(RgbImage::dimensions);
    let smaller = size.filter(|_| question["smaller"] == true);
    let reference = match smaller {
        Some((width, height)) => imageops::resize(&source, width, height, FilterType::Lanczos3),
        None => source,
    };
    let scores = if question["only"] == "ssimulacra2" {
        let reference = Ssimulacra2Reference::new(&slice(&reference)?)?;
        let score = |output| Ok(json!({ "ssimulacra2": reference.compare(&slice(output)?)? }));
        outputs
            .iter()
            .map(score)
            .collect::<Result<Vec<_>, Box<dyn Error>>>()?
    } else {
        let reference = Reference::new(&reference)?;
        let scores = outputs.iter().map(|output| reference.compare(output));
        scores.collect::<Result<Vec<_>, _>>()?
    };
    Ok(json!({ "width": width, "height": height, "scores": scores }))
}

/// A source, prepared for each of the metrics.
struct Reference {
    size: (u32, u32),
    ssimulacra2: Ssimulacra2Reference,
    butteraugli: ButteraugliReference,
    dssim: DssimImage<f32>,
}

impl Reference {
    fn new(source: &RgbImage) -> Result<Self, Box<dyn Error>> {
        let (width, height) = (source.width() as usize, source.height() as usize);
        Ok(Self {
            size: source.dimensions(),
            ssimulacra2: Ssimulacra2Reference::new(&slice(source)?)?,
            butteraugli: ButteraugliReference::new(
                source,
                width,
                height,
                ButteraugliParams::new(),
            )?,
            dssim: dssim_image(source)?,
        })
    }

    fn compare(&self, output: &RgbImage) -> Result<Value, Box<dyn Error>> {
        if output.dimensions() != self.size {
            let message = format!("{:?} became {:?} pixels", self.size, output.dimensions());
            return Err(message.into());
        }
        let dssim: f64 = Dssim::new()
            .compare(&self.dssim, dssim_image(output)?)
            .0
            .into();
        Ok(json!({
            "ssimulacra2": self.ssimulacra2.compare(&slice(output)?)?,
            "butteraugli3": self.butteraugli.compare(output)?.pnorm_3,
            "dssim": dssim,
        }))
    }
}

fn slice(picture: &RgbImage) -> Result<PixelSlice<'_>, Box<dyn Error>> {
    let (width, height) = picture.dimensions();
    let stride = width as usize * 3;
    let slice = PixelSlice::new(picture, width, height, stride, PixelDescriptor::RGB8_SRGB);
    slice.map_err(|error| format!("{error:?}").into())
}

fn dssim_image(picture: &RgbImage) -> Result<DssimImage<f32>, Box<dyn Error>> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let image = Dssim::new().create_image_rgb(picture.as_rgb(), width, height);
    image.ok_or_else(|| "too small for DSSIM".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(strength: u32) -> RgbImage {
        RgbImage::from_fn(96, 64, |x, y| {
            let base = (x * 2 + y) % 200;
            let noise = (x * 7919 + y * 104_729) % (strength + 1);
            let value = u8::try_from(base + noise).unwrap();
            image::Rgb([value, value / 2, 255 - value])
        })
    }

    #[test]
    fn the_same_is_the_same_and_worse_is_worse() {
        let reference = Reference::new(&noise(0)).unwrap();
        let [same, near, far] = [0, 8, 50].map(|n| reference.compare(&noise(n)).unwrap());
        let of = |score: &Value, name: &str| score[name].as_f64().unwrap();
        assert!(of(&same, "ssimulacra2") > 99.9);
        assert!(of(&same, "butteraugli3") < 1e-6 && of(&same, "dssim") < 1e-6);
        for (name, sign) in [("ssimulacra2", -1.0), ("butteraugli3", 1.0), ("dssim", 1.0)] {
            assert!(sign * (of(&near, name) - of(&same, name)) > 0.0, "{name}");
            assert!(sign * (of(&far, name) - of(&near, name)) > 0.0, "{name}");
        }
    }

    #[test]
    fn another_size_is_an_error() {
        let reference = Reference::new(&noise(0)).unwrap();
        assert!(reference.compare(&RgbImage::new(64, 96)).is_err());
    }
}
