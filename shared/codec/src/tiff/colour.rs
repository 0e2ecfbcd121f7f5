//! From samples of 8 bits to colours.

use super::layout::{Alpha, Layout, Photometric};
use crate::pixels::{Layout as Channels, Pixels};

/// The picture of these samples, as many for each pixel as are of use.
pub fn pixels(layout: &Layout<'_>, mut samples: Vec<u8>) -> Pixels {
    let (width, height) = layout.size;
    if let Photometric::Palette(colours) = &layout.photometric {
        samples = of_indices(&samples, colours, layout.alpha.is_some());
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
    Pixels {
        width,
        height,
        layout: channels,
        samples,
    }
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
