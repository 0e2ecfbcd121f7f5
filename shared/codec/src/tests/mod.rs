//! The whole path, on small pictures made here, looked at with decoders that the code under test does not use
//! (those of the `image` crate).

mod arrows;
mod avif;
mod bmp;
pub mod coefficients;
mod colours;
mod conformance;
mod convert;
mod copyright;
pub mod corpus;
mod gif;
mod golden;
mod jpeg;
mod mutations;
mod png;
mod profiles;
mod properties;
mod raster;
mod sizes;
mod tiff;
mod webp;

use ::image::imageops;
use ::image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};

use super::*;

const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 1_000_000,
    max_dimension: 2000,
};

fn options() -> Options {
    Options {
        quality: Quality::default(),
        format: OutputFormat::default(),
        copyright: Copyright::default(),
        max_size: MaxSize::default(),
        limits: LIMITS,
    }
}

fn run(bytes: &[u8]) -> Recompressed {
    let done = recompress(bytes, &options()).unwrap();
    let (input, output) = (done.input, done.output);
    assert_eq!(
        (input.bytes, output.bytes),
        (bytes.len() as u64, done.bytes.len() as u64)
    );
    let seen = inspect(&done.bytes, &LIMITS).unwrap();
    assert_eq!(
        (seen.format, seen.width, seen.height),
        (output.format, output.width, output.height)
    );
    assert_eq!(input.format, output.format);
    done
}

fn compress(bytes: &[u8], quality: u8) -> Recompressed {
    let options = Options {
        quality: Quality::try_from(quality).unwrap(),
        ..options()
    };
    recompress(bytes, &options).unwrap()
}

fn code(bytes: &[u8]) -> &'static str {
    recompress(bytes, &options()).map_or_else(|error| error.code(), |_| "no error")
}

fn decode(bytes: &[u8]) -> DynamicImage {
    ::image::load_from_memory(bytes).unwrap()
}

/// Four corners of different colours, over noise that compresses badly: every turn of it is different.
fn photo(width: u32, height: u32) -> RgbImage {
    let mut state = 1u32;
    RgbImage::from_fn(width, height, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [noise, ..] = (state >> 26).to_le_bytes();
        let base = match (x < width / 2, y < height / 2) {
            (true, true) => [180, 20, 20],
            (false, true) => [20, 180, 20],
            (true, false) => [20, 20, 180],
            (false, false) => [180, 180, 20],
        };
        ::image::Rgb(base.map(|channel: u8| channel + noise / 2))
    })
}

/// The photo with alpha that runs from left to right.
fn translucent(width: u32, height: u32) -> RgbaImage {
    let alpha = |x: u32| u8::try_from(255 * x / (width - 1)).unwrap();
    let photo = photo(width, height);
    RgbaImage::from_fn(width, height, |x, y| {
        let ::image::Rgb([r, g, b]) = *photo.get_pixel(x, y);
        ::image::Rgba([r, g, b, alpha(x)])
    })
}

/// A picture the way a camera that was held like this stores it.
fn stored(upright: &DynamicImage, orientation: u16) -> DynamicImage {
    match orientation {
        2 => upright.fliph(),
        3 => upright.rotate180(),
        4 => upright.flipv(),
        5 => upright.rotate90().fliph(),
        6 => upright.rotate270(),
        7 => upright.rotate270().fliph(),
        8 => upright.rotate90(),
        _ => upright.clone(),
    }
}

/// The mean difference between two pictures, a channel, of 255.
fn difference(one: &DynamicImage, other: &DynamicImage) -> f64 {
    let (one, other) = (one.to_rgba8(), other.to_rgba8());
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.as_raw().iter().zip(other.as_raw());
    let total: u64 = pairs
        .map(|(one, other)| u64::from(one.abs_diff(*other)))
        .sum();
    let samples = u32::try_from(one.as_raw().len()).unwrap();
    f64::from(u32::try_from(total).unwrap()) / f64::from(samples)
}

/// That two pictures show the same, give or take an encoder's loss. Noise is averaged away first.
fn assert_same(one: &DynamicImage, other: &DynamicImage) {
    let smooth = |image: &DynamicImage| DynamicImage::from(imageops::blur(image, 2.0));
    let difference = difference(&smooth(one), &smooth(other));
    assert!(difference < 6.0, "the pictures differ by {difference}");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Recompresses to a format, which the output must have.
fn converted(bytes: &[u8], to: OutputFormat) -> Recompressed {
    let options = Options {
        format: to,
        ..options()
    };
    let done = recompress(bytes, &options).unwrap();
    assert_eq!(done.output.format.to_string(), to.as_str());
    assert!(!done.kept);
    done
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Every cut of a file is refused, however late it comes, but for that of its end marker of so many bytes.
fn assert_truncation_is_refused(whole: &[u8], marker: usize) {
    let length = whole.len() - marker;
    for end in length..=whole.len() {
        assert_eq!(code(&whole[..end]), "no error", "{end}");
    }
    let step = length / 150 + 1;
    let last = length.saturating_sub(40)..length;
    for end in (0..length).step_by(step).chain(last) {
        let code = code(&whole[..end]);
        let expected = if end < 12 {
            code == "decode_failed" || code == "not_an_image"
        } else {
            code == "decode_failed"
        };
        assert!(expected, "cut at {end} of {}: {code}", whole.len());
    }
}

#[test]
fn what_is_no_picture_is_refused_by_name() {
    assert_eq!(code(b""), "not_an_image");
    assert_eq!(code(b"<!doctype html><html></html>"), "not_an_image");
    assert_eq!(
        code(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "unsupported_format"
    );
    assert_eq!(
        code(b"\0\0\0\x1cftypheic\0\0\0\0heicmif1"),
        "unsupported_format"
    );
}

#[test]
fn magic_alone_is_not_a_picture() {
    for magic in [
        &b"\xff\xd8\xff"[..],
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"GIF89a",
    ] {
        assert_eq!(code(magic), "decode_failed", "{magic:?}");
    }
}

#[test]
fn limits_are_checked_by_the_header() {
    let photo = DynamicImage::from(photo(100, 50));
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
    ] {
        let bytes = written(&photo, format);
        assert!(
            inspect(
                &bytes,
                &PixelLimits {
                    max_pixels: 5000,
                    max_dimension: 100
                }
            )
            .is_ok(),
            "{format:?}"
        );
        for limits in [
            PixelLimits {
                max_pixels: 4999,
                max_dimension: 100,
            },
            PixelLimits {
                max_pixels: 5000,
                max_dimension: 99,
            },
        ] {
            let error = inspect(&bytes, &limits).unwrap_err();
            assert_eq!(error.code(), "too_many_pixels", "{format:?}");
            let error = recompress(
                &bytes,
                &Options {
                    limits,
                    ..options()
                },
            )
            .unwrap_err();
            assert_eq!(error.code(), "too_many_pixels", "{format:?}");
        }
    }
}

/// Whatever is done to a file's bytes, nothing panics, and what comes out is a picture no larger than it.
#[test]
fn damaged_files_do_no_harm() {
    let photo = DynamicImage::from(translucent(40, 30));
    for format in [
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
    ] {
        let bytes = written(&photo, format);
        let mut state = 7u64;
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let [at, low, value, ..] = (state >> 20).to_le_bytes();
                let at = (usize::from(at) << 8 | usize::from(low)) % damaged.len();
                damaged[at] ^= value;
            }
            if let Ok(done) = recompress(&damaged, &options()) {
                assert!(done.bytes.len() <= damaged.len());
            }
        }
    }
}
