//! From luma, chroma and alpha to colours of 8 bits (ITU-T H.273, 8.3).

use moxcms::ColorProfile;

use super::container::{Coding, Container, Crop};
use super::error::AvifError;
use super::planes::{self, Plane, Planes};
use crate::pixels::{Layout, Pixels};

/// Values of transfer characteristics that need more light than a picture has.
const HDR_TRANSFERS: [u64; 2] = [16, 18];

/// Decodes the main picture, whose size has been checked, as it is shown but for its orientation; and the ICC profile
/// of its colours.
pub fn decode(container: Container) -> Result<(Pixels, Option<Vec<u8>>), AvifError> {
    let Container {
        picture,
        alpha,
        is_premultiplied,
    } = container;
    let coding = picture.coding;
    if coding.is_some_and(|coding| HDR_TRANSFERS.contains(&coding.transfer)) {
        return Err(AvifError::Unsupported(
            "an AVIF picture of high dynamic range (PQ or HLG)",
        ));
    }
    let profile = picture.icc_profile.or_else(|| coding.and_then(profile));
    let colours = planes::decode(picture.data, picture.size)?;
    let mut pixels = pixels(&colours, coding)?;
    if let Some(alpha) = alpha {
        let planes = planes::decode(alpha.data, picture.size)?;
        pixels = with_alpha(&pixels, &planes, is_premultiplied)?;
    }
    if let Some(crop) = picture.crop {
        pixels = cropped(&pixels, crop);
    }
    Ok((pixels, profile))
}

/// The profile of primaries that are not those of sRGB.
fn profile(coding: Coding) -> Option<Vec<u8>> {
    let profile = match coding.primaries {
        9 => ColorProfile::new_bt2020(),
        12 => ColorProfile::new_display_p3(),
        _ => return None,
    };
    profile.encode().ok()
}

/// How much luma each primary gives, red and blue.
fn weights(matrix: u64) -> Result<(f32, f32), AvifError> {
    Ok(match matrix {
        1 => (0.2126, 0.0722),
        4 => (0.30, 0.11),
        // Where nobody says, BT.601 is meant.
        2 | 5 | 6 => (0.299, 0.114),
        7 => (0.212, 0.087),
        9 => (0.2627, 0.0593),
        _ => {
            return Err(AvifError::Unsupported(
                "an AVIF picture of a rare kind of colours",
            ));
        }
    })
}

/// From samples to numbers from 0 to 1, or from -0.5 to 0.5 for chroma.
#[derive(Clone, Copy)]
struct Scale {
    offset: f32,
    range: f32,
}

impl Scale {
    fn new(depth: u32, full_range: bool, is_chroma: bool) -> Self {
        let unit = f32::from(1_u16 << (depth - 8));
        let middle = if is_chroma { 128.0 * unit } else { 0.0 };
        match (full_range, is_chroma) {
            (true, _) => Self {
                offset: middle,
                range: 256.0 * unit - 1.0,
            },
            (false, false) => Self {
                offset: 16.0 * unit,
                range: 219.0 * unit,
            },
            (false, true) => Self {
                offset: middle,
                range: 224.0 * unit,
            },
        }
    }

    fn of(self, sample: f32) -> f32 {
        (sample - self.offset) / self.range
    }
}

fn pixels(planes: &Planes, coding: Option<Coding>) -> Result<Pixels, AvifError> {
    let full_range = coding.map_or(planes.full_range, |coding| coding.full_range);
    let matrix = coding.map_or(planes.matrix, |coding| coding.matrix);
    let scale = |is_chroma| Scale::new(planes.depth, full_range, is_chroma);
    let luma = &planes.planes[0];
    let places = (0..luma.height).flat_map(|y| (0..luma.width).map(move |x| (x, y)));
    let (layout, samples) = match &planes.planes[..] {
        [luma, u, v] if matrix == 0 => {
            // Green, blue and red, all at full resolution.
            let sample = |plane: &Plane, x, y| value(scale(false).of(plane.near(x, y, luma)));
            let rgb = places.flat_map(|(x, y)| [v, luma, u].map(|plane| sample(plane, x, y)));
            (Layout::Rgb, rgb.collect())
        }
        [luma, u, v] => {
            let (red, blue) = weights(matrix)?;
            let rgb = places.flat_map(|(x, y)| {
                let luma_here = scale(false).of(luma.near(x, y, luma));
                let [u, v] = [u, v].map(|plane| scale(true).of(plane.near(x, y, luma)));
                let r = luma_here + 2.0 * (1.0 - red) * v;
                let b = luma_here + 2.0 * (1.0 - blue) * u;
                let g = (luma_here - red * r - blue * b) / (1.0 - red - blue);
                [r, g, b].map(value)
            });
            (Layout::Rgb, rgb.collect())
        }
        _ => {
            let gray = luma.samples.iter();
            let gray = gray.map(|sample| value(scale(false).of((*sample).into())));
            (Layout::Gray, gray.collect())
        }
    };
    Ok(Pixels {
        width: side(luma.width)?,
        height: side(luma.height)?,
        layout,
        samples,
    })
}

fn side(side: usize) -> Result<u32, AvifError> {
    u32::try_from(side).map_err(|_| AvifError::Damaged("too large"))
}

/// Rounds; a conversion from float saturates.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn value(share: f32) -> u8 {
    (share * 255.0 + 0.5) as u8
}

impl Plane {
    /// The sample at a pixel of `luma`; where there are fewer, mixed of the nearest two along each axis.
    fn near(&self, x: usize, y: usize, luma: &Self) -> f32 {
        let across = nearest(x, self.width, luma.width);
        let down = nearest(y, self.height, luma.height);
        let mut sum = 0.0;
        for (y, share_down) in down {
            for (x, share) in across {
                sum += share_down * share * f32::from(self.samples[y * self.width + x]);
            }
        }
        sum
    }
}

/// The two nearest places along an axis of half the resolution, with their shares; or the place itself.
fn nearest(at: usize, length: usize, whole: usize) -> [(usize, f32); 2] {
    if length == whole {
        return [(at, 1.0), (at, 0.0)];
    }
    let here = (at / 2).min(length - 1);
    let next = match at % 2 {
        0 => here.saturating_sub(1),
        _ => (here + 1).min(length - 1),
    };
    [(here, 0.75), (next, 0.25)]
}

fn with_alpha(
    pixels: &Pixels,
    alpha: &Planes,
    is_premultiplied: bool,
) -> Result<Pixels, AvifError> {
    let scale = Scale::new(alpha.depth, alpha.full_range, false);
    let plane = &alpha.planes[0];
    let channels = pixels.layout.channels();
    let colours = pixels.samples.chunks_exact(channels);
    if colours.len() != plane.samples.len() {
        return Err(AvifError::Damaged("alpha of another size"));
    }
    let mut samples = Vec::with_capacity(plane.samples.len() * (channels + 1));
    for (colour, alpha) in colours.zip(&plane.samples) {
        let alpha = value(scale.of((*alpha).into()));
        let divided = |sample: &u8| match (is_premultiplied, alpha) {
            (true, 1..) => value(f32::from(*sample) / f32::from(alpha)),
            _ => *sample,
        };
        samples.extend(colour.iter().map(divided));
        samples.push(alpha);
    }
    Ok(Pixels {
        layout: if pixels.layout.is_gray() {
            Layout::GrayAlpha
        } else {
            Layout::Rgba
        },
        samples,
        ..*pixels
    })
}

fn cropped(pixels: &Pixels, crop: Crop) -> Pixels {
    let channels = pixels.layout.channels();
    let [left, top, width, height] =
        [crop.left, crop.top, crop.width, crop.height].map(|side| side as usize);
    let rows = pixels
        .samples
        .chunks_exact(pixels.width as usize * channels);
    let part = left * channels..(left + width) * channels;
    Pixels {
        width: crop.width,
        height: crop.height,
        layout: pixels.layout,
        samples: rows
            .skip(top)
            .take(height)
            .flat_map(|row| &row[part.clone()])
            .copied()
            .collect(),
    }
}
