//! AVIF: decoded by `re_rav1d`, encoded by `ravif`.

use ravif::{Encoder, Img, RGBA8};

use crate::avif::{self, AvifError, Container};
use crate::choice::{Candidate, Lossy, choose};
use crate::error::ImageError;
use crate::metadata::orientation::Orientation;
use crate::options::{Options, Quality};
use crate::picture::{Format, Output};
use crate::pixels::{Pixels, to_srgb};

/// rav1e's effort, 10 to 1: 9 takes about 0.4 s a megapixel, a third of what 8 does, for 7 % more bytes.
const SPEED: u8 = 9;

/// Width and height as they are stored.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    let container = Container::read(bytes).map_err(failure)?;
    Ok(container.picture.size)
}

/// How an AVIF is turned upright.
pub fn orientation(bytes: &[u8]) -> Orientation {
    let container = Container::read(bytes);
    container.map_or_else(
        |_| Orientation::default(),
        |container| container.picture.orientation,
    )
}

/// The EXIF data of an AVIF.
pub fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    avif::exif(bytes)
}

/// Compresses an AVIF whose size has been checked. It is kept as it was stored, with what turns it upright.
pub fn recompress(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let pixels = decode_upright(bytes)?;
    let smaller = options.smaller(pixels.size());
    let pixels = pixels.within(smaller);
    // There is no room for a notice of its own.
    let can_be_kept = notice.is_none() && smaller.is_none();
    let coder = Lossy {
        stripped: avif::without_metadata(bytes).filter(|_| can_be_kept),
        encode: |quality| encode(&pixels, quality, notice),
    };
    let Candidate { bytes, kept } = choose(bytes.len(), options.quality, coder)?;
    let (width, height) = size(&bytes)?;
    Ok(Output {
        format: Format::Avif,
        width,
        height,
        bytes,
        kept,
    })
}

/// Decodes an AVIF whose size has been checked to upright pixels in sRGB.
pub fn decode_upright(bytes: &[u8]) -> Result<Pixels, ImageError> {
    let container = Container::read(bytes).map_err(failure)?;
    let orientation = container.picture.orientation;
    let (pixels, profile) = avif::decode(container).map_err(failure)?;
    Ok(to_srgb(pixels.upright(orientation), profile.as_deref()))
}

fn failure(error: AvifError) -> ImageError {
    match error {
        AvifError::Unsupported(seen) => ImageError::UnsupportedFormat { seen },
        AvifError::Damaged(_) => ImageError::damaged(Format::Avif, error),
    }
}

/// Encodes an upright picture in sRGB, on one thread.
pub fn encode(
    pixels: &Pixels,
    quality: Quality,
    notice: Option<&[u8]>,
) -> Result<Vec<u8>, ImageError> {
    let rgba = pixels.rgba();
    let (samples, _) = rgba.as_chunks::<4>();
    let samples: Vec<RGBA8> = samples
        .iter()
        .map(|&[r, g, b, a]| RGBA8::new(r, g, b, a))
        .collect();
    let mut encoder = Encoder::new()
        .with_quality(f32::from(quality.get()))
        .with_alpha_quality(f32::from(quality.get()))
        .with_speed(SPEED)
        .with_num_threads(Some(1));
    if let Some(notice) = notice {
        encoder = encoder.with_exif(notice);
    }
    let image = Img::new(&samples[..], pixels.width as usize, pixels.height as usize);
    encoder
        .encode_rgba(image)
        .map(|encoded| encoded.avif_file)
        .map_err(|error| ImageError::internal(Format::Avif, error))
}
