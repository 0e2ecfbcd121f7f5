//! Colours that are converted to sRGB look the same: within ΔE2000 of 1 on average. The arithmetic here shares nothing
//! with the code under test.

use super::*;
use crate::metadata::icc::tests::REAL_OTHERS;

type Colour = [f64; 3];

/// Lightness, and the two axes of colour.
type Lab = Colour;

/// An RGB space: its primaries as its profile has them, for D50, and its tone curve.
struct Space {
    primaries: [Colour; 3],
    curve: fn(f64) -> f64,
}

fn srgb_curve(value: f64) -> f64 {
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

const SRGB: Space = Space {
    primaries: [
        [0.4361, 0.2225, 0.0139],
        [0.3851, 0.7169, 0.0971],
        [0.1431, 0.0606, 0.7141],
    ],
    curve: srgb_curve,
};

const DISPLAY_P3: Space = Space {
    primaries: [
        [0.5151, 0.2412, 0.0],
        [0.2920, 0.6922, 0.0418],
        [0.1571, 0.0666, 0.7831],
    ],
    curve: srgb_curve,
};

const ADOBE_RGB: Space = Space {
    primaries: [
        [0.6097, 0.3111, 0.0195],
        [0.2053, 0.6257, 0.0609],
        [0.1492, 0.0632, 0.7446],
    ],
    curve: |value| value.powf(563.0 / 256.0),
};

impl Space {
    /// CIE 1976 L*a*b* (ISO/CIE 11664-4).
    fn lab(&self, rgb: Colour) -> Lab {
        let linear = rgb.map(|value| (self.curve)(value / 255.0));
        let white = [0.9642, 1.0, 0.8249];
        let [x, y, z] = std::array::from_fn(|axis| {
            let parts = self.primaries.iter().zip(linear);
            let sum: f64 = parts.map(|(primary, share)| primary[axis] * share).sum();
            let value = sum / white[axis];
            if value > (6.0_f64 / 29.0).powi(3) {
                value.cbrt()
            } else {
                value / (3.0 * (6.0_f64 / 29.0).powi(2)) + 4.0 / 29.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }
}

/// ΔE2000 ([Sharma, Wu and Dalal, 2005](https://hajim.rochester.edu/ece/sites/gsharma/ciede2000/)).
fn difference_2000([l1, a1, b1]: Lab, [l2, a2, b2]: Lab) -> f64 {
    let seventh = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25.0_f64.powi(7))).sqrt();
    let stretch = 1.0 + 0.5 * (1.0 - seventh(f64::midpoint(a1.hypot(b1), a2.hypot(b2))));
    let polar = |a: f64, b: f64| {
        let hue = b.atan2(a * stretch).to_degrees().rem_euclid(360.0);
        ((a * stretch).hypot(b), hue)
    };
    let ((c1, h1), (c2, h2)) = (polar(a1, b1), polar(a2, b2));
    let is_gray = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if is_gray => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let hue = match h1 + h2 {
        sum if is_gray => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    let (lightness, chroma) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let cos = |times: f64, shift: f64| (times * hue + shift).to_radians().cos();
    let t = 1.0 - 0.17 * cos(1.0, -30.0) + 0.24 * cos(2.0, 0.0) + 0.32 * cos(3.0, 6.0)
        - 0.20 * cos(4.0, -63.0);
    let from_50 = (lightness - 50.0).powi(2);
    let by_lightness = (l2 - l1) / (1.0 + 0.015 * from_50 / (20.0 + from_50).sqrt());
    let by_chroma = (c2 - c1) / (1.0 + 0.045 * chroma);
    let by_hue =
        2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / (1.0 + 0.015 * chroma * t);
    let rotation = 60.0 * (-((hue - 275.0) / 25.0).powi(2)).exp();
    let both = -2.0 * seventh(chroma) * rotation.to_radians().sin() * by_chroma * by_hue;
    (by_lightness.powi(2) + by_chroma.powi(2) + by_hue.powi(2) + both).sqrt()
}

#[test]
fn differences_are_those_that_were_published() {
    for (one, other, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        (
            [60.2574, -34.0099, 36.2677],
            [60.4626, -34.1751, 39.4387],
            1.2644,
        ),
    ] {
        let difference = difference_2000(one, other);
        assert!((difference - expected).abs() < 1e-4, "{difference}");
    }
}

/// A side of a patch, in pixels.
const PATCH: u32 = 16;

/// Patches of 64 colours; all of them are in sRGB too, whichever of the spaces they are of.
fn chart() -> RgbImage {
    const LEVELS: [u8; 4] = [130, 150, 175, 200];
    let level = |index: u32| LEVELS[index as usize % 4];
    RgbImage::from_fn(8 * PATCH, 8 * PATCH, |x, y| {
        let index = y / PATCH * 8 + x / PATCH;
        ::image::Rgb([level(index), level(index / 4), level(index / 16)])
    })
}

/// The mean colour of each patch, without its borders.
fn patches(picture: &RgbImage) -> Vec<Colour> {
    let patch = |index: u32| {
        let corner = [index % 8, index / 8].map(|at| at * PATCH + 4);
        let inner = imageops::crop_imm(picture, corner[0], corner[1], 8, 8).to_image();
        let sum = |channel| inner.pixels().map(|p| f64::from(p[channel])).sum::<f64>();
        [0, 1, 2].map(|channel| sum(channel) / 64.0)
    };
    (0..64).map(patch).collect()
}

#[test]
fn converted_colours_look_the_same() {
    let chart = DynamicImage::from(chart());
    for (space, profile) in [DISPLAY_P3, ADOBE_RGB].iter().zip(REAL_OTHERS) {
        let [jpeg, png, webp] = profiles::with_profile(&chart, profile);
        for (source, to) in [
            (&jpeg, OutputFormat::Png),
            (&png, OutputFormat::Jpeg),
            (&png, OutputFormat::WebP),
            (&webp, OutputFormat::Jpeg),
            (&webp, OutputFormat::Png),
        ] {
            let options = Options {
                format: to,
                quality: Quality::try_from(90).unwrap(),
                ..options()
            };
            let done = recompress(source, &options).unwrap();
            let before = patches(&decode(source).to_rgb8());
            let after = patches(&decode(&done.bytes).to_rgb8());
            let mean = |pairs: Vec<(Lab, Lab)>| {
                let differences = pairs
                    .iter()
                    .map(|(one, other)| difference_2000(*one, *other));
                differences.sum::<f64>() / 64.0
            };
            let seen = before.iter().map(|rgb| space.lab(*rgb));
            let unchanged = mean(
                seen.clone()
                    .zip(before.iter().map(|rgb| SRGB.lab(*rgb)))
                    .collect(),
            );
            let changed = mean(seen.zip(after.iter().map(|rgb| SRGB.lab(*rgb))).collect());
            let case = format!("{} to {to}: {unchanged:.2} {changed:.2}", done.input.format);
            println!("{case}");
            assert!(unchanged > 1.5 && changed <= 1.0, "{case}");
        }
    }
}
