//! Files that are damaged, or lie.

use super::*;

#[test]
fn truncated_files_are_refused() {
    assert_truncation_is_refused(&encoded(&photo(64, 48).into()), 12);
    assert_truncation_is_refused(&animated(3), 0);
}

#[test]
fn an_end_chunk_that_is_missing_or_cut_off_is_put_in() {
    for side in [1, 64] {
        let png = encoded(&photo(side, side).into());
        let whole = run(&png).bytes;
        for missing in 1..=12 {
            let cut = &png[..png.len() - missing];
            let done = run(cut);
            match side {
                // Kept, and so never larger.
                1 => assert_eq!(done.bytes, cut, "{missing}"),
                _ => assert_eq!(done.bytes, whole, "{missing}"),
            }
        }
    }
    let png = with_chunks(
        &encoded(&photo(64, 48).into()),
        &[(b"iTXt", vec![b'x'; 40])],
    );
    for to in [OutputFormat::Jpeg, OutputFormat::WebP] {
        let (cut, whole) = (converted(&png[..png.len() - 12], to), converted(&png, to));
        assert_eq!(cut.bytes, whole.bytes, "{to}");
    }
}

/// A file that ends properly but whose picture does not.
#[test]
fn pictures_without_all_their_rows_are_refused() {
    let header = [
        &20u32.to_be_bytes()[..],
        &20u32.to_be_bytes(),
        &[8, 0, 0, 0, 0],
    ]
    .concat();
    let file = |rows: usize| {
        let data = zlib(&vec![0; rows * 21]);
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &data),
            chunk(b"IEND", &[]),
        ]
        .concat()
    };
    assert_eq!(code(&file(20)), "no error");
    assert_eq!(code(&file(19)), "decode_failed");
    assert_eq!(code(&file(0)), "decode_failed");
}

#[test]
fn damaged_picture_data_is_refused() {
    let png = encoded(&photo(64, 48).into());
    let data = png.windows(4).position(|kind| kind == b"IDAT").unwrap();
    for at in (data..png.len() - 16).step_by(61) {
        let mut damaged = png.clone();
        damaged[at] ^= 0x10;
        assert_eq!(code(&damaged), "decode_failed", "{at}");
    }
}

#[test]
fn declared_sizes_cost_nothing() {
    let header = |width: u32, height: u32| {
        let header = [
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            &[8, 6, 0, 0, 0],
        ]
        .concat();
        let data = zlib(&[0; 9]);
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &data),
            chunk(b"IEND", &[]),
        ]
        .concat()
    };
    assert_eq!(code(&header(100_000, 100_000)), "too_many_pixels");
    assert_eq!(code(&header(u32::MAX, u32::MAX)), "too_many_pixels");
    assert_eq!(code(&header(1000, 1000)), "decode_failed");
    assert_eq!(code(&header(0, 10)), "decode_failed");
}

/// A profile that claims to unpack to far more than any profile is not unpacked.
#[test]
fn a_profile_bomb_is_refused_or_ignored() {
    let mut bomb = Vec::new();
    let zeros = vec![0; 4000 * 4000];
    let mut encoder = Encoder::new(&mut bomb, 4000, 4000);
    encoder.set_color(ColorType::Grayscale);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&zeros)
        .unwrap();
    let data = bomb.windows(4).position(|kind| kind == b"IDAT").unwrap();
    let zlib = [b"name\0\0", &bomb[data + 4..bomb.len() - 16]].concat();
    let png = with_chunks(&encoded(&photo(16, 16).into()), &[(b"iCCP", zlib)]);
    if let Ok(done) = recompress(&png, &options()) {
        assert!(!kinds(&done.bytes).contains(&"iCCP".to_owned()));
    }
}

/// Rows are all there: what is cut off behind them is no loss.
#[test]
fn a_chunk_that_is_cut_off_behind_the_picture_does_not_matter() {
    let png = encoded(&photo(40, 30).into());
    let expected = run(&png).bytes;
    let picture = &png[..png.len() - 12];
    for kind in [b"IDAT", b"tEXt"] {
        let more = chunk(kind, &[0; 100]);
        for end in 1..more.len() {
            let done = run(&[picture, &more[..end]].concat());
            assert_eq!(done.bytes, expected, "{end}");
        }
    }
}
