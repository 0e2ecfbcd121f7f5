//! From samples of 8 bits to colours.

use super::error::TiffError;
use super::layout::{Alpha, Layout, Photometric};
use crate::pixels::{Inks, Layout as Channels, Pixels};

/// The picture of these samples, as many for each pixel as are of use.
pub fn pixels(layout: &Layout<'_>, mut samples: Vec<u8>) -> Result<Pixels, TiffError> {
    let (width, height) = layout.size;
    if let Photometric::Palette(colours) = &layout.photometric {
        samples = of_indices(&samples, colours, layout.alpha.is_some());
    }
    if layout.photometric == Photometric::Cmyk && !layout.is_in_srgb() {
        let printed = of_inks(&samples, layout.icc_profile, layout.alpha.is_some());
        samples = printed.map_err(|_| TiffError::Damaged("its inks cannot be converted"))?;
    }
    let channels = match (&layout.photometric, layout.alpha) {
        (Photometric::Gray | Photometric::InvertedGray, None) => Channels::Gray,
        (Photometric::Gray | Photometric::InvertedGray, Some(_)) => Channels::GrayAlpha,
        (_, None) => Channels::Rgb,
        (_, Some(_)) => Channels::Rgba,
    };
    if layout.photometric == Photometric::InvertedGray {
        let step = channels.channels();
        samples
            .iter_mut()
            .step_by(step)
            .for_each(|sample| *sample = !*sample);
    }
    if layout.alpha == Some(Alpha::Associated) {
        divide_out_alpha(&mut samples, channels.channels());
    }
    Ok(Pixels {
        width,
        height,
        layout: channels,
        samples,
    })
}

/// The colours of indices, each with the alpha behind it if there is one.
fn of_indices(samples: &[u8], colours: &[[u8; 3]], has_alpha: bool) -> Vec<u8> {
    let channels = 1 + usize::from(has_alpha);
    let mut shown = Vec::with_capacity(samples.len() / channels * (channels + 2));
    for pixel in samples.chunks_exact(channels) {
        let colour = colours.get(usize::from(pixel[0])).copied();
        shown.extend(colour.unwrap_or_default());
        shown.extend_from_slice(&pixel[1..]);
    }
    shown
}

/// The colours of inks, each with the alpha behind them if there is one.
fn of_inks(
    samples: &[u8],
    profile: Option<&[u8]>,
    has_alpha: bool,
) -> Result<Vec<u8>, moxcms::CmsError> {
    let channels = 4 + usize::from(has_alpha);
    let pixels = samples.chunks_exact(channels);
    let mut inks: Vec<u8> = pixels
        .clone()
        .flat_map(|pixel| &pixel[..4])
        .copied()
        .collect();
    let mut rgb = vec![0; inks.len() / 4 * 3];
    Inks::new(profile)?.to_srgb(&mut inks, &mut rgb)?;
    if !has_alpha {
        return Ok(rgb);
    }
    let colours = rgb.chunks_exact(3).zip(pixels);
    let shown = colours.flat_map(|(colour, pixel)| [colour[0], colour[1], colour[2], pixel[4]]);
    Ok(shown.collect())
}

/// Colours that are multiplied by alpha as they are without it (TIFF 6.0, section 18).
fn divide_out_alpha(samples: &mut [u8], channels: usize) {
    for pixel in samples.chunks_exact_mut(channels) {
        let Some((alpha @ 1.., colours)) = pixel.split_last_mut() else {
            continue;
        };
        let alpha = u16::from(*alpha);
        for sample in colours {
            let divided = (u16::from(*sample) * 255 + alpha / 2) / alpha;
            *sample = u8::try_from(divided).unwrap_or(u8::MAX);
        }
    }
}

/// Red, green and blue of luma and chroma of the full range (ITU-R BT.601, as in JPEG).
pub fn of_ycbcr(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let red = y + 1.402 * cr;
    let green = y - 0.344_136 * cb - 0.714_136 * cr;
    let blue = y + 1.772 * cb;
    [red, green, blue].map(saturated)
}

/// Rounds; a conversion from float saturates.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn saturated(value: f32) -> u8 {
    (value + 0.5) as u8
}
