//! What is damaged, and what is no picture.

use super::*;

fn sentence(file: &File) -> String {
    let error = inspect(&file.bytes(), &LIMITS).unwrap_err();
    assert_eq!(error.code(), "unsupported_format");
    error.to_string()
}

#[test]
fn measurements_are_refused_by_their_name() {
    let data = vec![0; WIDTH * HEIGHT * 8];
    let floats = plain(1, 1, std::slice::from_ref(&data))
        .with(258, &[32])
        .with(339, &[3]);
    let signed = plain(1, 1, std::slice::from_ref(&data)).with(339, &[2]);
    let deep = plain(1, 1, std::slice::from_ref(&data)).with(258, &[32]);
    let bands = plain(1, 5, std::slice::from_ref(&data));
    for file in [floats, signed, deep, bands] {
        assert!(
            sentence(&file).contains("a TIFF of measurements ("),
            "{file:?}"
        );
    }
}

#[test]
fn other_kinds_are_refused_by_their_names() {
    let file = |tag, number| plain(2, 3, &[all(rgb)]).with(tag, &[number]);
    for (file, expected) in [
        (file(262, 8), "in the colours of CIELAB"),
        (
            file(259, 6),
            "with JPEG inside in the way that was given up in 1995",
        ),
        (file(259, 50_000), "with Zstandard inside"),
        (file(259, 9), "of a rare kind of compression"),
        (file(317, 3), "of a rare kind of differences"),
    ] {
        assert!(sentence(&file).contains(expected), "{file:?}");
    }
}

#[test]
fn cut_off_files_are_refused() {
    assert_truncation_is_refused(&plain(2, 3, &[all(rgb)]).bytes(), 0);
}

#[test]
fn directories_that_say_too_little_are_refused() {
    let whole = plain(2, 3, &[all(rgb)]);
    assert_eq!(code(&whole.bytes()), "no error");
    for tag in [256, 257, 262] {
        let mut without = whole.clone();
        without.tags.retain(|(known, _)| *known != tag);
        assert_eq!(code(&without.bytes()), "decode_failed", "{tag}");
    }
    for (tag, number) in [(256, 0), (257, 0), (277, 2), (530, 3)] {
        let file = whole.clone().with(tag, &[number]);
        let file = if tag == 530 {
            file.with(262, &[6])
        } else {
            file
        };
        assert_eq!(code(&file.bytes()), "decode_failed", "{tag}");
    }
}

/// Four times as many pixels do not fit into 64 bits.
#[test]
fn the_largest_sides_that_can_be_said_are_refused() {
    let side = u32::MAX as usize;
    let file = plain(1, 1, &[vec![0; 100]])
        .with(256, &[side])
        .with(257, &[side]);
    assert_eq!(code(&file.bytes()), "too_many_pixels");
}

/// Memory is reserved for the picture.
#[test]
fn tiles_that_are_many_times_larger_than_their_picture_are_refused() {
    let file = |side| {
        plain(1, 1, &[vec![0; 40_000]])
            .with(322, &[side])
            .with(323, &[side])
    };
    assert_eq!(code(&file(500).bytes()), "no error");
    assert_eq!(code(&file(600).bytes()), "decode_failed");
}

#[test]
fn of_several_pages_the_first_is_taken() {
    let first = plain(2, 3, &[all(rgb)]).bytes();
    let mut both = first.clone();
    let next = 8 + 2 + 12 * 7;
    assert_eq!(both[next..next + 4], [0; 4]);
    let place = u32::try_from(first.len()).unwrap().to_le_bytes();
    both[next..next + 4].copy_from_slice(&place);
    both.extend([0, 0, 0, 0, 0, 0]);
    let of = |bytes: &[u8]| recompress(bytes, &options()).unwrap();
    assert_eq!(of(&both).bytes, of(&first).bytes);
    assert_eq!(of(&both).omitted, [Omission::Pages]);
    assert_eq!(of(&first).omitted, []);
}
