//! JPEG: the corpus against libjpeg-turbo.

use ::image::DynamicImage;
use jpeg_decoder::PixelFormat;

use super::*;
use crate::tests::coefficients::{Coefficients, Component};

/// The least PSNR against libjpeg-turbo's picture, in dB, at the qualities 50 and 95. Each is 1.5 to 2 dB under the
/// worst picture of its family, and over what another file of the corpus, or a shift by one pixel, would have. (At 95,
/// the loss is that of chroma at half the resolution, of a picture of few pixels.)
const FLOORS: [Floors; 13] = [
    ("420", [(50, 26.0), (95, 43.0)]),
    ("422", [(50, 25.0), (95, 30.0)]),
    ("440", [(50, 25.0), (95, 31.5)]),
    ("444", [(50, 24.0), (95, 27.5)]),
    ("odd", [(50, 24.5), (95, 38.0)]),
    ("gray", [(50, 27.0), (95, 48.0)]),
    ("rgb", [(50, 27.0), (95, 38.0)]),
    // Stored at a quality so low that little is left to lose.
    ("coarse", [(50, 27.0), (95, 48.0)]),
    // libjpeg-turbo smooths what the missing scans would have brought.
    ("unfinished", [(50, 26.0), (95, 31.0)]),
    // Coefficients of linear RGB that are called YCbCr.
    ("linear", [(50, 28.0), (95, 48.0)]),
    // Moved onto the grid again by interpolation.
    ("turned", [(50, 24.0), (95, 28.0)]),
    // Against littleCMS, which interpolates in another order.
    ("inks", [(50, 22.0), (95, 26.0)]),
    ("tiny", [(50, 21.0), (95, 25.0)]),
];

/// Decodes with a decoder that has nothing in common with the `image` crate's.
fn decode_again(bytes: &[u8]) -> RgbaImage {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    let samples = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    let (width, height) = (info.width.into(), info.height.into());
    let picture = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, samples).map(DynamicImage::from),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, samples).map(DynamicImage::from),
        format => panic!("{format:?}"),
    };
    picture.unwrap().to_rgba8()
}

/// The decoder of the `image` crate (zune-jpeg 0.5) refuses sampling factors of 3 and makes garbage of chroma that is
/// finer than luma and of scans that are not interleaved: such an output is looked at with one decoder only.
fn can_be_decoded_twice(output: &[u8]) -> bool {
    let Some(coefficients) = Coefficients::read(output) else {
        return false;
    };
    let [luma, chroma @ ..] = &coefficients.components[..] else {
        return false;
    };
    let finer = |c: &Component| c.factors.0 > luma.factors.0 || c.factors.1 > luma.factors.1;
    let blocks = luma.factors.0 * luma.factors.1 + 2;
    luma.factors.0 != 3 && luma.factors.1 != 3 && !chroma.iter().any(finer) && blocks <= 10
}

/// Decodes an output with two decoders that must agree. They round the steps from a sample of chroma to a colour
/// differently, by up to 4 (in the tiny pictures 6) of 255: so they do with libjpeg-turbo's files.
fn decode_twice(name: &str, output: &[u8]) -> (RgbaImage, bool) {
    let picture = decode_again(output);
    let twice = can_be_decoded_twice(output);
    if twice {
        let other = decode(output).to_rgba8();
        let pairs = picture.as_raw().iter().zip(other.as_raw());
        let most = pairs.map(|(one, other)| one.abs_diff(*other)).max();
        let allowed = if picture.width() * picture.height() < 600 {
            6
        } else {
            4
        };
        assert!(
            most <= Some(allowed),
            "{name}: two decoders differ by {most:?}"
        );
        let alike = psnr(&picture, &other);
        assert!(alike > 45.0, "{name}: two decoders differ, {alike:.1} dB");
    }
    (picture, twice)
}

#[test]
fn what_comes_out_is_the_picture_that_libjpeg_turbo_sees() {
    let (mut worst, mut twice) = (Worst::default(), 0);
    for entry in accepted("jpeg") {
        let (source, reference) = (entry.bytes(), entry.reference());
        for quality in [50, 95] {
            let name = format!("{} at {quality}", entry.name);
            let output = compress(&source, quality);
            assert_eq!(size(&output), reference.dimensions(), "{name}");
            let (picture, by_both) = decode_twice(&name, &output.bytes);
            worst.note(&entry, quality, psnr(&picture, &reference));
            twice += usize::from(by_both);
        }
    }
    worst.assert_over(&FLOORS);
    assert!(
        worst.pictures > 300 && twice * 5 > worst.pictures * 4,
        "{twice}"
    );
}

/// At quality 100 no step is coarser than a source's: what is not moved and has no chroma to halve is stored as it is.
#[test]
fn coefficients_that_are_kept_are_those_that_libjpeg_turbo_reads() {
    let (mut compared, mut copied) = (0, 0);
    for entry in accepted("jpeg").filter(|entry| entry.digest != "-") {
        let source = entry.bytes();
        let output = compress(&source, 100);
        if !output.kept {
            let halved = ["422", "440", "444", "tiny"].contains(&entry.family.as_str());
            assert!(halved, "{} is not kept at quality 100", entry.name);
            continue;
        }
        if let Some(coefficients) = Coefficients::read(&output.bytes) {
            assert_eq!(coefficients.digest(), entry.digest, "{}", entry.name);
            compared += 1;
        } else {
            assert!(
                decode_again(&output.bytes) == decode_again(&source),
                "{}",
                entry.name
            );
            copied += 1;
        }
    }
    assert!(compared > 70, "{compared} compared, {copied} progressive");
}

/// What is requantized stays near: the mean of a block within one step, and no other coefficient grows by more than
/// half a step or changes its sign. PSNR would not notice a mean that is always one step off.
#[test]
fn coefficients_that_are_requantized_stay_near() {
    let mut components = 0;
    for entry in accepted("jpeg").filter(|entry| entry.digest != "-") {
        let Some(source) = readable(&entry) else {
            continue;
        };
        for quality in [30, 50, 85] {
            let output = compress(&entry.bytes(), quality).bytes;
            let Some(output) = Coefficients::read(&output) else {
                continue;
            };
            let lumas = (&source.components[0], &output.components[0]);
            // Chroma that is halved is another picture. In twelfths, all ratios are whole.
            let ratio = |one: &Component, luma: &Component| {
                let (across, down) = luma.factors;
                (12 * one.factors.0 / across, 12 * one.factors.1 / down)
            };
            for (source, output) in source.components.iter().zip(&output.components) {
                if ratio(source, lumas.0) == ratio(output, lumas.1) {
                    assert_near(&format!("{} at {quality}", entry.name), source, output);
                    components += 1;
                }
            }
        }
    }
    assert!(components > 500, "{components}");
}

fn assert_near(name: &str, source: &Component, output: &Component) {
    let value = |component: &Component, block: &[i16; 64], k: usize| {
        i32::from(block[k]) * i32::from(component.steps[k])
    };
    for (before, after) in source.picture().zip(output.picture()) {
        for k in 0..64 {
            let (was, is) = (value(source, before, k), value(output, after, k));
            let step = i32::from(output.steps[k]);
            let near = match k {
                0 => (was - is).abs() < step,
                _ => 2 * (is.abs() - was.abs()) <= step && is * was >= 0,
            };
            assert!(
                near,
                "{name}: coefficient {k} is {is} and was {was}, step {step}"
            );
        }
    }
}

/// The coefficients of a source, unless its height, or what stands between its segments, is beyond a reader as simple
/// as that of these tests.
fn readable(entry: &Entry) -> Option<Coefficients> {
    let beyond = ["mdnl", "mgarbage", "mfill", "mno-eoi", "mhalf"];
    if beyond.iter().any(|name| entry.name.starts_with(name)) {
        return None;
    }
    Coefficients::read(&entry.bytes())
}

/// The reader of these tests is right, so that what it says of outputs counts.
#[test]
fn the_tests_read_the_coefficients_that_libjpeg_turbo_reads() {
    let mut read = 0;
    for entry in accepted("jpeg").filter(|entry| entry.digest != "-") {
        if let Some(coefficients) = readable(&entry) {
            assert_eq!(coefficients.digest(), entry.digest, "{}", entry.name);
            read += 1;
        }
    }
    assert!(read > 90, "{read}");
}

#[test]
fn what_is_refused_is_refused_by_its_name() {
    assert_refusals("jpeg", 37);
}

#[test]
fn only_a_profile_that_is_not_srgb_stays() {
    let find = |name: &str| accepted("jpeg").find(|entry| entry.name == name).unwrap();
    for quality in [50, 100] {
        for entry in accepted("jpeg") {
            let output = compress(&entry.bytes(), quality).bytes;
            for text in ["SECRET", "Exif", "JFXX", "http:", "Photoshop"] {
                assert!(!contains(&output, text), "{text} in {}", entry.name);
            }
            let profile = entry.name == "micc-wide.jpg";
            assert_eq!(contains(&output, "ICC_PROFILE"), profile, "{}", entry.name);
        }
        let wide = compress(&find("micc-wide.jpg").bytes(), quality).bytes;
        let plain = compress(&find("s420-baseline.jpg").bytes(), quality).bytes;
        assert!(decode_again(&wide) == decode_again(&plain));
    }
}

/// What is converted through pixels takes more memory: a header says so before any is spent.
#[test]
fn inks_are_known_by_the_header() {
    for entry in accepted("jpeg") {
        let seen = inspect(&entry.bytes(), &LIMITS).unwrap();
        assert_eq!(seen.is_cmyk, entry.family == "inks", "{}", entry.name);
    }
}

/// A JPEG of another kind, as its header names it.
#[test]
fn jpeg_ls_is_named() {
    let header =
        b"\xff\xd8\xff\xf7\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\0\0";
    let error = inspect(header, &LIMITS).unwrap_err();
    assert_eq!(error.code(), "unsupported_format");
    assert!(error.to_string().contains("JPEG-LS"), "{error}");
}
