//! Animated PNG.

use super::*;

#[test]
fn animations_keep_their_frames() {
    use ::image::AnimationDecoder;
    let png = with_chunks(&animated(4), &[(b"tEXt", b"Comment\0secret".to_vec())]);
    let done = run(&png);
    assert!(done.kept && !contains(&done.bytes, "secret"));
    let decoder = ::image::codecs::png::PngDecoder::new(std::io::Cursor::new(done.bytes)).unwrap();
    let frames = decoder
        .apng()
        .unwrap()
        .into_frames()
        .collect_frames()
        .unwrap();
    let grays: Vec<u8> = frames
        .iter()
        .map(|frame| frame.buffer().get_pixel(0, 0).0[0])
        .collect();
    assert_eq!(grays, [0, 40, 80, 120]);
}

/// The first picture may be one for viewers that do not animate: then it is not a frame, and decodes apart.
#[test]
fn a_still_picture_beside_an_animation_is_checked_too() {
    let file = |frames: u32| {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 30, 20);
        encoder.set_color(ColorType::Grayscale);
        encoder.set_animated(2, 0).unwrap();
        encoder.set_sep_def_img(true).unwrap();
        encoder.validate_sequence(false);
        let mut writer = encoder.write_header().unwrap();
        for _ in 0..=frames {
            writer.write_image_data(&[9; 600]).unwrap();
        }
        writer.finish().unwrap();
        file
    };
    assert!(run(&file(2)).kept);
    assert_eq!(code(&file(1)), "decode_failed");
}

#[test]
fn all_frames_of_an_animation_count() {
    let limits = PixelLimits {
        max_pixels: 600,
        max_dimension: 100,
    };
    let code = |frames| {
        recompress(
            &animated(frames),
            &Options {
                limits,
                ..options()
            },
        )
        .map_err(|error| error.code())
    };
    assert!(code(5).is_ok());
    // The header may promise any number of frames: those that are there are counted.
    let mut promising = animated(2);
    let control = promising
        .windows(4)
        .position(|kind| kind == b"acTL")
        .unwrap();
    promising[control + 4..control + 8].copy_from_slice(&1000u32.to_be_bytes());
    let checksum = crc(&promising[control..control + 12]).to_be_bytes();
    promising[control + 12..control + 16].copy_from_slice(&checksum);
    assert_eq!(super::code(&promising), "decode_failed");
    let many = PixelLimits {
        max_pixels: 70,
        max_dimension: 100,
    };
    let error = recompress(
        &animated(2),
        &Options {
            limits: many,
            ..options()
        },
    )
    .unwrap_err();
    assert_eq!(error.code(), "too_many_pixels");
}
