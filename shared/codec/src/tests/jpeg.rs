//! JPEG, on the whole path: the transcoder has its own tests.

use ::image::codecs::jpeg::JpegEncoder;

use super::*;

pub fn encoded(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 92)
        .encode_image(image)
        .unwrap();
    bytes
}

/// A JPEG with a segment put behind its first marker.
pub fn with_segment(jpeg: &[u8], marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, payload, &jpeg[2..]].concat()
}

#[test]
fn photos_get_smaller_and_stay_the_same() {
    let photo = DynamicImage::from(photo(160, 120));
    let jpeg = encoded(&photo);
    let done = run(&jpeg);
    assert!(done.bytes.len() * 2 < jpeg.len() && !done.kept);
    assert_same(&decode(&done.bytes), &photo);
}

#[test]
fn all_orientations_come_out_upright() {
    let photo = DynamicImage::from(photo(96, 64));
    for orientation in 1..=8 {
        let exif = [
            b"Exif\0\0".to_vec(),
            crate::metadata::orientation::tests::exif(orientation, true),
        ]
        .concat();
        let done = run(&with_segment(
            &encoded(&stored(&photo, orientation)),
            0xe1,
            &exif,
        ));
        assert_eq!(
            (done.output.width, done.output.height),
            (96, 64),
            "{orientation}"
        );
        assert_same(&decode(&done.bytes), &photo);
        assert!(!contains(&done.bytes, "Exif"));
    }
}

#[test]
fn a_gain_map_that_is_left_out_is_told() {
    let plain = encoded(&photo(64, 48).into());
    let xmp = [
        &b"http://ns.adobe.com/xap/1.0/\0"[..],
        b"<rdf:Description xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\"/>",
    ];
    let iso = b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0";
    for announced in [
        with_segment(&plain, 0xe1, &xmp.concat()),
        with_segment(&plain, 0xe2, iso),
    ] {
        let with_map = [&announced[..], &plain].concat();
        for (source, omitted) in [
            (&with_map, vec![Omission::GainMap]),
            (&announced, vec![]),
            (&[&plain[..], &plain].concat(), vec![]),
        ] {
            assert_eq!(run(source).omitted, omitted);
        }
    }
}

#[test]
fn truncated_files_are_refused() {
    assert_truncation_is_refused(&encoded(&photo(64, 48).into()), 2);
}

#[test]
fn other_kinds_of_jpeg_are_named() {
    let mut arithmetic = encoded(&photo(16, 16).into());
    let frame = arithmetic
        .windows(2)
        .position(|marker| marker == [0xff, 0xc0])
        .unwrap();
    arithmetic[frame + 1] = 0xc9;
    assert_eq!(code(&arithmetic), "unsupported_format");
}

/// Metadata goes in any case: that a file gets smaller by it does not excuse a loss.
#[test]
fn what_encoding_does_not_make_smaller_is_kept_however_much_metadata_there_is() {
    let mut kept = 0;
    for side in 1..=8 {
        let plain = compress(&encoded(&photo(side, side).into()), 90).bytes;
        let source = with_segment(&plain, 0xe1, &[b'x'; 500]);
        for quality in (5..=100).step_by(5) {
            let done = compress(&source, quality);
            if done.kept {
                assert_eq!(decode(&done.bytes), decode(&plain), "{side} at {quality}");
                assert!(done.bytes.len() <= plain.len(), "{side} at {quality}");
                kept += 1;
            } else {
                assert!(done.bytes.len() < plain.len(), "{side} at {quality}");
            }
        }
    }
    assert!((1..100).contains(&kept), "{kept}");
}
