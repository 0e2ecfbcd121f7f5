//! Which ICC profiles stay: every format judges alike, and by a profile's numbers.

use ::image::ImageDecoder;
use ::image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use ::image::codecs::webp::WebPDecoder;

use super::*;
use crate::metadata::icc::tests::{gray_profile, others_by_any_name, srgb_by_any_name};

fn jpeg_with(profile: &[u8], picture: &[u8]) -> Vec<u8> {
    let payload = [b"ICC_PROFILE\0\x01\x01", profile].concat();
    jpeg::with_segment(picture, 0xe2, &payload)
}

pub fn profile_of(file: &[u8], format: Format) -> Option<Vec<u8>> {
    let cursor = std::io::Cursor::new(file);
    match format {
        Format::Jpeg => JpegDecoder::new(cursor).unwrap().icc_profile().unwrap(),
        Format::Png => png::metadata::icc_profile(file),
        _ => WebPDecoder::new(cursor).unwrap().icc_profile().unwrap(),
    }
}

fn pictures(profile: &[u8]) -> [Vec<u8>; 3] {
    with_profile(&photo(80, 60).into(), profile)
}

/// The picture with a profile, in every format that comes out as it came in.
pub fn with_profile(picture: &DynamicImage, profile: &[u8]) -> [Vec<u8>; 3] {
    let webp = webp::encoded(picture, false);
    [
        jpeg_with(profile, &jpeg::encoded(picture)),
        png::with_chunks(
            &png::encoded(picture),
            &[png::metadata::profile_chunk(profile)],
        ),
        webp::extended(
            &webp,
            (picture.width(), picture.height()),
            Some(profile),
            &crate::metadata::orientation::tests::exif(1, true),
        ),
    ]
}

/// What becomes of a profile where the picture is encoded again, and where it is kept as it is.
fn survivors(file: &[u8]) -> [Option<Vec<u8>>; 2] {
    let (once, format) = (run(file), inspect(file, &LIMITS).unwrap().format);
    let again = compress(&once.bytes, 100);
    assert!(!once.kept && again.kept, "{format}");
    [once, again].map(|done| profile_of(&done.bytes, format))
}

/// The readable part of a profile.
fn name(profile: &[u8]) -> String {
    let readable = |byte: &&u8| byte.is_ascii_graphic();
    let letters = profile.iter().skip(128).filter(readable);
    letters.map(|letter| char::from(*letter)).collect()
}

#[test]
fn srgb_goes_by_whatever_name() {
    for profile in srgb_by_any_name() {
        for file in pictures(&profile) {
            assert!(survivors(&file) == [None, None], "{}", name(&profile));
        }
    }
}

#[test]
fn other_colours_stay_by_whatever_name() {
    for profile in others_by_any_name() {
        for file in pictures(&profile) {
            let kept = Some(profile.clone());
            assert!(
                survivors(&file) == [kept.clone(), kept],
                "{}",
                name(&profile)
            );
        }
    }
}

#[test]
fn what_is_no_profile_goes() {
    let zeros = [0; 3000];
    let cmyk = {
        let mut profile = others_by_any_name().remove(0);
        profile[16..20].copy_from_slice(b"CMYK");
        profile
    };
    for profile in [&zeros[..], &cmyk, b"nonsense"] {
        for file in pictures(profile) {
            assert!(survivors(&file) == [None, None], "{}", name(profile));
        }
    }
}

/// A gray picture with a profile, as a JPEG of one component and as a PNG.
fn gray_pictures(profile: &[u8]) -> [Vec<u8>; 2] {
    let gray = DynamicImage::from(photo(80, 60)).to_luma8();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 92)
        .encode_image(&gray)
        .unwrap();
    let png = png::encoded(&gray.into());
    [
        jpeg_with(profile, &jpeg),
        png::with_chunks(&png, &[png::metadata::profile_chunk(profile)]),
    ]
}

#[test]
fn a_profile_for_other_samples_goes() {
    for file in pictures(&gray_profile()) {
        assert!(survivors(&file) == [None, None]);
    }
    for profile in others_by_any_name() {
        for file in gray_pictures(&profile) {
            let done = run(&file);
            assert_eq!(profile_of(&done.bytes, done.output.format), None);
        }
    }
}

#[test]
fn a_tone_curve_of_gray_stays() {
    let profile = gray_profile();
    for file in gray_pictures(&profile) {
        let done = run(&file);
        assert_eq!(
            profile_of(&done.bytes, done.output.format),
            Some(profile.clone())
        );
    }
}
