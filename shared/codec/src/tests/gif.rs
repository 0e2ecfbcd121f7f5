//! GIF: still and animated.

use ::gif::{Encoder, Extension, ExtensionData, Frame, Repeat};
use ::image::AnimationDecoder;

use super::*;

const PALETTE: [u8; 12] = [200, 0, 0, 0, 200, 0, 0, 0, 200, 255, 255, 255];

/// An animation of frames of one colour each, with a dot.
pub fn animated(frames: u8, configure: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 20, 10, &PALETTE).unwrap();
    configure(&mut encoder);
    for index in 0..frames {
        let mut samples = vec![index % 4; 200];
        samples[usize::from(index) * 7] = 3;
        encoder
            .write_frame(&Frame {
                width: 20,
                height: 10,
                delay: 10,
                buffer: samples.into(),
                ..Frame::default()
            })
            .unwrap();
    }
    drop(encoder);
    file
}

pub fn frames(gif: &[u8]) -> Vec<RgbaImage> {
    let decoder = ::image::codecs::gif::GifDecoder::new(std::io::Cursor::new(gif)).unwrap();
    decoder
        .into_frames()
        .map(|frame| frame.unwrap().into_buffer())
        .collect()
}

#[test]
fn frames_stay_and_metadata_goes() {
    let gif = animated(3, |encoder| {
        encoder.set_repeat(Repeat::Infinite).unwrap();
        encoder
            .write_raw_extension(Extension::Comment.into(), &[b"secret comment"])
            .unwrap();
        encoder
            .write_raw_extension(
                Extension::Application.into(),
                &[b"XMP DataXMP", b"<secret>"],
            )
            .unwrap();
    });
    assert!(contains(&gif, "secret") && contains(&gif, "NETSCAPE2.0"));
    let done = run(&gif);
    assert!(done.kept && done.bytes.len() < gif.len());
    assert!(!contains(&done.bytes, "secret") && contains(&done.bytes, "NETSCAPE2.0"));
    assert_eq!(frames(&done.bytes), frames(&gif));
    assert_eq!(frames(&done.bytes).len(), 3);
}

#[test]
fn a_still_picture_stays_as_it_is() {
    let gif = animated(1, |_| {});
    assert_eq!(run(&gif).bytes, gif);
    let done = run(&[gif.clone(), b"behind the end".to_vec()].concat());
    assert_eq!(done.bytes, gif);
}

#[test]
fn delays_and_transparency_stay() {
    let gif = animated(2, |encoder| {
        encoder
            .write_extension(ExtensionData::new_control_ext(
                7,
                ::gif::DisposalMethod::Keep,
                false,
                Some(1),
            ))
            .unwrap();
    });
    assert_eq!(run(&gif).bytes, gif);
}

#[test]
fn truncated_files_are_refused() {
    assert_truncation_is_refused(&animated(3, |_| {}));
}

/// A file that ends properly but whose picture does not.
#[test]
fn pictures_without_all_their_pixels_are_refused() {
    let gif = animated(1, |_| {});
    let data = gif.iter().rposition(|byte| *byte == 0x2c).unwrap();
    let (header, blocks) = gif.split_at(data + 11);
    assert_eq!(usize::from(blocks[0]) + 3, blocks.len());
    for length in 0..blocks[0] - 1 {
        let block = &blocks[1..=usize::from(length)];
        let terminator: &[u8] = if length == 0 { &[] } else { &[0] };
        let cut = [header, &[length], block, terminator, &[0x3b]].concat();
        assert_eq!(code(&cut), "decode_failed", "{length} of {}", blocks[0]);
    }
}

#[test]
fn files_without_pictures_are_refused() {
    assert_eq!(code(&animated(0, |_| {})), "decode_failed");
    assert_eq!(code(b"GIF89a\0\0\0\0\0\0\0;"), "decode_failed");
}

#[test]
fn all_frames_count() {
    let limits = PixelLimits {
        max_pixels: 200,
        max_dimension: 100,
    };
    assert!(
        recompress(
            &animated(8, |_| {}),
            &Options {
                limits,
                ..options()
            }
        )
        .is_ok()
    );
    let error = recompress(
        &animated(9, |_| {}),
        &Options {
            limits,
            ..options()
        },
    )
    .unwrap_err();
    assert_eq!(error.code(), "too_many_pixels");
}

/// A frame of so many pixels a side on a screen of 20 × 10.
fn with_frame(side: u16, frames: u8) -> Vec<u8> {
    animated(frames, |encoder| {
        encoder
            .write_frame(&::gif::Frame {
                width: side,
                height: side,
                buffer: vec![1; usize::from(side).pow(2)].into(),
                ..Frame::default()
            })
            .unwrap();
    })
}

/// Memory is reserved for the screen.
#[test]
fn frames_that_are_many_times_larger_than_their_screen_are_refused() {
    for frames in [0, 2] {
        for format in OutputFormat::ALL {
            let options = Options {
                format,
                ..options()
            };
            let code = |side| {
                let done = recompress(&with_frame(side, frames), &options);
                done.map_or_else(|error| error.code(), |_| "no error")
            };
            assert_eq!(code(20), "no error", "{frames} {format}");
            assert_eq!(code(500), "no error", "{frames} {format}");
            assert_eq!(code(600), "decode_failed", "{frames} {format}");
        }
    }
}
