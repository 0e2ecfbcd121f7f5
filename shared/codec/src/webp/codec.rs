//! libwebp: from a file of one picture to samples, and back.

use webpx::{Decoder, DecoderConfig, Encoder, ImageInfo, Unstoppable};

use super::chunks;
use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::metadata::orientation::Orientation;
use crate::options::Quality;
use crate::picture::Format;
use crate::pixels::{Decoded, Layout, Pixels, Samples};

/// libwebp's effort, 0 to 6: 2 is about three times as fast as the default 4 and 2 to 7 % larger.
const METHOD: u8 = 2;

/// Decodes a file and turns it upright: to planes where it is lossy and opaque, and lies upright.
pub fn decode(
    file: &[u8],
    orientation: Orientation,
    size: (u32, u32),
    limits: &PixelLimits,
) -> Result<Samples, ImageError> {
    let info = ImageInfo::from_webp(file).map_err(damaged)?;
    if (info.width, info.height) != size {
        return Err(ImageError::damaged(
            Format::WebP,
            "the picture is not as large as the file declares",
        ));
    }
    if is_lossy(file) && !info.has_alpha && orientation.is_upright() {
        let planes = decoder(file, limits)?.decode_yuv();
        return planes.map(Samples::Planes).map_err(damaged);
    }
    decode_pixels(file, info.has_alpha, limits)
        .map(|pixels| Samples::Pixels(pixels.upright(orientation)))
}

/// Decodes a file to pixels as they are stored.
pub fn decode_pixels(
    file: &[u8],
    has_alpha: bool,
    limits: &PixelLimits,
) -> Result<Pixels, ImageError> {
    let decoder = decoder(file, limits)?;
    let (layout, decoded) = if has_alpha {
        (Layout::Rgba, decoder.decode_rgba_raw())
    } else {
        (Layout::Rgb, decoder.decode_rgb_raw())
    };
    let (samples, width, height) = decoded.map_err(damaged)?;
    Ok(Pixels {
        width,
        height,
        layout,
        samples,
    })
}

fn decoder<'a>(file: &'a [u8], limits: &PixelLimits) -> Result<Decoder<'a>, ImageError> {
    let allowed = webpx::Limits::none().with_max_pixels(limits.max_pixels);
    let decoder = Decoder::new(file).map_err(damaged)?;
    Ok(decoder.config(DecoderConfig::new().limits(allowed)))
}

fn is_lossy(file: &[u8]) -> bool {
    chunks::parse(file).is_ok_and(|chunks| chunks::find(&chunks, b"VP8 ").is_some())
}

pub fn damaged(error: webpx::At<webpx::Error>) -> ImageError {
    ImageError::damaged(Format::WebP, error)
}

pub fn failed(error: webpx::At<webpx::Error>) -> ImageError {
    ImageError::internal(Format::WebP, error)
}

/// Encodes a picture, lossy, with its alpha, its profile and a notice.
pub fn encode(
    picture: &Decoded,
    quality: Quality,
    notice: Option<&[u8]>,
) -> Result<Vec<u8>, ImageError> {
    let encoded = encode_samples(&picture.samples, quality)?;
    let encoded = match &picture.profile {
        Some(profile) => chunks::with_profile(&encoded, picture.size(), profile)?,
        None => encoded,
    };
    with_notice(encoded, picture.size(), notice)
}

/// A file that has no EXIF data, with a notice.
pub fn with_notice(
    file: Vec<u8>,
    size: (u32, u32),
    notice: Option<&[u8]>,
) -> Result<Vec<u8>, ImageError> {
    let Some(notice) = notice else {
        return Ok(file);
    };
    let mut chunks = chunks::parse(&file)?;
    chunks::add_exif(&mut chunks, size, notice);
    chunks::write(&chunks)
}

fn encode_samples(samples: &Samples, quality: Quality) -> Result<Vec<u8>, ImageError> {
    let rgba;
    let encoder = match samples {
        Samples::Planes(planes) => Encoder::new_yuv(planes.into()),
        Samples::Pixels(pixels) => match pixels.layout {
            Layout::Rgb => Encoder::new_rgb(&pixels.samples, pixels.width, pixels.height),
            _ => {
                rgba = pixels.rgba();
                Encoder::new_rgba(&rgba, pixels.width, pixels.height)
            }
        },
    };
    let encoder = encoder.quality(f32::from(quality.get())).method(METHOD);
    encoder.encode(Unstoppable).map_err(failed)
}
