//! Colours of other spaces as sRGB, for outputs that carry no ICC profile.

use moxcms::{ColorProfile, Layout as Channels, TransformOptions};

use super::buffer::{Layout, Pixels};
use crate::metadata::icc::Profile;

/// Converts what an ICC profile describes. A profile that is broken, or that is for other samples than these, is as
/// good as none: that is how browsers see it too.
pub fn to_srgb(pixels: Pixels, profile: Option<&[u8]>) -> Pixels {
    let described = profile.filter(|bytes| Profile::of(bytes, pixels.layout.space()).is_some());
    match described.and_then(|profile| transform(&pixels, profile)) {
        Some(converted) => converted,
        None => pixels,
    }
}

fn transform(pixels: &Pixels, profile: &[u8]) -> Option<Pixels> {
    let source = ColorProfile::new_from_slice(profile).ok()?;
    let (from, layout, to) = match pixels.layout {
        Layout::Gray => (Channels::Gray, Layout::Rgb, Channels::Rgb),
        Layout::GrayAlpha => (Channels::GrayAlpha, Layout::Rgba, Channels::Rgba),
        Layout::Rgb => (Channels::Rgb, Layout::Rgb, Channels::Rgb),
        Layout::Rgba => (Channels::Rgba, Layout::Rgba, Channels::Rgba),
    };
    let srgb = ColorProfile::new_srgb();
    let transform = source
        .create_transform_8bit(from, &srgb, to, TransformOptions::default())
        .ok()?;
    let length = pixels.samples.len() / pixels.layout.channels() * layout.channels();
    let mut samples = vec![0; length];
    transform.transform(&pixels.samples, &mut samples).ok()?;
    Some(Pixels {
        layout,
        samples,
        ..*pixels
    })
}
