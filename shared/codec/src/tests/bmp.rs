//! BMP of kinds that the encoders of these tests do not write.

use super::*;

const FILE: usize = 14;
const HEADER: usize = 40;

/// A picture of few colours, as a BMP of 24 bits with the usual header.
fn bitmap() -> Vec<u8> {
    let pixels = RgbImage::from_fn(10, 6, |x, y| {
        ::image::Rgb([u8::from(x > 4) * 255, u8::from(y > 2) * 200, 40])
    });
    let file = written(&pixels.into(), ImageFormat::Bmp);
    assert_eq!(file[FILE..FILE + 4], [40, 0, 0, 0]);
    file
}

fn shown(file: &[u8]) -> RgbaImage {
    decode(&recompress(file, &options()).unwrap().bytes).to_rgba8()
}

/// The file with another header in place of its own.
fn with_header(file: &[u8], header: &[u8]) -> Vec<u8> {
    let mut moved = [&file[..FILE], header, &file[FILE + HEADER..]].concat();
    moved[10] = u8::try_from(FILE + header.len()).unwrap();
    moved
}

#[test]
fn headers_of_os2_are_read() {
    let file = bitmap();
    let expected = shown(&file);
    for length in [16, 64] {
        let mut header = file[FILE..FILE + HEADER].to_vec();
        header.resize(length, 0);
        header[0] = u8::try_from(length).unwrap();
        assert_eq!(shown(&with_header(&file, &header)), expected, "{length}");
    }
    let mut fax = file[FILE..FILE + HEADER].to_vec();
    fax.resize(64, 0);
    (fax[0], fax[16]) = (64, 3);
    let error = recompress(&with_header(&file, &fax), &options()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a BMP of OS/2 of a rare kind of compression")
    );
}

/// Two indices of two colours, in rows of four bytes.
fn indexed(place: u8) -> Vec<u8> {
    let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
    file.extend([
        place, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 8, 0,
    ]);
    file.extend([0; 16]);
    file.extend([2, 0, 0, 0, 0, 0, 0, 0]);
    file.extend([10, 20, 30, 0, 200, 100, 50, 0]);
    file.extend([1, 0, 0, 0]);
    file
}

#[test]
fn pixels_do_not_stand_inside_the_palette() {
    let expected = [50, 100, 200, 255, 30, 20, 10, 255];
    for place in [62, 54, 0] {
        assert_eq!(shown(&indexed(place)).into_raw(), expected, "{place}");
    }
}

/// 32 bits with a mask for alpha, which is the same everywhere.
fn with_alpha(alpha: u8) -> Vec<u8> {
    let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
    file.extend([
        122, 0, 0, 0, 108, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 32, 0, 3, 0, 0, 0,
    ]);
    file.extend([0; 20]);
    file.extend([0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255]);
    file.extend([0; 52]);
    file.extend([30, 20, 10, alpha, 50, 100, 200, alpha]);
    file
}

#[test]
fn alpha_that_is_zero_everywhere_was_not_meant() {
    let of = |alpha| shown(&with_alpha(alpha)).into_raw();
    assert_eq!(of(128), [10, 20, 30, 128, 200, 100, 50, 128]);
    assert_eq!(of(0), [10, 20, 30, 255, 200, 100, 50, 255]);
}
