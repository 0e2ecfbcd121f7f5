//! Colours by an embedded profile.

use std::error::Error;

use image::{DynamicImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// The picture in sRGB, 8 bits, with its alpha.
pub fn to_srgb(picture: &DynamicImage, profile: &[u8]) -> Result<RgbaImage, Box<dyn Error>> {
    let profile = ColorProfile::new_from_slice(profile)?;
    let (layout, pixels) = match profile.color_space {
        DataColorSpace::Rgb => (Layout::Rgba, picture.to_rgba8().into_raw()),
        DataColorSpace::Gray => (Layout::GrayAlpha, picture.to_luma_alpha8().into_raw()),
        other => return Err(format!("a profile of {other:?} is not measured").into()),
    };
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgba, options)?;
    let mut converted = RgbaImage::new(picture.width(), picture.height());
    transform.transform(&pixels, &mut converted)?;
    Ok(converted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(profile: &ColorProfile) -> [u8; 4] {
        let picture = RgbaImage::from_pixel(1, 1, image::Rgba([200, 100, 50, 77]));
        let profile = profile.encode().unwrap();
        to_srgb(&picture.into(), &profile)
            .unwrap()
            .get_pixel(0, 0)
            .0
    }

    #[test]
    fn srgb_stays_and_wider_gamuts_move() {
        let near = |one: [u8; 4], other: [u8; 4]| {
            one.iter()
                .zip(other)
                .all(|(one, other)| one.abs_diff(other) <= 1)
        };
        assert!(near(
            converted(&ColorProfile::new_srgb()),
            [200, 100, 50, 77]
        ));
        let wide = converted(&ColorProfile::new_display_p3());
        assert!(wide[0] > 205 && wide[3] == 77, "{wide:?}");
    }
}
