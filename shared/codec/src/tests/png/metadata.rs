//! What is kept beside the pixels, and what is not.

use super::*;
use crate::metadata::icc::tests::{display_p3_profile, gray_profile, srgb_profile};
use crate::metadata::orientation::tests::exif;

pub fn profile_chunk(profile: &[u8]) -> (&'static [u8; 4], Vec<u8>) {
    (b"iCCP", [b"name\0\0".to_vec(), zlib(profile)].concat())
}

pub fn icc_profile(png: &[u8]) -> Option<Vec<u8>> {
    let reader = ::png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    reader
        .info()
        .icc_profile
        .as_ref()
        .map(|profile| profile.to_vec())
}

#[test]
fn metadata_is_removed_from_encoded_and_from_kept_pictures() {
    let metadata: [(&[u8; 4], Vec<u8>); 6] = [
        (b"tEXt", b"Comment\0secret".to_vec()),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0secret".to_vec()),
        (b"zTXt", [b"Title\0\0".to_vec(), zlib(b"secret")].concat()),
        (b"eXIf", exif(1, false)),
        (b"tIME", vec![7, 208, 1, 1, 0, 0, 0]),
        (b"pHYs", vec![0, 0, 11, 19, 0, 0, 11, 19, 1]),
    ];
    let small = raw((8, 8), ColorType::Grayscale, BitDepth::One, &[0; 8], |_| {});
    for (png, kept) in [(encoded(&photo(80, 60).into()), false), (small, true)] {
        let done = run(&with_chunks(&png, &metadata));
        let allowed = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
        assert!(
            kinds(&done.bytes)
                .iter()
                .all(|kind| allowed.contains(&kind.as_str())),
            "{:?}",
            kinds(&done.bytes)
        );
        assert!(!contains(&done.bytes, "secret"));
        assert_eq!(done.kept, kept);
    }
}

#[test]
fn bytes_behind_the_end_are_removed() {
    let png = [
        encoded(&RgbImage::new(3, 3).into()),
        b"a second file".to_vec(),
    ]
    .concat();
    assert!(!contains(&run(&png).bytes, "second"));
}

#[test]
fn profiles_are_kept_unless_they_say_srgb() {
    let (p3, srgb) = (display_p3_profile(), srgb_profile());
    for picture in [
        DynamicImage::from(photo(160, 120)),
        RgbImage::new(3, 3).into(),
    ] {
        let png = encoded(&picture);
        let kept = run(&with_chunks(&png, &[profile_chunk(&p3)]));
        assert_eq!(icc_profile(&kept.bytes).as_ref(), Some(&p3));
        assert_eq!(
            icc_profile(&run(&with_chunks(&png, &[profile_chunk(&srgb)])).bytes),
            None
        );
        assert_eq!(
            icc_profile(&run(&with_chunks(&png, &[profile_chunk(b"nonsense")])).bytes),
            None
        );
    }
}

#[test]
fn a_profile_for_gray_is_kept_with_gray_samples_only() {
    let (gray, profile) = (DynamicImage::from(photo(64, 48)).to_luma8(), gray_profile());
    let done = run(&with_chunks(
        &encoded(&gray.into()),
        &[profile_chunk(&profile)],
    ));
    assert_eq!(icc_profile(&done.bytes), Some(profile.clone()));
    assert_eq!(decode(&done.bytes).color(), ::image::ColorType::L8);
    let done = run(&with_chunks(
        &encoded(&photo(64, 48).into()),
        &[profile_chunk(&profile)],
    ));
    assert_eq!(icc_profile(&done.bytes), None);
}

#[test]
fn gamma_is_kept_where_it_matters() {
    let png = encoded(&photo(64, 48).into());
    let gamma = |gamma: u32| (b"gAMA", gamma.to_be_bytes().to_vec());
    let kinds_with = |chunks: &[(&[u8; 4], Vec<u8>)]| kinds(&run(&with_chunks(&png, chunks)).bytes);
    assert!(kinds_with(&[gamma(100_000)]).contains(&"gAMA".to_owned()));
    assert!(!kinds_with(&[gamma(45_455)]).contains(&"gAMA".to_owned()));
    assert!(!kinds_with(&[(b"sRGB", vec![0]), gamma(45_000)]).contains(&"gAMA".to_owned()));
}
