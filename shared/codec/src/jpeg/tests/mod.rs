//! Whole pictures through the transcoder, made and judged by independent codecs.
//!
//! The files in `src/tests/recoded` are one picture of 75 × 53 pixels, made by libjpeg-turbo's cjpeg and
//! recoded without loss by its jpegtran; in `dnl.jpg` the height was moved to a DNL segment.

mod generations;
mod motion;
mod scans;
mod tails;

use super::read::headers::Headers;
use super::syntax::application::Color;
use super::syntax::frame::Process;
use super::transcode::Transcoded;
use super::{JpegError, transcode};
use crate::limits::PixelLimits;
use crate::options::{Copyright, MaxSize, Options, OutputFormat, Quality};
use crate::picture::Recompressed;
use image::{ImageBuffer, ImageFormat, Rgb, RgbImage, imageops};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 1 << 20,
    max_dimension: 2000,
};

fn quality(quality: u8) -> Quality {
    Quality::try_from(quality).unwrap()
}

/// At quality 50.
fn transcoded(bytes: &[u8]) -> Result<Transcoded, JpegError> {
    transcode(bytes, Some(quality(50)), None, &LIMITS)
}

/// The whole path, with the choice of the smallest.
fn recompressed(bytes: &[u8], at: u8) -> Recompressed {
    let options = Options {
        quality: quality(at),
        format: OutputFormat::Jpeg,
        copyright: Copyright::Remove,
        max_size: MaxSize::default(),
        limits: LIMITS,
    };
    crate::recompress(bytes, &options).expect("recompresses")
}

/// A picture with edges, slopes, colours and some noise.
fn picture(width: u32, height: u32) -> RgbImage {
    let mut noise = 1_u32;
    ImageBuffer::from_fn(width, height, |x, y| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let edge = if (x / 13 + y / 9) % 2 == 0 { 60 } else { 0 };
        let grain = (noise >> 28) as u8;
        Rgb([
            40 + (x * 150 / width) as u8 + grain,
            60 + edge + grain,
            200 - (y * 160 / height) as u8 + grain,
        ])
    })
}

/// Encodes with the `jpeg-encoder` crate after a change of its settings.
fn jpeg(picture: &RgbImage, change: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    change(&mut encoder);
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    encoder
        .encode(picture, width, height, ColorType::Rgb)
        .expect("encodes");
    bytes
}

/// Decodes with the `image` crate.
fn pixels(bytes: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(bytes, ImageFormat::Jpeg)
        .expect("decodes")
        .to_rgb8()
}

/// Peak signal-to-noise ratio in dB.
fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let square = |(&a, &b): (&u8, &u8)| (f64::from(a) - f64::from(b)).powi(2);
    let sum: f64 = a.as_raw().iter().zip(b.as_raw()).map(square).sum();
    10.0 * (255.0 * 255.0 * a.as_raw().len() as f64 / sum.max(1e-9)).log10()
}

fn exact(bytes: &[u8]) -> Transcoded {
    transcode(bytes, None, None, &LIMITS).expect("transcodes")
}

const SAMPLINGS: [SamplingFactor; 8] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_1_2,
    SamplingFactor::F_2_2,
    SamplingFactor::F_4_1,
    SamplingFactor::F_4_2,
    SamplingFactor::F_1_4,
    SamplingFactor::F_2_4,
];

#[test]
fn every_sampling_sequential_and_progressive_with_and_without_restarts() {
    let picture = picture(85, 61);
    for sampling in SAMPLINGS {
        let source = |progressive, restarts| {
            jpeg(&picture, |encoder| {
                encoder.set_sampling_factor(sampling);
                encoder.set_progressive(progressive);
                encoder.set_restart_interval(restarts);
            })
        };
        let plain = source(false, 0);
        // The decoder of the `image` crate makes garbage of the larger factors.
        let judged = SAMPLINGS[..5].contains(&sampling);
        assert!(
            !judged || pixels(&exact(&plain).bytes) == pixels(&plain),
            "{sampling:?}"
        );
        let expected = transcoded(&plain).expect("transcodes");
        assert!(!expected.kept && expected.bytes.len() < plain.len());
        assert_eq!((expected.width, expected.height), (85, 61));
        let quality = psnr(&pixels(&expected.bytes), &pixels(&plain));
        assert!(!judged || quality > 26.0, "{sampling:?}: {quality} dB");
        for (progressive, restarts) in [(false, 3), (true, 0), (true, 2)] {
            let source = source(progressive, restarts);
            let out = transcoded(&source).expect("transcodes");
            assert!(
                out.bytes == expected.bytes,
                "{sampling:?} {progressive} {restarts}"
            );
            let headers = Headers::read(&source, &LIMITS);
            let process = headers.expect("headers").frame.process;
            assert_eq!(process == Process::Progressive, progressive);
        }
    }
}

#[test]
fn full_resolution_chroma_comes_out_as_4_2_0() {
    for (sampling, factors) in [
        (SamplingFactor::F_1_1, [0x22, 0x11, 0x11]),
        (SamplingFactor::F_2_1, [0x22, 0x11, 0x11]),
        (SamplingFactor::F_1_2, [0x22, 0x11, 0x11]),
        (SamplingFactor::F_4_1, [0x41, 0x11, 0x11]),
    ] {
        let source = jpeg(&picture(64, 48), |encoder| {
            encoder.set_sampling_factor(sampling)
        });
        let out = transcoded(&source).expect("transcodes").bytes;
        let frame = out
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .expect("SOF0");
        assert_eq!(
            [11, 14, 17].map(|at| out[frame + at]),
            factors,
            "{sampling:?}"
        );
    }
}

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../tests/recoded/", $name))
    };
}

#[test]
fn the_same_coefficients_make_the_same_file_however_they_are_coded() {
    let interleaved = fixture!("interleaved.jpg");
    let expected = transcoded(interleaved).expect("transcodes").bytes;
    assert!(pixels(&exact(interleaved).bytes) == pixels(interleaved));
    for (name, source) in [
        ("non-interleaved", &fixture!("non-interleaved.jpg")[..]),
        ("progressive", fixture!("progressive.jpg")),
        (
            "progressive with restarts",
            fixture!("progressive-restarts.jpg"),
        ),
        ("restarts", fixture!("restarts.jpg")),
        ("DNL", fixture!("dnl.jpg")),
    ] {
        let out = transcoded(source).expect(name);
        assert_eq!((out.width, out.height), (75, 53), "{name}");
        assert_eq!(out.bytes, expected, "{name}");
    }
}

#[test]
fn what_is_not_supported_is_said() {
    let error = transcoded(fixture!("arithmetic.jpg")).expect_err("arithmetic");
    assert_eq!(
        error,
        JpegError::Unsupported {
            what: "a JPEG with arithmetic coding (save it as a baseline or progressive one)"
        }
    );
    assert_eq!(transcoded(b"\x89PNG"), Err(JpegError::NotJpeg));
    assert_eq!(transcoded(b""), Err(JpegError::NotJpeg));
}

/// Up to the last byte of data: the end-of-image marker says nothing that is not known there.
#[test]
fn every_truncation_is_an_error() {
    let sources = [
        jpeg(&picture(90, 70), |_| {}),
        jpeg(&picture(90, 70), |encoder| encoder.set_progressive(true)),
        jpeg(&picture(90, 70), |encoder| encoder.set_restart_interval(2)),
    ];
    for source in sources
        .iter()
        .map(Vec::as_slice)
        .chain([&fixture!("non-interleaved.jpg")[..]])
    {
        for length in (0..source.len())
            .step_by(64)
            .chain(source.len() - 6..source.len() - 2)
        {
            assert!(transcoded(&source[..length]).is_err(), "{length} bytes");
        }
    }
}

#[test]
fn bytes_behind_the_end_do_not_matter() {
    let source = jpeg(&picture(40, 40), |_| {});
    let longer = [&source[..], b"\xff\xd8 a second picture"].concat();
    assert_eq!(
        transcoded(&source).expect("ok").bytes,
        transcoded(&longer).expect("ok").bytes
    );
}

#[test]
fn damaged_files_end_without_a_panic() {
    let mut noise = 7_u64;
    let mut random = |below: usize| {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (noise >> 33) as usize % below
    };
    let mut failed = 0;
    for source in [
        &fixture!("interleaved.jpg")[..],
        fixture!("progressive-restarts.jpg"),
        fixture!("non-interleaved.jpg"),
    ] {
        for _ in 0..700 {
            let mut bytes = source.to_vec();
            for _ in 0..1 + random(4) {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
            failed += usize::from(transcoded(&bytes).is_err());
        }
    }
    assert!(failed > 700, "only {failed} of 2100 were noticed");
}

#[test]
fn again_changes_nothing() {
    for quality in [10, 50, 90] {
        for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2] {
            let source = jpeg(&picture(100, 75), |encoder| {
                encoder.set_sampling_factor(sampling)
            });
            let once = recompressed(&source, quality);
            let twice = recompressed(&once.bytes, quality);
            assert!(twice.kept);
            assert_eq!(once.bytes, twice.bytes);
        }
    }
}

#[test]
fn a_source_below_the_quality_is_kept_and_never_grows() {
    for progressive in [false, true] {
        let source = jpeg(&picture(120, 90), |encoder| {
            encoder.set_progressive(progressive);
            encoder.set_sampling_factor(SamplingFactor::F_2_2);
        });
        let small = recompressed(&source, 5).bytes;
        for source in [source, small] {
            let out = recompressed(&source, 100);
            assert!(out.kept && out.bytes.len() <= source.len());
            assert!(pixels(&out.bytes) == pixels(&source));
        }
    }
}

fn exif(orientation: u8) -> Vec<u8> {
    let tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
    [tiff, &[orientation, 0, 0, 0, 0, 0, 0][..]].concat()
}

fn upright(picture: &RgbImage, orientation: u8) -> RgbImage {
    let transposed = imageops::flip_horizontal(&imageops::rotate90(picture));
    match orientation {
        2 => imageops::flip_horizontal(picture),
        3 => imageops::rotate180(picture),
        4 => imageops::flip_vertical(picture),
        5 => transposed,
        6 => imageops::rotate90(picture),
        7 => imageops::rotate180(&transposed),
        8 => imageops::rotate270(picture),
        _ => picture.clone(),
    }
}

#[test]
fn all_orientations_come_out_upright() {
    for (size, floor) in [((64, 32), 46.0), ((83, 57), 31.0), ((8, 20), 30.0)] {
        for sampling in [
            SamplingFactor::F_2_2,
            SamplingFactor::F_1_1,
            SamplingFactor::F_2_1,
        ] {
            for orientation in 1..=8 {
                let source = jpeg(&picture(size.0, size.1), |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder
                        .add_app_segment(1, exif(orientation))
                        .expect("short enough");
                });
                let expected = upright(&pixels(&source), orientation);
                let quality = psnr(&pixels(&exact(&source).bytes), &expected);
                assert!(
                    quality > floor,
                    "{size:?} {sampling:?} {orientation}: {quality} dB"
                );
                let out = transcoded(&source).expect("transcodes");
                assert_eq!((out.width, out.height), expected.dimensions());
                assert!(out.bytes.len() < source.len());
            }
        }
    }
}

#[test]
fn metadata_goes_and_a_profile_stays() {
    let profile = crate::metadata::icc::tests::display_p3_profile();
    for (quality, profile_stays) in [(50, true), (100, true), (50, false)] {
        let source = jpeg(&picture(64, 64), |encoder| {
            encoder
                .add_app_segment(1, b"http://ns.adobe.com/xap/1.0/\0GPS".to_vec())
                .expect("short");
            encoder
                .add_app_segment(13, b"Photoshop 3.0\0GPS".to_vec())
                .expect("short");
            if profile_stays {
                encoder.add_icc_profile(&profile).expect("short");
            }
        });
        let out = recompressed(&source, quality).bytes;
        let has = |word: &[u8]| out.windows(word.len()).any(|window| window == word);
        assert!(!has(b"GPS") && !has(b"Photoshop"));
        assert_eq!(has(&profile), profile_stays);
    }
}

#[test]
fn crafted_sizes_are_refused_before_any_work() {
    let mut source = jpeg(&picture(40, 40), |_| {});
    let frame = source
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("SOF0");
    source[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(
        transcoded(&source),
        Err(JpegError::TooLarge { width: 65535, .. })
    ));
    assert!(matches!(
        Headers::read(&source, &LIMITS),
        Err(JpegError::TooLarge { .. })
    ));
    let generous = |source: &[u8]| transcode(source, None, None, &PixelLimits::NONE);
    assert!(matches!(
        generous(&source),
        Err(JpegError::Truncated { .. })
    ));
    source[frame + 1] = 0xc2; // progressive
    assert!(matches!(
        generous(&source),
        Err(JpegError::Truncated { .. })
    ));
}

#[test]
fn headers_tell_what_there_is() {
    let source = jpeg(&picture(40, 30), |encoder| encoder.set_progressive(true));
    let headers = Headers::read(&source, &LIMITS).expect("headers");
    assert_eq!(headers.frame.size(), (40, 30));
    assert_eq!(headers.frame.process, Process::Progressive);
    assert_eq!(headers.application.color(&[1, 2, 3]), Color::YCbCr);
    assert!(headers.application.orientation().is_upright());
}
