//! Inks (CMYK) as sRGB: what is for printing, as it looks on paper.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "shares of 255"
)]

use std::sync::Arc;

use moxcms::{CmsError, ColorProfile, Layout, Transform8BitExecutor, TransformOptions};

use crate::metadata::icc::{Profile, Space};

/// For pictures that do not say which inks they are for, with [`Press`]: U.S. Web Coated (SWOP) as CGATS TR 001 measured it. `CGATS001Compat-v2-micro` of the [Compact ICC
/// Profiles](https://github.com/saucecontrol/Compact-ICC-Profiles), by Clinton Ingram, in the public domain (CC0 1.0).
const SWOP: &[u8] = include_bytes!("swop.icc");

/// A press that prints somewhat darker than SWOP's does: with it, pictures without a profile look as libvips, and so
/// sharp, shows them. Its default is another profile; fitted to that, the mean ΔE2000 is 2.1 (it was 3.8), over photographs
/// with no black ink, some, and all that there can be, and over colours at random.
struct Press {
    /// What each amount of each ink becomes.
    gains: [[u8; 256]; 4],
}

/// How much more of each ink there is, of x as a share of x·(1 − x): cyan, magenta, yellow, black.
const GAINS: [f32; 4] = [0.02, 0.17, 0.14, 0.05];

/// How much black the three others make together where all of them are.
const OVERPRINT: f32 = 0.41;

impl Press {
    fn new() -> Self {
        let gained = |gain: f32, ink: usize| {
            let share = ink as f32 / 255.0;
            ((share + gain * share * (1.0 - share)) * 255.0).round() as u8
        };
        Self {
            gains: GAINS.map(|gain| std::array::from_fn(|ink| gained(gain, ink))),
        }
    }

    fn print(&self, inks: &mut [u8]) {
        for pixel in inks.as_chunks_mut::<4>().0 {
            let [cyan, magenta, yellow, black] =
                std::array::from_fn(|ink| self.gains[ink][usize::from(pixel[ink])]);
            let [c, m, y, paper] = [cyan, magenta, yellow, 255 - black].map(f32::from);
            let overprint = OVERPRINT * (c / 255.0) * (m / 255.0) * (y / 255.0) * paper;
            *pixel = [cyan, magenta, yellow, black + overprint.round() as u8];
        }
    }
}

/// Converts inks to sRGB, with the perceptual intent, as browsers and sharp do it.
pub struct Inks {
    transform: Arc<Transform8BitExecutor>,
    press: Option<Press>,
}

impl Inks {
    /// By an ICC profile for four inks. One that is broken, or that is for other samples, is as good as none.
    ///
    /// # Errors
    /// None that is known: it would be a fault of the profile that is built in.
    pub fn new(profile: Option<&[u8]>) -> Result<Self, CmsError> {
        let described = profile.filter(|bytes| Profile::of(bytes, Space::Cmyk).is_some());
        if let Some(Ok(transform)) = described.map(transform) {
            let press = None;
            return Ok(Self { transform, press });
        }
        Ok(Self {
            transform: transform(SWOP)?,
            press: Some(Press::new()),
        })
    }

    /// Converts pixels of four samples each (cyan, magenta, yellow and black, 255 for all ink that there can be) to as many
    /// of three. What the inks are is lost.
    ///
    /// # Errors
    /// If there is not the same number of them.
    pub fn to_srgb(&self, inks: &mut [u8], rgb: &mut [u8]) -> Result<(), CmsError> {
        if let Some(press) = &self.press {
            press.print(inks);
        }
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
        converter.to_srgb(&mut inks.to_vec(), &mut rgb).unwrap();
        rgb
    }

    #[test]
    fn colours_are_those_of_little_cms() {
        let inks: Vec<u8> = LITTLE_CMS.iter().flat_map(|(inks, _)| *inks).collect();
        let rgb = converted(Some(SWOP), &inks);
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

    /// What sharp 0.35.5 makes of inks without a profile.
    #[test]
    fn without_a_profile_colours_are_near_those_of_sharp() {
        for (inks, expected) in [
            ([0, 0, 0, 0], [255, 255, 255]),
            ([0, 255, 0, 0], [234, 0, 128]),
            ([0, 0, 255, 0], [255, 240, 0]),
            ([255, 255, 255, 0], [33, 17, 31]),
            ([200, 200, 200, 0], [77, 59, 59]),
            ([100, 150, 200, 0], [155, 101, 63]),
            ([60, 100, 140, 0], [189, 143, 109]),
            ([0, 0, 0, 128], [134, 133, 132]),
            ([255, 255, 255, 255], [0, 0, 0]),
        ] {
            let found = converted(None, &inks);
            let off = |rgb: &[u8]| -> u32 {
                let pairs = rgb.iter().zip(expected);
                pairs.map(|(a, b)| u32::from(a.abs_diff(b))).sum()
            };
            assert!(off(&found) <= 45, "{inks:?}: {found:?} for {expected:?}");
            let plain = converted(Some(SWOP), &inks);
            assert!(off(&found) <= off(&plain), "{inks:?}: {found:?} {plain:?}");
        }
    }

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
        assert_ne!(converted(Some(SWOP), &inks), default);
        let mut broken = SWOP.to_vec();
        broken.truncate(300);
        for profile in [&display_p3_profile()[..], &[0; 3000], &broken] {
            assert_eq!(converted(Some(profile), &inks), default);
        }
    }
}
