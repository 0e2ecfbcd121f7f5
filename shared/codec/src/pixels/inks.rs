//! Inks (CMYK) as sRGB: what is for printing, as it looks on paper.

use std::sync::Arc;

use moxcms::{CmsError, ColorProfile, Layout, Transform8BitExecutor, TransformOptions};

use crate::metadata::icc::{Profile, Space};

/// For pictures that do not say which inks they are for: U.S. Web Coated (SWOP) as CGATS TR 001 measured it, which most
/// software takes in that case. `CGATS001Compat-v2-micro` of the [Compact ICC
/// Profiles](https://github.com/saucecontrol/Compact-ICC-Profiles), by Clinton Ingram, in the public domain (CC0 1.0).
const SWOP: &[u8] = include_bytes!("swop.icc");

/// Converts inks to sRGB, with the perceptual intent, as browsers and sharp do it.
pub struct Inks {
    transform: Arc<Transform8BitExecutor>,
}

impl Inks {
    /// By an ICC profile for four inks. One that is broken, or that is for other samples, is as good as none.
    ///
    /// # Errors
    /// None that is known: it would be a fault of the profile that is built in.
    pub fn new(profile: Option<&[u8]>) -> Result<Self, CmsError> {
        let described = profile.filter(|bytes| Profile::of(bytes, Space::Cmyk).is_some());
        let transform = match described.map(transform) {
            Some(Ok(transform)) => transform,
            _ => transform(SWOP)?,
        };
        Ok(Self { transform })
    }

    /// Converts pixels of four samples each (cyan, magenta, yellow and black, 255 for all ink that there can be) to as many
    /// of three.
    ///
    /// # Errors
    /// If there is not the same number of them.
    pub fn to_srgb(&self, inks: &[u8], rgb: &mut [u8]) -> Result<(), CmsError> {
        self.transform.transform(inks, rgb)
    }
}

fn transform(profile: &[u8]) -> Result<Arc<Transform8BitExecutor>, CmsError> {
    let (source, srgb) = (
        ColorProfile::new_from_slice(profile)?,
        ColorProfile::new_srgb(),
    );
    source.create_transform_8bit(
        Layout::Rgba,
        &srgb,
        Layout::Rgb,
        TransformOptions::default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::icc::tests::display_p3_profile;

    /// Inks, and what littleCMS 2 makes of them with the same profile, perceptual (Pillow 13.0.0, `ImageCms`).
    const LITTLE_CMS: [([u8; 4], [u8; 3]); 24] = [
        ([0, 0, 0, 0], [255, 255, 255]),
        ([255, 0, 0, 0], [0, 174, 239]),
        ([0, 255, 0, 0], [236, 0, 140]),
        ([0, 0, 255, 0], [255, 242, 0]),
        ([0, 0, 0, 255], [35, 31, 32]),
        ([255, 255, 0, 0], [46, 48, 146]),
        ([0, 255, 255, 0], [237, 28, 36]),
        ([255, 0, 255, 0], [0, 166, 80]),
        ([255, 255, 255, 255], [0, 0, 0]),
        ([241, 160, 175, 143], [0, 49, 49]),
        ([148, 198, 213, 36], [117, 76, 61]),
        ([14, 76, 72, 139], [130, 103, 96]),
        ([233, 1, 127, 131], [0, 103, 93]),
        ([33, 204, 30, 74], [161, 64, 111]),
        ([209, 77, 87, 44], [20, 123, 138]),
        ([184, 65, 253, 71], [65, 116, 51]),
        ([122, 129, 149, 88], [105, 92, 80]),
        ([130, 254, 206, 126], [85, 12, 31]),
        ([179, 159, 87, 158], [44, 47, 66]),
        ([119, 55, 216, 25], [137, 155, 77]),
        ([219, 156, 29, 7], [48, 101, 160]),
        ([113, 9, 36, 82], [99, 151, 160]),
        ([248, 119, 206, 146], [0, 59, 42]),
        ([210, 161, 112, 82], [49, 73, 92]),
    ];

    fn converted(profile: Option<&[u8]>, inks: &[u8]) -> Vec<u8> {
        let mut rgb = vec![0; inks.len() / 4 * 3];
        let converter = Inks::new(profile).unwrap();
        converter.to_srgb(inks, &mut rgb).unwrap();
        rgb
    }

    #[test]
    fn colours_are_those_of_little_cms() {
        let inks: Vec<u8> = LITTLE_CMS.iter().flat_map(|(inks, _)| *inks).collect();
        let rgb = converted(None, &inks);
        for ((inks, expected), found) in LITTLE_CMS.iter().zip(rgb.as_chunks::<3>().0) {
            let off = expected
                .iter()
                .zip(found)
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(off <= Some(MOST), "{inks:?}: {found:?} for {expected:?}");
        }
    }

    /// Interpolation in another order than littleCMS's.
    const MOST: u8 = 8;

    /// A table of one colour alone, for whatever inks.
    fn of_one_colour() -> Vec<u8> {
        let mut profile = SWOP.to_vec();
        let table = profile.windows(4).position(|tag| tag == b"mft2").unwrap();
        // Header, matrix and curves of 2 entries for 4 inks; the table has 6⁴ colours.
        let clut = table + 52 + 4 * 2 * 2;
        for colour in profile[clut..][..1296 * 6].as_chunks_mut::<6>().0 {
            *colour = [0x80, 0, 0x80, 0, 0x80, 0];
        }
        profile
    }

    #[test]
    fn a_profile_counts_if_it_is_for_inks() {
        let inks = [200, 30, 0, 20];
        let default = converted(None, &inks);
        assert_ne!(converted(Some(&of_one_colour()), &inks), default);
        let mut broken = SWOP.to_vec();
        broken.truncate(300);
        for profile in [&display_p3_profile()[..], &[0; 3000], &broken] {
            assert_eq!(converted(Some(profile), &inks), default);
        }
    }
}
