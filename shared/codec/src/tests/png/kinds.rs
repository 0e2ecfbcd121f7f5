//! Every depth and kind of samples.

use super::*;

/// 64 × 64 samples, or bytes of samples, that look like noise.
fn noise(bytes: usize) -> Vec<u8> {
    photo(64, 64)
        .into_raw()
        .into_iter()
        .cycle()
        .take(bytes)
        .map(|byte| byte.wrapping_mul(37))
        .collect()
}

/// 64 × 64 samples of a kind, as a PNG.
fn kind(color: ColorType, depth: BitDepth, configure: impl FnOnce(&mut Info)) -> Vec<u8> {
    let bits = color.samples() * usize::from(depth as u8);
    raw((64, 64), color, depth, &noise(64 * 8 * bits), configure)
}

#[test]
fn every_kind_of_png_decodes_to_the_same_picture() {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    let colours: Vec<u8> = (0..=255)
        .flat_map(|index: u8| [index, 255 - index, index / 2])
        .collect();
    let palette = |count: usize| {
        let colours = colours[..count * 3].to_vec();
        move |info: &mut Info| info.palette = Some(colours.into())
    };
    let transparent =
        |colour: &'static [u8]| move |info: &mut Info| info.trns = Some(colour.into());
    let kinds = [
        kind(Grayscale, One, |_| {}),
        kind(Grayscale, Two, |_| {}),
        kind(Grayscale, Four, |_| {}),
        kind(Grayscale, Eight, |_| {}),
        kind(Grayscale, Sixteen, |_| {}),
        kind(GrayscaleAlpha, Eight, |_| {}),
        kind(GrayscaleAlpha, Sixteen, |_| {}),
        kind(Rgb, Eight, |_| {}),
        kind(Rgb, Sixteen, |_| {}),
        kind(Rgba, Eight, |_| {}),
        kind(Rgba, Sixteen, |_| {}),
        kind(Indexed, One, palette(2)),
        kind(Indexed, Two, palette(4)),
        kind(Indexed, Four, palette(16)),
        kind(Indexed, Eight, |info| {
            palette(256)(info);
            info.trns = Some((0..=255).collect::<Vec<u8>>().into());
        }),
        kind(Grayscale, Eight, transparent(&[0, 37])),
        kind(Rgb, Eight, transparent(&[0, 1, 0, 2, 0, 3])),
    ];
    for (index, png) in kinds.iter().enumerate() {
        let done = run(png);
        assert!(done.bytes.len() <= png.len(), "{index}");
        assert_same(&decode(&done.bytes), &decode(png));
    }
}

/// The seven passes of Adam7: first column and row, then the steps.
const ADAM7: [(usize, usize, usize, usize); 7] = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
];

#[test]
fn interlaced_pictures_are_read() {
    let photo = photo(45, 31);
    let mut rows = Vec::new();
    for (x0, y0, dx, dy) in ADAM7 {
        for y in (y0..31).step_by(dy) {
            rows.push(0);
            for x in (x0..45).step_by(dx) {
                rows.extend(
                    photo
                        .get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap())
                        .0,
                );
            }
        }
    }
    let header = [
        &45u32.to_be_bytes()[..],
        &31u32.to_be_bytes(),
        &[8, 2, 0, 0, 1],
    ]
    .concat();
    let data = zlib(&rows);
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &data),
        chunk(b"IEND", &[]),
    ]
    .concat();
    assert_same(&decode(&png), &DynamicImage::from(photo.clone()));
    assert_same(&decode(&run(&png).bytes), &photo.into());
}

/// Bits above the picture's depth do not count in a gray that is transparent.
#[test]
fn a_transparent_gray_has_no_more_bits_than_others() {
    let rows = [0, 0b1010_0000, 0, 0b0101_0000];
    let file = |key: [u8; 2]| {
        let header = [0, 0, 0, 4, 0, 0, 0, 2, 1, 0, 0, 0, 0];
        let parts = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"tRNS", &key),
            chunk(b"IDAT", &zlib(&rows)),
            chunk(b"IEND", b""),
        ];
        parts.concat()
    };
    let shown = |key| decode(&run(&file(key)).bytes).to_rgba8();
    assert_eq!(shown([0, 255]), shown([0, 1]));
    assert_eq!(shown([1, 2]), shown([0, 0]));
    assert_eq!(shown([0, 1]).get_pixel(0, 0).0[3], 0);
    assert_eq!(shown([0, 1]).get_pixel(1, 0).0[3], 255);
}
