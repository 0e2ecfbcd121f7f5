//! Outputs of fewer pixels.

use ::image::imageops::FilterType;

use super::coefficients::Coefficients;
use super::properties::{Random, random_file};
use super::*;

/// That fits into a box; 0 is no bound.
fn within(width: u32, height: u32) -> Options {
    let side = |pixels| Side::try_from(pixels).ok();
    Options {
        max_size: MaxSize {
            width: side(width),
            height: side(height),
        },
        ..options()
    }
}

fn size(done: &Recompressed) -> (u32, u32) {
    let seen = inspect(&done.bytes, &LIMITS).unwrap();
    let told = (done.output.width, done.output.height);
    assert_eq!((seen.width, seen.height), told);
    told
}

/// A picture with edges and slopes, and no noise: what is smaller of it is known.
fn drawing(width: u32, height: u32) -> DynamicImage {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let wave = |at: u32| u8::try_from(at % 200).unwrap();
        match (x / 40 + y / 24) % 3 {
            0 => ::image::Rgb([wave(x * 2), 40, wave(y)]),
            1 => ::image::Rgb([220, wave(x + y), 90]),
            _ => ::image::Rgb([30, 60, wave(2 * y)]),
        }
    });
    picture.into()
}

/// The picture with some noise: without a loss it takes so many bytes that no output's quality has to be lowered to have
/// fewer. Lossless WebP has 886 bytes of the drawing alone, and a JPEG of its quarter only at quality 9.
fn grainy(picture: &DynamicImage) -> DynamicImage {
    let mut picture = picture.to_rgb8();
    let mut random = Random(3);
    for channel in picture.iter_mut() {
        *channel += u8::try_from(random.below(8)).unwrap();
    }
    picture.into()
}

fn reference(picture: &DynamicImage, (width, height): (u32, u32)) -> DynamicImage {
    picture.resize_exact(width, height, FilterType::Lanczos3)
}

#[test]
fn every_format_is_made_smaller_and_shows_the_same() {
    let picture = grainy(&drawing(301, 200));
    let expected = reference(&picture, (150, 100));
    for (from, bytes) in [
        ("jpeg", jpeg::encoded(&picture)),
        ("png", written(&picture, ImageFormat::Png)),
        ("lossy webp", webp::encoded(&picture, false)),
        ("lossless webp", webp::encoded(&picture, true)),
        ("gif", written(&picture, ImageFormat::Gif)),
        ("bmp", written(&picture, ImageFormat::Bmp)),
        ("tiff", written(&picture, ImageFormat::Tiff)),
    ] {
        for format in [
            OutputFormat::Original,
            OutputFormat::Jpeg,
            OutputFormat::WebP,
            OutputFormat::Png,
        ] {
            let options = Options {
                format,
                quality: Quality::try_from(90).unwrap(),
                ..within(150, 150)
            };
            let done = recompress(&bytes, &options).unwrap();
            assert_eq!(size(&done), (150, 100), "{from} to {format}");
            assert_eq!((done.input.width, done.input.height), (301, 200));
            assert!(!done.kept, "{from} to {format}");
            let off = difference(&decode(&done.bytes), &expected);
            assert!(off < 9.0, "{from} to {format}: {off}");
        }
    }
    let avif = Options {
        format: OutputFormat::Avif,
        ..within(150, 150)
    };
    let done = recompress(&jpeg::encoded(&picture), &avif).unwrap();
    assert_eq!(size(&done), (150, 100));
    let again = recompress(&done.bytes, &within(75, 0)).unwrap();
    assert_eq!(
        (again.output.format, size(&again)),
        (Format::Avif, (75, 50))
    );
}

/// A picture that fits is what it is without a bound, byte for byte.
#[test]
fn what_fits_is_not_touched() {
    for entry in corpus::all().filter(corpus::Entry::is_accepted) {
        let bytes = entry.bytes();
        let plain = recompress(&bytes, &options()).unwrap();
        let (width, height) = inspect(&bytes, &LIMITS).unwrap().upright_size();
        for bound in [(width, height), (width, 0), (0, height), (65_535, 65_535)] {
            let done = recompress(&bytes, &within(bound.0, bound.1)).unwrap();
            assert!(done == plain, "{} within {bound:?}", entry.name);
        }
    }
}

/// Of a phone's photograph too, whatever its sampling, and where sides are odd.
#[test]
fn the_bound_is_of_the_picture_as_it_is_seen() {
    let samplings = [
        jpeg_encoder::SamplingFactor::F_1_1,
        jpeg_encoder::SamplingFactor::F_2_1,
        jpeg_encoder::SamplingFactor::F_1_2,
        jpeg_encoder::SamplingFactor::F_2_2,
        jpeg_encoder::SamplingFactor::F_4_1,
    ];
    let picture = drawing(301, 199);
    for (sampling, orientation) in samplings
        .into_iter()
        .flat_map(|s| (1..=8).map(move |o| (s, o)))
    {
        let stored = stored(&picture, orientation).to_rgb8();
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 95);
        encoder.set_sampling_factor(sampling);
        let sides = [stored.width(), stored.height()].map(|side| u16::try_from(side).unwrap());
        encoder
            .encode(&stored, sides[0], sides[1], jpeg_encoder::ColorType::Rgb)
            .unwrap();
        let exif = crate::metadata::orientation::tests::exif(orientation, true);
        let exif = [b"Exif\0\0".to_vec(), exif].concat();
        let bytes = jpeg::with_segment(&bytes, 0xe1, &exif);
        let seen = inspect(&bytes, &LIMITS).unwrap();
        assert_eq!(seen.upright_size(), (301, 199), "{orientation}");
        for (width, expected) in [(200, (200, 132)), (75, (75, 50)), (31, (31, 20))] {
            for quality in [60, 95] {
                let options = Options {
                    quality: Quality::try_from(quality).unwrap(),
                    ..within(width, 0)
                };
                let done = recompress(&bytes, &options).unwrap();
                assert_eq!(size(&done), expected, "{sampling:?} {orientation}");
                let gray = |picture: &DynamicImage| DynamicImage::from(picture.to_luma8());
                let (found, expected) = (decode(&done.bytes), reference(&picture, expected));
                let off = difference(&gray(&found), &gray(&expected));
                assert!(
                    off < 8.0,
                    "{sampling:?} {orientation} {width} {quality}: {off}"
                );
                // What lies on its side, or has another's colours, is off by more than 50.
                let off = difference(&found, &expected);
                assert!(
                    off < 25.0,
                    "{sampling:?} {orientation} {width} {quality}: {off}"
                );
            }
        }
    }
}

#[test]
fn other_formats_are_turned_before_they_are_measured() {
    for (folder, name) in [
        ("webp", "orientation-6.webp"),
        ("avif", "orientation-6.avif"),
    ] {
        let bytes = std::fs::read(corpus::path(folder, name)).unwrap();
        let seen = inspect(&bytes, &LIMITS).unwrap();
        assert!(seen.is_transposed, "{name}");
        let (width, height) = seen.upright_size();
        assert_eq!((width, height), (seen.height, seen.width));
        let done = recompress(&bytes, &within(width / 2, 0)).unwrap();
        assert_eq!(done.output.width, width / 2, "{name}");
    }
}

/// Whatever the size and the bound, what comes out has the size that is documented.
#[test]
fn random_pictures_have_the_size_that_is_documented() {
    let mut random = Random(5);
    for round in 0..400 {
        let file = random_file(&mut random);
        let mut side = || u32::try_from(random.below(40)).unwrap();
        let (width, height) = (side(), side());
        let format = *random.pick(&[
            OutputFormat::Original,
            OutputFormat::Original,
            OutputFormat::Jpeg,
            OutputFormat::WebP,
            OutputFormat::Png,
        ]);
        let options = Options {
            format,
            quality: Quality::try_from(*random.pick(&[1, 50, 95])).unwrap(),
            ..within(width, height)
        };
        let upright = inspect(&file, &LIMITS).unwrap().upright_size();
        let done = recompress(&file, &options).unwrap();
        let expected = options.max_size.fit(upright);
        assert_eq!(
            size(&done),
            expected,
            "{round}: {upright:?} in {width} {height}"
        );
    }
}

#[test]
fn a_picture_of_one_row_stays_one() {
    for (from, expected) in [((900, 1), (10, 1)), ((1, 900), (1, 10))] {
        let picture = drawing(from.0, from.1);
        for bytes in [
            jpeg::encoded(&picture),
            written(&picture, ImageFormat::Png),
            webp::encoded(&picture, false),
        ] {
            for format in [
                OutputFormat::Original,
                OutputFormat::WebP,
                OutputFormat::Png,
            ] {
                let options = Options {
                    format,
                    ..within(10, 10)
                };
                assert_eq!(size(&recompress(&bytes, &options).unwrap()), expected);
            }
        }
    }
}

/// It cannot be kept, so that its quality is lowered where it would have more bytes than its source.
#[test]
fn a_smaller_picture_of_a_coarse_source_is_not_larger() {
    let photo = photo(200, 160);
    let mut coarse = Vec::new();
    jpeg_encoder::Encoder::new(&mut coarse, 5)
        .encode(&photo, 200, 160, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    let options = Options {
        quality: Quality::try_from(95).unwrap(),
        ..within(190, 0)
    };
    let done = recompress(&coarse, &options).unwrap();
    assert_eq!(size(&done), (190, 152));
    assert!(done.bytes.len() <= coarse.len() && !done.kept);
}

#[test]
fn profiles_stay_and_other_metadata_goes() {
    let profile = crate::metadata::icc::tests::display_p3_profile();
    for file in profiles::with_profile(&drawing(64, 48), &profile) {
        let done = recompress(&file, &within(16, 0)).unwrap();
        assert_eq!(size(&done), (16, 12));
        let kept = profiles::profile_of(&done.bytes, done.output.format);
        assert_eq!(kept.as_ref(), Some(&profile), "{}", done.output.format);
        for text in ["Exif", "EXIF", "eXIf"] {
            assert!(!contains(&done.bytes, text), "{text}");
        }
    }
}

/// Chroma that the source has is kept at high quality, and none is made up.
#[test]
fn chroma_of_a_smaller_jpeg_is_as_fine_as_there_is() {
    let photo = photo(200, 160);
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 92);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder
        .encode(&photo, 200, 160, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    for (width, quality, factors) in [
        (100, 50, (2, 2)),
        (100, 95, (1, 1)),
        (101, 95, (2, 2)),
        (101, 50, (2, 2)),
    ] {
        let options = Options {
            quality: Quality::try_from(quality).unwrap(),
            ..within(width, 0)
        };
        let done = recompress(&bytes, &options).unwrap();
        let read = Coefficients::read(&done.bytes).unwrap();
        assert_eq!(read.components[0].factors, factors, "{width} {quality}");
    }
}

#[test]
fn animations_are_made_smaller_as_webp_only() {
    let gif = gif::animated(3, |_| {});
    assert_eq!(code(&gif), "no error");
    let error = recompress(&gif, &within(10, 0)).unwrap_err();
    assert_eq!(error.code(), "unsupported_format");
    assert!(
        error.to_string().contains("an animated GIF of 20 × 10"),
        "{error}"
    );
    let as_webp = |format, bound: (u32, u32)| Options {
        format,
        ..within(bound.0, bound.1)
    };
    let webp = recompress(&gif, &as_webp(OutputFormat::WebP, (16, 0))).unwrap();
    assert_eq!(webp::frame_sizes(&webp.bytes), [(16, 8); 3]);
    let smaller = recompress(&webp.bytes, &as_webp(OutputFormat::Original, (0, 4))).unwrap();
    let sizes = webp::frame_sizes(&smaller.bytes);
    assert!(!sizes.is_empty() && sizes.iter().all(|size| *size == (8, 4)));
    assert!(smaller.bytes.len() <= webp.bytes.len());
    // As a still picture its first frame.
    let still = recompress(&gif, &as_webp(OutputFormat::Png, (10, 0))).unwrap();
    assert_eq!(size(&still), (10, 5));
}

/// A quality that is asked for is not lowered by more than it takes to have no more bytes than the source.
#[test]
fn a_smaller_picture_has_most_of_the_bytes_that_it_may_have() {
    let events = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/photos");
    let source = std::fs::read(format!("{events}/cat.jpg")).unwrap();
    let options = Options {
        quality: Quality::try_from(99).unwrap(),
        ..within(300, 300)
    };
    let done = recompress(&source, &options).unwrap();
    let (now, before) = (done.bytes.len(), source.len());
    assert!(now <= before && 2 * now > before, "{now} of {before}");
}
