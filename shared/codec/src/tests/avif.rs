//! AVIF as a source.

use super::*;

/// What `corpus/avif/make.py` draws.
fn drawn(x: u32, y: u32) -> [u8; 3] {
    [40 + 7 * x, 200 - 8 * y, 90 + 3 * x + 2 * y].map(|value| u8::try_from(value).unwrap())
}

pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(corpus::path("avif", &format!("{name}.avif"))).unwrap()
}

/// Before it is encoded again.
fn shown(bytes: &[u8]) -> RgbaImage {
    let pixels = formats::avif::decode_upright(bytes).unwrap();
    RgbaImage::from_raw(pixels.width, pixels.height, pixels.rgba().into_owned()).unwrap()
}

/// That every pixel is at most so far from what was drawn, a channel.
fn assert_near(name: &str, bytes: &[u8], expected: impl Fn(u32, u32) -> [u8; 4], most: u8) {
    let shown = shown(bytes);
    assert_eq!(shown.dimensions(), (25, 18), "{name}");
    for (x, y, pixel) in shown.enumerate_pixels() {
        let expected = expected(x, y);
        let off = pixel
            .0
            .iter()
            .zip(expected)
            .map(|(one, other)| one.abs_diff(other));
        assert!(
            off.clone().max() <= Some(most),
            "{name} {x} {y}: {pixel:?}, not {expected:?}"
        );
    }
}

fn opaque(x: u32, y: u32) -> [u8; 4] {
    let [r, g, b] = drawn(x, y);
    [r, g, b, 255]
}

#[test]
fn every_sampling_range_and_depth_shows_the_same() {
    for name in [
        "p-420-full",
        "p-420-limited",
        "p-422-full",
        "p-422-limited",
        "p-444-full",
        "p-444-limited",
        "s-10",
        "s-12",
    ] {
        assert_near(name, &file(name), opaque, 9);
    }
    assert_near("s-lossless", &file("s-lossless"), opaque, 0);
}

#[test]
fn grays_stay_gray() {
    let gray = |x, y| {
        let [r, g, b] = drawn(x, y).map(u32::from);
        let gray = u8::try_from((r * 299 + g * 587 + b * 114) / 1000).unwrap();
        [gray, gray, gray, 255]
    };
    for name in ["p-400-full", "p-400-limited"] {
        assert_near(name, &file(name), gray, 3);
    }
}

#[test]
fn alpha_stays_and_is_divided_out() {
    for name in ["p-alpha", "p-premultiplied"] {
        let shown = shown(&file(name));
        for (x, y, pixel) in shown.enumerate_pixels() {
            let expected = drawn(x, y);
            assert!(
                pixel[3].abs_diff(u8::try_from(10 * x).unwrap()) <= 2,
                "{name} {x}"
            );
            for (one, other) in pixel.0.iter().zip(expected) {
                let off = u16::from(one.abs_diff(other)) * u16::from(pixel[3]) / 255;
                assert!(off <= 9, "{name} {x} {y}: {pixel:?}, not {expected:?}");
            }
        }
    }
}

#[test]
fn all_orientations_come_out_upright() {
    for orientation in 2..=8 {
        let name = format!("orientation-{orientation}");
        assert_near(&name, &file(&name), opaque, 9);
    }
}

#[test]
fn a_profile_is_followed() {
    assert_near("s-p3", &file("s-p3"), opaque, 12);
    // Without it, the same numbers are other colours.
    let bytes = file("s-p3");
    let profile = bytes.windows(4).position(|kind| kind == b"colr").unwrap();
    let mut without = bytes.clone();
    without[profile..profile + 4].copy_from_slice(b"pasp");
    assert_ne!(shown(&without), shown(&bytes));
}

/// Cut to the pixels from (4, 2) to (14, 12), by a property in place of another of the same length.
#[test]
fn only_the_part_that_is_meant_is_shown() {
    let bytes = file("p-444-full");
    let place = bytes.windows(4).position(|kind| kind == b"ispe").unwrap() - 4;
    let fractions: [i32; 8] = [10, 1, 10, 1, -7, 2, -2, 1];
    let fractions = fractions.iter().flat_map(|number| number.to_be_bytes());
    let crop: Vec<u8> = [0, 0, 0, 40]
        .into_iter()
        .chain(*b"clap")
        .chain(fractions)
        .collect();
    let cut = with_property(&bytes, place, &crop);
    let part = shown(&cut);
    assert_eq!(part.dimensions(), (10, 10));
    let whole = shown(&bytes);
    for (x, y, pixel) in part.enumerate_pixels() {
        assert_eq!(pixel, whole.get_pixel(x + 4, y + 2));
    }
}

/// A file whose first item has one more property, which is put in before the one at `place`'s end.
fn with_property(bytes: &[u8], place: usize, property: &[u8]) -> Vec<u8> {
    let grown = u32::try_from(property.len()).unwrap();
    let mut file = bytes.to_vec();
    let grow = |file: &mut Vec<u8>, kind: &[u8], by: u32| {
        let at = file.windows(4).position(|window| window == kind).unwrap() - 4;
        let length = u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        file[at..at + 4].copy_from_slice(&(length + by).to_be_bytes());
        at
    };
    // The last property, associated with one byte, essential.
    let ipma = grow(&mut file, b"ipma", 1);
    let count = file[ipma + 18];
    let last = file[ipma + 19..ipma + 19 + usize::from(count)].iter();
    let next = last.map(|index| index & 0x7f).max().unwrap() + 1;
    file[ipma + 18] = count + 1;
    file.insert(ipma + 19 + usize::from(count), 0x80 | next);
    let ipco = grow(&mut file, b"ipco", grown);
    for kind in [b"iprp", b"meta"] {
        grow(&mut file, kind, grown + 1);
    }
    let end = u32::from_be_bytes(bytes[ipco..ipco + 4].try_into().unwrap()) as usize + ipco;
    assert!(place < end);
    file.splice(end..end, property.iter().copied());
    // The picture lies so much farther behind.
    let iloc = file.windows(4).position(|kind| kind == b"iloc").unwrap();
    let extent = iloc + 18;
    let offset = u32::from_be_bytes(file[extent..extent + 4].try_into().unwrap());
    file[extent..extent + 4].copy_from_slice(&(offset + grown + 1).to_be_bytes());
    file
}

#[test]
fn an_avif_stays_one_and_loses_its_metadata() {
    let source = converted(&encoded(&photo(64, 48)), OutputFormat::Avif).bytes;
    let done = compress(&source, 10);
    assert_eq!(done.output.format, Format::Avif);
    assert!(!done.kept && done.bytes.len() < source.len());
    // With a notice, there is EXIF data in it.
    let jpeg = copyright::in_jpeg(&photo(64, 48).into(), &copyright::camera(true, 1));
    let options = Options {
        format: OutputFormat::Avif,
        copyright: Copyright::Keep,
        ..options()
    };
    let with_notice = recompress(&jpeg, &options).unwrap().bytes;
    assert!(contains(&with_notice, copyright::NOTICE));
    let kept = compress(&with_notice, 100);
    assert!(kept.kept && !contains(&kept.bytes, copyright::NOTICE));
    assert_eq!(shown(&kept.bytes), shown(&with_notice));
    let with = Options {
        format: OutputFormat::Original,
        ..options
    };
    assert!(contains(
        &recompress(&with_notice, &with).unwrap().bytes,
        copyright::NOTICE
    ));
}

fn encoded(image: &RgbImage) -> Vec<u8> {
    written(&image.clone().into(), ImageFormat::Png)
}

#[test]
fn what_is_cut_off_is_refused() {
    assert_truncation_is_refused(&file("p-alpha"), 0);
}

#[test]
fn limits_hold_before_anything_is_decoded() {
    let limits = PixelLimits {
        max_pixels: 449,
        max_dimension: 100,
    };
    let error = inspect(&file("p-444-full"), &limits).unwrap_err();
    assert_eq!(error.code(), "too_many_pixels");
    // What the data has is what the file says, or nothing.
    let mut lying = file("p-444-full");
    let size = lying.windows(4).position(|kind| kind == b"ispe").unwrap() + 11;
    lying[size] = 24;
    assert_eq!(code(&lying), "decode_failed");
}

#[test]
fn other_kinds_are_refused_by_their_names() {
    let changed = |from: &[u8], to: &[u8]| {
        let mut bytes = file("p-444-full");
        let place = bytes
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        bytes[place..place + to.len()].copy_from_slice(to);
        inspect(&bytes, &LIMITS)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    };
    for (from, to, expected) in [
        (&b"ftypavif"[..], &b"ftypavis"[..], "an animation (AVIF)"),
        (b"av01", b"grid", "an AVIF picture of several tiles"),
        (b"av01", b"iovl", "an AVIF picture of a rare kind"),
    ] {
        assert!(changed(from, to).contains(expected), "{expected}");
    }
    let mut bright = file("p-444-full");
    let coding = bright.windows(4).position(|kind| kind == b"nclx").unwrap();
    bright[coding + 7] = 16;
    let error = recompress(&bright, &options()).unwrap_err().to_string();
    assert!(error.contains("high dynamic range"), "{error}");
}
