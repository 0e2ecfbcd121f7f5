//! BMP and TIFF of kinds that the encoders of these tests do not write.

use super::copyright::{LONG, SHORT, Tag, tiff};
use super::*;

const RGB: u8 = 2;
const ASSOCIATED: u8 = 1;
const UNASSOCIATED: u8 = 2;

/// A TIFF of four samples of 8 bits a pixel, 16 pixels wide; `extra` says what the last of them is.
fn four_samples(photometric: u8, extra: Option<u8>, samples: &[u8]) -> Vec<u8> {
    let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let extra = extra.map(|extra| [extra, 0]);
    let file = |offset: usize| {
        let (offset, rows, length) = (long(offset), long(samples.len() / 64), long(samples.len()));
        let mut tags: Vec<Tag> = vec![
            (0x0100, LONG, 1, &[16, 0, 0, 0]),
            (0x0101, LONG, 1, &rows),
            (0x0102, SHORT, 4, &[8, 0, 8, 0, 8, 0, 8, 0]),
        ];
        let photometric = [photometric, 0];
        tags.push((0x0106, SHORT, 1, &photometric));
        tags.push((0x0111, LONG, 1, &offset));
        tags.push((0x0115, SHORT, 1, &[4, 0]));
        tags.push((0x0116, LONG, 1, &rows));
        tags.push((0x0117, LONG, 1, &length));
        if let Some(extra) = &extra {
            tags.push((0x0152, SHORT, 1, extra));
        }
        tiff(false, &tags)
    };
    [file(file(0).len()), samples.to_vec()].concat()
}

/// Two colours, with alpha from none to full: few enough to come out as they are.
fn soft() -> RgbaImage {
    RgbaImage::from_fn(16, 16, |x, y| {
        let [r, g, b] = if y < 8 {
            [200, 100, 40]
        } else {
            [255, 255, 255]
        };
        ::image::Rgba([r, g, b, u8::try_from(x * 17).unwrap()])
    })
}

#[test]
fn associated_alpha_is_divided_out() {
    let soft = soft();
    let mut multiplied = soft.clone();
    for pixel in multiplied.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let by_alpha = |sample: u8| (u16::from(sample) * u16::from(a) + 127) / 255;
        let [r, g, b] = [r, g, b].map(|sample| u8::try_from(by_alpha(sample)).unwrap());
        *pixel = ::image::Rgba([r, g, b, a]);
    }
    let shown = |extra, samples: &RgbaImage| {
        let tiff = four_samples(RGB, Some(extra), samples.as_raw());
        decode(&recompress(&tiff, &options()).unwrap().bytes).to_rgba8()
    };
    let visible = |image: &RgbaImage| -> Vec<[u8; 4]> {
        let pixels = image.pixels().map(|pixel| pixel.0);
        pixels.filter(|pixel| pixel[3] > 0).collect()
    };
    let (expected, divided) = (visible(&soft), visible(&shown(ASSOCIATED, &multiplied)));
    assert_eq!(expected.len(), divided.len());
    for (expected, divided) in expected.into_iter().zip(divided) {
        assert_eq!(expected[3], divided[3]);
        for (one, other) in expected.into_iter().zip(divided) {
            let off = f64::from(one.abs_diff(other)) * f64::from(expected[3]) / 255.0;
            // Half a step of what was stored, and half a step of what comes out.
            assert!(off <= 1.0, "{expected:?} and {divided:?}");
        }
    }
    assert_eq!(visible(&shown(UNASSOCIATED, &soft)), visible(&soft));
}

/// A TIFF of 16 × 16 indices of 8 bits in a palette of colours of 16 bits.
fn indexed(big_endian: bool, colour: impl Fn(u8) -> [u8; 3]) -> Vec<u8> {
    let short = |number: u16| match big_endian {
        true => number.to_be_bytes(),
        false => number.to_le_bytes(),
    };
    let long = |number: usize| {
        let number = u32::try_from(number).unwrap();
        match big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        }
    };
    let sample = |part: usize, index: u8| short(u16::from(colour(index)[part]) * 257);
    let map: Vec<u8> = (0..3)
        .flat_map(|part| (0..=255).flat_map(move |index| sample(part, index)))
        .collect();
    let file = |offset: usize| {
        let (side, offset, length) = (long(16), long(offset), long(256));
        let tags: [Tag; 9] = [
            (0x0100, LONG, 1, &side),
            (0x0101, LONG, 1, &side),
            (0x0102, SHORT, 1, &short(8)),
            (0x0106, SHORT, 1, &short(3)),
            (0x0111, LONG, 1, &offset),
            (0x0115, SHORT, 1, &short(1)),
            (0x0116, LONG, 1, &side),
            (0x0117, LONG, 1, &length),
            (0x0140, SHORT, 768, &map),
        ];
        tiff(big_endian, &tags)
    };
    [file(file(0).len()), (0..=255).collect()].concat()
}

#[test]
fn a_palette_of_a_tiff_has_its_colours() {
    let few = |index: u8| [index & 0xe0, 255 - (index & 0xe0), 40];
    for big_endian in [false, true] {
        let tiff = indexed(big_endian, few);
        let shown = decode(&recompress(&tiff, &options()).unwrap().bytes).to_rgb8();
        let colours: Vec<[u8; 3]> = shown.pixels().map(|pixel| pixel.0).collect();
        assert_eq!(colours, (0..=255).map(few).collect::<Vec<_>>());
    }
    let mut without = indexed(false, few);
    let map = without.windows(2).position(|tag| tag == [0x40, 1]).unwrap();
    without[map] = 0x41;
    assert_eq!(code(&without), "decode_failed");
}

#[test]
fn reserved_bytes_of_a_bitmap_do_not_matter() {
    let bitmap = written(&photo(40, 30).into(), ImageFormat::Bmp);
    let mut used = bitmap.clone();
    used[6..10].copy_from_slice(b"\x52\x44\xff\x01");
    assert_eq!(compressed(&used), compressed(&bitmap));
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    recompress(bytes, &options()).unwrap().bytes
}
