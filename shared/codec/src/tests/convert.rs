//! From every format to every other.

use ::image::codecs::gif::GifDecoder;
use ::image::codecs::webp::WebPDecoder;
use ::image::{AnimationDecoder, ImageDecoder};

use super::*;

const DECODABLE: [OutputFormat; 3] = [OutputFormat::Jpeg, OutputFormat::WebP, OutputFormat::Png];

fn on_white(image: &DynamicImage) -> DynamicImage {
    let blend = |channel: u8, alpha: u8| {
        let sum = u32::from(channel) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
        u8::try_from(sum / 255).unwrap()
    };
    let mut flat = image.to_rgba8();
    for pixel in flat.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        *pixel = ::image::Rgba([blend(r, a), blend(g, a), blend(b, a), 255]);
    }
    flat.into()
}

#[test]
fn every_format_becomes_every_other() {
    let photo = DynamicImage::from(photo(96, 64));
    for (from, bytes) in [
        ("jpeg", jpeg::encoded(&photo)),
        ("png", written(&photo, ImageFormat::Png)),
        ("lossy webp", webp::encoded(&photo, false)),
        ("lossless webp", webp::encoded(&photo, true)),
        ("bmp", written(&photo, ImageFormat::Bmp)),
        ("tiff", written(&photo, ImageFormat::Tiff)),
    ] {
        for to in DECODABLE {
            if from.ends_with(to.as_str()) {
                continue;
            }
            let done = converted(&bytes, to);
            assert_eq!((done.output.width, done.output.height), (96, 64));
            assert_same(&decode(&done.bytes), &photo);
        }
    }
}

#[test]
fn a_jpeg_of_any_sampling_has_its_colours_in_other_formats() {
    let photo = DynamicImage::from(photo(97, 61));
    let rgb = photo.to_rgb8();
    for sampling in [
        jpeg_encoder::SamplingFactor::F_1_1,
        jpeg_encoder::SamplingFactor::F_2_1,
        jpeg_encoder::SamplingFactor::F_1_2,
        jpeg_encoder::SamplingFactor::F_2_2,
        jpeg_encoder::SamplingFactor::F_4_1,
        jpeg_encoder::SamplingFactor::F_4_2,
    ] {
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 92);
        encoder.set_sampling_factor(sampling);
        encoder
            .encode(&rgb, 97, 61, jpeg_encoder::ColorType::Rgb)
            .unwrap();
        for to in [OutputFormat::WebP, OutputFormat::Png] {
            assert_same(&decode(&converted(&bytes, to).bytes), &photo);
        }
    }
}

/// Flat colours come through the change of range and back to within a step or two.
#[test]
fn flat_colours_of_a_jpeg_are_exact_in_webp() {
    for colour in [
        [0, 0, 0],
        [255, 255, 255],
        [200, 40, 40],
        [30, 90, 220],
        [128, 128, 128],
    ] {
        let flat = DynamicImage::from(RgbImage::from_pixel(64, 64, ::image::Rgb(colour)));
        let done = converted(&jpeg::encoded(&flat), OutputFormat::WebP);
        let seen = decode(&done.bytes).to_rgb8().get_pixel(20, 20).0;
        for (seen, expected) in seen.iter().zip(colour) {
            assert!(seen.abs_diff(expected) <= 3, "{seen:?} {colour:?}");
        }
    }
}

/// A JPEG of one component.
fn gray_jpeg(picture: &DynamicImage) -> Vec<u8> {
    let (luma, mut bytes) = (picture.to_luma8(), Vec::new());
    let sides = [luma.width(), luma.height()].map(|side| u16::try_from(side).unwrap());
    jpeg_encoder::Encoder::new(&mut bytes, 92)
        .encode(&luma, sides[0], sides[1], jpeg_encoder::ColorType::Luma)
        .unwrap();
    bytes
}

#[test]
fn gray_stays_gray() {
    let gray = DynamicImage::from(DynamicImage::from(photo(96, 64)).to_luma8());
    let jpeg = gray_jpeg(&gray);
    for to in [OutputFormat::WebP, OutputFormat::Png] {
        assert_same(&decode(&converted(&jpeg, to).bytes), &gray);
    }
    let done = converted(&written(&gray, ImageFormat::Png), OutputFormat::Jpeg);
    assert_same(&decode(&done.bytes), &gray);
    assert!(!decode(&done.bytes).color().has_color());
}

#[test]
fn orientations_come_out_upright() {
    let photo = DynamicImage::from(photo(96, 64));
    for orientation in 1..=8 {
        let exif = crate::metadata::orientation::tests::exif(orientation, true);
        let exif = [b"Exif\0\0".to_vec(), exif].concat();
        let bytes = jpeg::with_segment(&jpeg::encoded(&stored(&photo, orientation)), 0xe1, &exif);
        for to in [OutputFormat::WebP, OutputFormat::Png] {
            let done = converted(&bytes, to);
            assert_eq!((done.output.width, done.output.height), (96, 64));
            assert_same(&decode(&done.bytes), &photo);
        }
    }
}

#[test]
fn alpha_is_kept_or_flattened_on_white() {
    let picture = DynamicImage::from(translucent(96, 64));
    for bytes in [
        written(&picture, ImageFormat::Png),
        webp::encoded(&picture, true),
        written(&picture, ImageFormat::Tiff),
    ] {
        let jpeg = decode(&converted(&bytes, OutputFormat::Jpeg).bytes);
        assert_same(&jpeg, &on_white(&picture));
    }
    let webp = converted(&written(&picture, ImageFormat::Png), OutputFormat::WebP);
    assert_same(&on_white(&decode(&webp.bytes)), &on_white(&picture));
    let png = converted(&webp::encoded(&picture, true), OutputFormat::Png);
    assert_same(&on_white(&decode(&png.bytes)), &on_white(&picture));
}

#[test]
fn colours_of_another_space_stay_right() {
    let photo = DynamicImage::from(photo(96, 64));
    let p3 = crate::metadata::icc::tests::display_p3_profile();
    let payload = [b"ICC_PROFILE\0\x01\x01".to_vec(), p3.clone()].concat();
    let jpeg = jpeg::with_segment(&jpeg::encoded(&photo), 0xe2, &payload);
    let webp = converted(&jpeg, OutputFormat::WebP).bytes;
    let mut decoder = WebPDecoder::new(std::io::Cursor::new(&webp)).unwrap();
    assert_eq!(decoder.icc_profile().unwrap(), Some(p3));
    assert_same(&decode(&webp), &photo);
    // Without a profile the numbers must change: Display P3 red is outside of sRGB.
    let png = decode(&converted(&jpeg, OutputFormat::Png).bytes).to_rgb8();
    let red = |image: &RgbImage| {
        let pixels = image
            .pixels()
            .filter(|p| p[0] > p[1].max(p[2]))
            .map(|p| f64::from(p[0]));
        pixels.sum::<f64>()
    };
    assert!(red(&png) > red(&photo.to_rgb8()) * 1.02);
}

/// WebP has no room for a profile of gray, so its tone curve must be worked in.
#[test]
fn a_gray_jpeg_with_a_profile_of_its_own_looks_the_same_in_every_format() {
    let gray = DynamicImage::from(DynamicImage::from(photo(96, 64)).to_luma8());
    let payload = [
        b"ICC_PROFILE\0\x01\x01".to_vec(),
        crate::metadata::icc::tests::gray_profile(),
    ]
    .concat();
    let jpeg = jpeg::with_segment(&gray_jpeg(&gray), 0xe2, &payload);
    let seen = |to| decode(&converted(&jpeg, to).bytes);
    let (webp, png) = (seen(OutputFormat::WebP), seen(OutputFormat::Png));
    let (changed, apart) = (difference(&png, &gray), difference(&webp, &png));
    assert!(changed > 2.0 * apart, "{changed} {apart}");
}

#[test]
fn what_browsers_do_not_show_becomes_what_they_do() {
    let (flat, soft) = (RgbImage::new(40, 30), translucent(40, 30));
    let many_colours = imageops::blur(&photo(96, 64), 1.0);
    for format in [ImageFormat::Bmp, ImageFormat::Tiff] {
        for (picture, expected) in [
            (DynamicImage::from(many_colours.clone()), Format::Jpeg),
            (flat.clone().into(), Format::Png),
            (soft.clone().into(), Format::Png),
        ] {
            let done = recompress(&written(&picture, format), &options()).unwrap();
            assert_eq!(done.output.format, expected, "{format:?}");
            assert_same(&on_white(&decode(&done.bytes)), &on_white(&picture));
        }
    }
}

#[test]
fn a_truncated_bitmap_or_tiff_is_refused() {
    let photo = DynamicImage::from(photo(40, 30));
    for format in [ImageFormat::Bmp, ImageFormat::Tiff] {
        let whole = written(&photo, format);
        for end in (20..whole.len()).step_by(whole.len() / 50) {
            assert_eq!(code(&whole[..end]), "decode_failed", "{format:?} {end}");
        }
    }
}

#[test]
fn animations_move_on_in_webp() {
    let gif = gif::animated(5, |encoder| {
        encoder.set_repeat(::gif::Repeat::Finite(3)).unwrap();
    });
    let webp = converted(&gif, OutputFormat::WebP).bytes;
    let decoder = WebPDecoder::new(std::io::Cursor::new(&webp)).unwrap();
    let (source, made) = (
        gif::frames(&gif),
        decoder.into_frames().collect_frames().unwrap(),
    );
    assert_eq!(made.len(), 5);
    for (source, made) in source.into_iter().zip(made) {
        assert_eq!(made.delay().numer_denom_ms(), (100, 1));
        assert_same(&source.into(), &made.into_buffer().into());
    }
}

#[test]
fn of_an_animation_the_first_frame_is_shown() {
    let gif = gif::animated(3, |_| {});
    let first: DynamicImage = gif::frames(&gif).remove(0).into();
    let decoder = GifDecoder::new(std::io::Cursor::new(&gif)).unwrap();
    assert_eq!(decoder.dimensions(), (20, 10));
    for to in [OutputFormat::Png, OutputFormat::Jpeg] {
        assert_same(&decode(&converted(&gif, to).bytes), &first);
    }
    let webp = webp::animated(3, &[]);
    let first = DynamicImage::from(translucent(30, 20));
    let png = decode(&converted(&webp, OutputFormat::Png).bytes);
    assert_same(&on_white(&png), &on_white(&first));
}

/// No decoder of AVIF is at hand here: the container's own words must do.
#[test]
fn avif_has_the_size_of_the_picture() {
    let done = converted(&jpeg::encoded(&photo(96, 64).into()), OutputFormat::Avif);
    assert_eq!(&done.bytes[4..12], b"ftypavif");
    let extents = [b"ispe\0\0\0\0".to_vec(), vec![0, 0, 0, 96, 0, 0, 0, 64]].concat();
    assert!(done.bytes.windows(16).any(|window| window == extents));
}

#[test]
fn a_picture_that_webp_has_no_room_for_is_refused() {
    let wide = DynamicImage::from(RgbImage::new(16_384, 2));
    let options = Options {
        format: OutputFormat::WebP,
        limits: PixelLimits {
            max_pixels: 100_000,
            max_dimension: 20_000,
        },
        ..options()
    };
    let error = recompress(&written(&wide, ImageFormat::Png), &options).unwrap_err();
    assert_eq!(error.code(), "too_many_pixels");
}

#[test]
fn chroma_of_pixels_is_halved_below_quality_90() {
    let png = png::encoded(&photo(64, 48).into());
    for (quality, factors) in [(50, (2, 2)), (89, (2, 2)), (90, (1, 1)), (100, (1, 1))] {
        let options = Options {
            quality: Quality::try_from(quality).unwrap(),
            format: OutputFormat::Jpeg,
            ..options()
        };
        let done = recompress(&png, &options).unwrap();
        let read = coefficients::Coefficients::read(&done.bytes).unwrap();
        assert_eq!(read.components[0].factors, factors, "{quality}");
    }
}
