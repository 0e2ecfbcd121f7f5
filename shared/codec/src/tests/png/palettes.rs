//! What becomes of the pixels.

use super::*;
use crate::metadata::orientation::tests::exif;

#[test]
fn photos_get_a_palette_and_stay_the_same() {
    let photo = DynamicImage::from(photo(160, 120));
    let png = encoded(&photo);
    let done = run(&png);
    assert!(done.bytes.len() * 2 < png.len() && !done.kept);
    assert_eq!(kinds(&done.bytes), ["IHDR", "PLTE", "IDAT", "IEND"]);
    assert_same(&decode(&done.bytes), &photo);
}

#[test]
fn higher_qualities_take_more_bytes() {
    let png = encoded(&photo(160, 120).into());
    let sizes: Vec<usize> = [5, 50, 100]
        .into_iter()
        .map(|quality| Options {
            quality: Quality::try_from(quality).unwrap(),
            ..options()
        })
        .map(|options| recompress(&png, &options).unwrap().bytes.len())
        .collect();
    assert!(sizes.is_sorted() && sizes[0] < sizes[2], "{sizes:?}");
}

#[test]
fn alpha_is_kept() {
    let picture = DynamicImage::from(translucent(120, 80));
    let done = run(&encoded(&picture));
    assert!(!done.kept);
    assert_same(&decode(&done.bytes), &picture);
    let alpha = |x| decode(&done.bytes).to_rgba8().get_pixel(x, 40).0[3];
    assert!(alpha(0) < 8 && alpha(119) > 247 && (90..170).contains(&alpha(60)));
}

#[test]
fn all_orientations_come_out_upright() {
    for photo in [
        DynamicImage::from(photo(96, 64)),
        DynamicImage::from(translucent(96, 64)),
    ] {
        for orientation in 1..=8 {
            let png = with_chunks(
                &encoded(&stored(&photo, orientation)),
                &[(b"eXIf", exif(orientation, false))],
            );
            let done = run(&png);
            assert_eq!(
                (done.output.width, done.output.height),
                (96, 64),
                "{orientation}"
            );
            assert!(done.bytes.len() <= png.len());
            assert_same(&decode(&done.bytes), &photo);
        }
    }
}

#[test]
fn small_pictures_are_kept() {
    let png = raw((8, 8), ColorType::Grayscale, BitDepth::One, &[0; 8], |_| {});
    let done = run(&png);
    assert!(done.kept);
    assert_eq!(done.bytes, png);
}

/// At 50 a palette may have 128 colours: a picture of no more loses nothing, whatever kind of PNG it came as.
#[test]
fn few_colours_stay_exactly_what_they_are() {
    let photo = photo(160, 120);
    let reduced = RgbaImage::from_fn(160, 120, |x, y| {
        let ::image::Rgb([r, g, b]) = *photo.get_pixel(x, y);
        ::image::Rgba([r & 0xc0, g & 0xc0, b & 0xc0, if x < 80 { 255 } else { 99 }])
    });
    let done = run(&encoded(&reduced.clone().into()));
    assert!(!done.kept);
    assert_eq!(decode(&done.bytes).to_rgba8(), reduced);
}

/// Colours in no order at all: at a high quality, no palette is good enough.
#[test]
fn what_a_palette_would_spoil_stays_in_true_colour() {
    let noise = RgbImage::from_fn(120, 120, |x, y| {
        let [a, b, c, _] = (x * 120 + y).wrapping_mul(2_654_435_761).to_le_bytes();
        ::image::Rgb([a, b, c])
    });
    let quality = Quality::try_from(98).unwrap();
    let done = recompress(
        &encoded(&noise.clone().into()),
        &Options {
            quality,
            ..options()
        },
    );
    let done = decode(&done.unwrap().bytes);
    assert_eq!(done.color(), ::image::ColorType::Rgb8);
    assert_eq!(done.to_rgb8(), noise);
}

/// Whatever colour hides behind no alpha is seen by nobody, and costs no colour.
#[test]
fn what_is_not_seen_takes_no_colours() {
    let photo = photo(160, 120);
    let hidden = RgbaImage::from_fn(160, 120, |x, y| {
        let ::image::Rgb([r, g, b]) = *photo.get_pixel(x, y);
        ::image::Rgba([r, g, b, 0])
    });
    let done = run(&encoded(&hidden.into()));
    assert!(done.bytes.len() < 200, "{}", done.bytes.len());
    assert!(
        decode(&done.bytes)
            .to_rgba8()
            .pixels()
            .all(|pixel| pixel.0[3] == 0)
    );
}
