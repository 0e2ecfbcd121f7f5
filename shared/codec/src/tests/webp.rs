//! WebP: lossy, lossless, with alpha, animated.

use webpx::{Encoder, Unstoppable};

use super::*;
use crate::metadata::icc::tests::{display_p3_profile, srgb_profile};
use crate::metadata::orientation::tests::exif;

pub fn encoded(image: &DynamicImage, lossless: bool) -> Vec<u8> {
    let (width, height) = (image.width(), image.height());
    let (rgb, rgba) = (image.to_rgb8(), image.to_rgba8());
    let encoder = if image.color().has_alpha() {
        Encoder::new_rgba(&rgba, width, height)
    } else {
        Encoder::new_rgb(&rgb, width, height)
    };
    encoder
        .quality(92.0)
        .lossless(lossless)
        .encode(Unstoppable)
        .unwrap()
}

pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    [kind.as_slice(), &length, data, &[0][..data.len() % 2]].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    let size = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
    [b"RIFF".as_slice(), &size, b"WEBP", &body].concat()
}

fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    chunk(
        b"VP8X",
        &[vec![flags, 0, 0, 0], side(width), side(height)].concat(),
    )
}

/// The chunks of a file: kind, and the chunk as a whole.
pub fn chunks(webp: &[u8]) -> Vec<([u8; 4], Vec<u8>)> {
    let mut rest = &webp[12..];
    let mut chunks = Vec::new();
    while let Some((kind, _)) = rest.split_first_chunk() {
        let length = u32::from_le_bytes(*rest[4..].first_chunk().unwrap()) as usize;
        let (whole, behind) = rest.split_at(8 + length + length % 2);
        chunks.push((*kind, whole.to_vec()));
        rest = behind;
    }
    chunks
}

pub fn has(webp: &[u8], kind: &[u8; 4]) -> bool {
    chunks(webp).iter().any(|(found, _)| found == kind)
}

/// A WebP with more chunks: profile, EXIF, XMP.
pub fn extended(webp: &[u8], size: (u32, u32), profile: Option<&[u8]>, exif: &[u8]) -> Vec<u8> {
    let alpha = has(webp, b"ALPH") || has(webp, b"VP8L");
    let flags = 0x0c | if profile.is_some() { 0x20 } else { 0 } | if alpha { 0x10 } else { 0 };
    let mut all = vec![canvas(flags, size.0, size.1)];
    all.extend(profile.map(|profile| chunk(b"ICCP", profile)));
    all.extend(
        chunks(webp)
            .into_iter()
            .filter(|(kind, _)| kind != b"VP8X")
            .map(|(_, whole)| whole),
    );
    all.extend([
        chunk(b"EXIF", exif),
        chunk(b"XMP ", b"<secret>"),
        chunk(b"UNKN", b"secret"),
    ]);
    riff(&all)
}

#[test]
fn photos_get_smaller_and_stay_the_same() {
    let photo = DynamicImage::from(photo(161, 121));
    for lossless in [false, true] {
        let webp = encoded(&photo, lossless);
        let done = run(&webp);
        assert!(
            done.bytes.len() * 3 < webp.len() * 2 && !done.kept,
            "{} of {}",
            done.bytes.len(),
            webp.len()
        );
        assert_same(&decode(&done.bytes), &photo);
    }
}

#[test]
fn alpha_is_kept() {
    let picture = DynamicImage::from(translucent(120, 80));
    for lossless in [false, true] {
        let done = run(&encoded(&picture, lossless));
        let alpha = |x| decode(&done.bytes).to_rgba8().get_pixel(x, 40).0[3];
        assert!(alpha(0) < 8 && alpha(119) > 247 && (110..145).contains(&alpha(60)) && !done.kept);
    }
}

#[test]
fn all_orientations_come_out_upright() {
    for photo in [
        DynamicImage::from(photo(96, 64)),
        DynamicImage::from(translucent(96, 64)),
    ] {
        for orientation in 1..=8 {
            let turned = stored(&photo, orientation);
            let webp = encoded(&turned, false);
            let webp = extended(
                &webp,
                (turned.width(), turned.height()),
                None,
                &exif(orientation, true),
            );
            let done = run(&webp);
            assert_eq!(
                (done.output.width, done.output.height),
                (96, 64),
                "{orientation}"
            );
            assert!(done.bytes.len() <= webp.len());
            let shown = decode(&done.bytes);
            assert_same(&shown.to_rgb8().into(), &photo.to_rgb8().into());
            assert_eq!(shown.color().has_alpha(), photo.color().has_alpha());
        }
    }
}

#[test]
fn a_turned_picture_is_not_larger_even_if_it_was_small() {
    let turned = stored(&photo(96, 64).into(), 6);
    let webp = Encoder::new_rgb(&turned.to_rgb8(), 64, 96)
        .quality(20.0)
        .encode(Unstoppable)
        .unwrap();
    let webp = extended(&webp, (64, 96), None, &exif(6, true));
    let done = run(&webp);
    assert!(done.bytes.len() <= webp.len() && !done.kept);
    assert_eq!((done.output.width, done.output.height), (96, 64));
}

#[test]
fn metadata_is_removed_from_encoded_and_from_kept_pictures() {
    for (picture, quality, kept) in [(photo(80, 60), 95.0, false), (photo(80, 60), 10.0, true)] {
        let webp = Encoder::new_rgb(&picture, 80, 60)
            .quality(quality)
            .encode(Unstoppable)
            .unwrap();
        let done = run(&extended(
            &webp,
            (80, 60),
            Some(&srgb_profile()),
            &exif(1, true),
        ));
        assert_eq!(
            chunks(&done.bytes)
                .iter()
                .map(|(kind, _)| *kind)
                .collect::<Vec<_>>(),
            [*b"VP8 "]
        );
        assert_eq!(done.kept, kept);
        if kept {
            assert_eq!(done.bytes, webp);
        }
    }
}

#[test]
fn profiles_are_kept_unless_they_say_srgb() {
    use ::image::ImageDecoder;
    let profile_of = |webp: &[u8]| {
        ::image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(webp))
            .unwrap()
            .icc_profile()
            .unwrap()
    };
    for picture in [
        DynamicImage::from(photo(80, 60)),
        DynamicImage::from(translucent(80, 60)),
    ] {
        for quality in [95.0, 5.0] {
            let webp = Encoder::new_rgba(&picture.to_rgba8(), 80, 60)
                .quality(quality)
                .encode(Unstoppable)
                .unwrap();
            let done = run(&extended(
                &webp,
                (80, 60),
                Some(&display_p3_profile()),
                &exif(1, true),
            ));
            assert_eq!(profile_of(&done.bytes), Some(display_p3_profile()));
            assert_eq!(
                decode(&done.bytes).color().has_alpha(),
                picture.to_rgba8().pixels().any(|p| p.0[3] < 255)
            );
            let done = run(&extended(
                &webp,
                (80, 60),
                Some(&srgb_profile()),
                &exif(1, true),
            ));
            assert_eq!(profile_of(&done.bytes), None);
        }
    }
}

#[test]
fn truncated_files_are_refused() {
    let translucent = DynamicImage::from(translucent(64, 48));
    for webp in [
        encoded(&photo(64, 48).into(), false),
        encoded(&photo(64, 48).into(), true),
        encoded(&translucent, false),
        encoded(&translucent, true),
        animated(3, &[]),
    ] {
        assert_truncation_is_refused(&webp, 0);
    }
}

/// Files whose sizes were mended after they were cut.
#[test]
fn truncated_pictures_are_refused() {
    let translucent = DynamicImage::from(translucent(64, 48));
    for webp in [
        encoded(&photo(64, 48).into(), false),
        encoded(&photo(64, 48).into(), true),
        encoded(&translucent, false),
        encoded(&translucent, true),
    ] {
        let mut parts = chunks(&webp);
        let (kind, last) = parts.pop().unwrap();
        let before: Vec<_> = parts.into_iter().map(|(_, whole)| whole).collect();
        for end in (0..last.len() - 8)
            .step_by(last.len() / 40 + 1)
            .filter(|end| *end < last.len() * 9 / 10)
        {
            let cut = chunk(&kind, &last[8..8 + end]);
            let file = riff(&[before.clone(), vec![cut]].concat());
            assert_eq!(code(&file), "decode_failed", "{end} of {}", last.len());
        }
    }
}

#[test]
fn declared_sizes_cost_nothing() {
    let picture = encoded(&photo(16, 16).into(), false);
    let with_canvas = |width, height| riff(&[canvas(0, width, height), picture[12..].to_vec()]);
    assert_eq!(code(&with_canvas(16, 16)), "no error");
    assert_eq!(code(&with_canvas(17, 16)), "decode_failed");
    assert_eq!(
        code(&with_canvas(16_777_216, 16_777_216)),
        "too_many_pixels"
    );
    let mut large = picture.clone();
    large[26..30].copy_from_slice(&[0xe8, 3, 0xe8, 3]);
    assert_eq!(code(&large), "decode_failed");
    assert_eq!(code(&riff(&[canvas(0, 16, 16)])), "decode_failed");
    assert_eq!(code(&riff(&[])), "decode_failed");
}

/// An animation; each frame is the photo with alpha, lossy and lossless in turn.
pub fn animated(frames: u8, behind: &[Vec<u8>]) -> Vec<u8> {
    let picture = DynamicImage::from(translucent(30, 20));
    let frame = |index: u8| {
        let file = encoded(&picture, index % 2 == 1);
        let parts = chunks(&file)
            .into_iter()
            .filter(|(kind, _)| kind != b"VP8X")
            .map(|(_, whole)| whole);
        let header = [0, 0, 0, 0, 0, 0, 29, 0, 0, 19, 0, 0, 100, 0, 0, 0];
        chunk(
            b"ANMF",
            &[header.to_vec(), parts.collect::<Vec<_>>().concat()].concat(),
        )
    };
    let mut all = vec![canvas(0x1e, 30, 20), chunk(b"ANIM", &[0; 6])];
    all.extend((0..frames).map(frame));
    all.extend_from_slice(behind);
    riff(&all)
}

/// The sizes of an animation's frames, each on the whole canvas.
pub fn frame_sizes(webp: &[u8]) -> Vec<(u32, u32)> {
    use ::image::AnimationDecoder;
    let decoder = ::image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(webp)).unwrap();
    let frames = decoder.into_frames();
    frames
        .map(|frame| frame.unwrap().buffer().dimensions())
        .collect()
}

#[test]
fn animations_keep_their_frames() {
    use ::image::AnimationDecoder;
    let webp = animated(
        4,
        &[chunk(b"EXIF", &exif(1, true)), chunk(b"XMP ", b"<secret>")],
    );
    let done = run(&webp);
    assert!(done.kept && !contains(&done.bytes, "secret") && !has(&done.bytes, b"EXIF"));
    let decoder =
        ::image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(done.bytes)).unwrap();
    assert_eq!(decoder.into_frames().collect_frames().unwrap().len(), 4);
}

#[test]
fn animations_with_a_broken_or_oversized_frame_are_refused() {
    let good = animated(3, &[]);
    let broken = |at: usize, to: u8| {
        let mut webp = good.clone();
        let frame = webp.windows(4).rposition(|kind| kind == b"ANMF").unwrap();
        webp[frame + 8 + at] = to;
        code(&webp)
    };
    assert_eq!(broken(6, 29), "no error");
    assert_eq!(broken(6, 28), "decode_failed");
    assert_eq!(broken(8, 1), "too_many_pixels");
    assert_eq!(
        code(&riff(&[canvas(2, 30, 20), chunk(b"ANIM", &[0; 6])])),
        "decode_failed"
    );
    let limits = PixelLimits {
        max_pixels: 600,
        max_dimension: 100,
    };
    assert!(
        recompress(
            &animated(8, &[]),
            &Options {
                limits,
                ..options()
            }
        )
        .is_ok()
    );
    let error = recompress(
        &animated(9, &[]),
        &Options {
            limits,
            ..options()
        },
    )
    .unwrap_err();
    assert_eq!(error.code(), "too_many_pixels");
}

/// A canvas of another size than the picture on it: nobody knows which of them the memory was reserved for.
#[test]
fn a_canvas_that_lies_about_the_size_is_refused() {
    let opaque = encoded(&photo(16, 16).into(), false);
    let lossless = encoded(&photo(16, 16).into(), true);
    let translucent = encoded(&translucent(16, 16).into(), false);
    for (picture, flags) in [(opaque, 0), (lossless, 0), (translucent, 0x10)] {
        let parts: Vec<_> = chunks(&picture)
            .into_iter()
            .filter(|(kind, _)| kind != b"VP8X")
            .map(|(_, whole)| whole)
            .collect();
        for (width, height, expected) in [
            (16, 16, "no error"),
            (17, 16, "decode_failed"),
            (16, 15, "decode_failed"),
            (1, 1, "decode_failed"),
        ] {
            let file = riff(&[vec![canvas(flags, width, height)], parts.clone()].concat());
            let seen = inspect(&file, &LIMITS).map_or_else(|error| error.code(), |_| "no error");
            assert_eq!(seen, expected, "{width} × {height}");
            for format in OutputFormat::ALL {
                let options = Options {
                    format,
                    ..options()
                };
                let done = recompress(&file, &options);
                let done = done.map_or_else(|error| error.code(), |_| "no error");
                assert_eq!(done, expected, "{width} × {height} as {format}");
            }
        }
    }
}

/// A frame of 30 × 20 pixels whose corner stands at twice (`x`, `y`).
#[test]
fn frames_that_lie_beside_their_canvas_are_refused() {
    let at = |x: u8, y: u8, (width, height)| {
        let mut file = animated(2, &[]);
        let side = canvas(0x1e, width, height);
        file[12..12 + side.len()].copy_from_slice(&side);
        let frame = file.windows(4).rposition(|kind| kind == b"ANMF").unwrap();
        (file[frame + 8], file[frame + 11]) = (x, y);
        OutputFormat::ALL.map(|format| {
            let options = Options {
                format,
                ..options()
            };
            recompress(&file, &options).map_or_else(|error| error.code(), |_| "no error")
        })
    };
    assert_eq!(at(0, 0, (30, 20)), ["no error"; 5]);
    assert_eq!(at(1, 0, (32, 20)), ["no error"; 5]);
    assert_eq!(at(5, 7, (40, 34)), ["no error"; 5]);
    for (x, y, canvas) in [
        (1, 0, (30, 20)),
        (1, 0, (31, 20)),
        (0, 1, (30, 21)),
        (255, 255, (40, 40)),
        (0, 0, (29, 20)),
    ] {
        assert_eq!(at(x, y, canvas), ["decode_failed"; 5], "{x} {y} {canvas:?}");
    }
}
