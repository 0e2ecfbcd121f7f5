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
    assert_truncation_is_refused(&animated(1, |_| {}), 1);
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

/// The picture of a still GIF as it comes out.
fn shown(gif: &[u8]) -> RgbaImage {
    let done = recompress(gif, &options()).unwrap();
    assert!(done.bytes.len() <= gif.len());
    let shown = decode(&done.bytes).to_rgba8();
    assert_eq!((done.output.width, done.output.height), shown.dimensions());
    shown
}

#[test]
fn a_trailer_may_be_missing_or_behind_zeros() {
    for frames in [1, 3] {
        let gif = animated(frames, |_| {});
        let blocks = &gif[..gif.len() - 1];
        assert_eq!(run(&[blocks, &[0, 0, 0x3b]].concat()).bytes, gif);
        assert_eq!(run(&[blocks, &[0, 0]].concat()).bytes, gif);
        let without = run(blocks);
        assert_eq!(without.bytes, blocks, "never larger");
        for to in [OutputFormat::Png, OutputFormat::WebP] {
            let options = Options {
                format: to,
                ..options()
            };
            let of = |gif: &[u8]| recompress(gif, &options).unwrap().bytes;
            assert!(of(blocks) == of(&gif), "{frames} {to}");
        }
    }
}

/// Every cut inside a frame is refused: between frames there is nothing that tells.
#[test]
fn an_animation_ends_with_a_whole_frame() {
    let (two, three) = (animated(2, |_| {}), animated(3, |_| {}));
    let first_two = two.len() - 1;
    assert_eq!(two[..first_two], three[..first_two]);
    for end in first_two + 1..three.len() - 1 {
        assert_eq!(code(&three[..end]), "decode_failed", "{end}");
    }
}

#[test]
fn a_screen_that_is_smaller_than_its_frame_grows() {
    let gif = animated(1, |_| {});
    let expected = decode(&gif).to_rgba8();
    for (width, height) in [(0, 0), (3, 10), (20, 2), (19, 9)] {
        let mut small = gif.clone();
        small[6..10].copy_from_slice(&[width, 0, height, 0]);
        assert_eq!(shown(&small), expected, "{width} × {height}");
        let seen = inspect(&small, &LIMITS).unwrap();
        assert_eq!((seen.width, seen.height), (20, 10));
    }
    let mut animation = animated(3, |_| {});
    animation[6..10].copy_from_slice(&[8, 0, 8, 0]);
    let done = run(&animation);
    assert!(done.kept && frames(&done.bytes) == frames(&animated(3, |_| {})));
}

#[test]
fn a_screen_grows_within_the_limits() {
    let mut gif = animated(1, |_| {});
    let frame = gif
        .windows(5)
        .position(|block| block == [0x2c, 0, 0, 0, 0])
        .unwrap();
    gif[frame + 1..frame + 5].copy_from_slice(&[0xd0, 7, 0, 0]); // 2000 from the left
    assert_eq!(code(&gif), "too_many_pixels");
    gif[frame + 1..frame + 5].copy_from_slice(&[0xff, 0xff, 0, 0]);
    assert_eq!(code(&gif), "decode_failed");
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

/// A frame of so many pixels a side, the first or the second on a screen of 20 × 10.
fn with_frame(side: u16, is_first: bool) -> Vec<u8> {
    let frame = |width: u16, height: u16| Frame {
        width,
        height,
        buffer: vec![1; usize::from(width) * usize::from(height)].into(),
        ..Frame::default()
    };
    animated(0, |encoder| {
        if !is_first {
            encoder.write_frame(&frame(20, 10)).unwrap();
        }
        encoder.write_frame(&frame(side, side)).unwrap();
    })
}

/// Memory is reserved for the screen, which grows to the first frame but to no other.
#[test]
fn frames_that_are_many_times_larger_than_their_screen_are_refused() {
    for is_first in [true, false] {
        for format in OutputFormat::ALL {
            let options = Options {
                format,
                ..options()
            };
            let code = |side| {
                let done = recompress(&with_frame(side, is_first), &options);
                done.map_or_else(|error| error.code(), |_| "no error")
            };
            assert_eq!(code(20), "no error", "{is_first} {format}");
            assert_eq!(code(500), "no error", "{is_first} {format}");
            let expected = match is_first {
                true => "no error",
                false => "decode_failed",
            };
            assert_eq!(code(600), expected, "{is_first} {format}");
        }
    }
}

/// As browsers see it: black, and white.
#[test]
fn a_file_without_any_colours_is_black_and_white() {
    let gif = animated(1, |_| {});
    let mut without = [&gif[..13], &gif[25..]].concat();
    assert_eq!(gif[10] & 0x87, 0x81, "a table of four colours");
    without[10] = 0;
    let pixels = decode(&converted(&without, OutputFormat::Png).bytes).to_rgba8();
    assert_eq!(pixels.get_pixel(1, 1).0, [0, 0, 0, 255]);
    let mut animation = animated(3, |_| {});
    animation[10] = 0;
    animation.drain(13..25);
    let done = run(&animation);
    assert!(done.kept && done.bytes == animation);
    let webp = converted(&animation, OutputFormat::WebP).bytes;
    assert!(contains(&webp, "ANIM"));
}

/// How often an animated WebP is shown, and for how long each frame, in milliseconds.
fn times(webp: &[u8]) -> (u16, Vec<u32>) {
    let header = webp.windows(4).position(|kind| kind == b"ANIM").unwrap();
    let loops = u16::from_le_bytes(webp[header + 12..header + 14].try_into().unwrap());
    let frames = webp
        .windows(4)
        .enumerate()
        .filter(|(_, kind)| kind == b"ANMF");
    let duration = |at: usize| u32::from_le_bytes([webp[at + 20], webp[at + 21], webp[at + 22], 0]);
    (loops, frames.map(|(at, _)| duration(at)).collect())
}

/// A GIF says how often it is shown again, a WebP how often it is shown.
#[test]
fn an_animated_webp_is_shown_as_often_and_for_as_long() {
    let webp = |repeat: Option<Repeat>| {
        let gif = animated(3, |encoder| {
            repeat
                .into_iter()
                .for_each(|repeat| encoder.set_repeat(repeat).unwrap());
        });
        times(&converted(&gif, OutputFormat::WebP).bytes)
    };
    assert_eq!(webp(Some(Repeat::Infinite)), (0, vec![100; 3]));
    assert_eq!(webp(Some(Repeat::Finite(2))).0, 3);
    assert_eq!(webp(None).0, 1);
}

/// Frames that stay, that go, and that leave what was before them, on a transparent screen.
#[test]
fn an_animated_webp_shows_the_same_frames() {
    use ::gif::DisposalMethod::{Background, Keep, Previous};
    let frame = |index: u16, colour: u8, dispose| {
        let side = 10 - index;
        // The fourth has holes.
        let sample = |place| {
            if index == 3 && place % 3 > 0 {
                1
            } else {
                colour
            }
        };
        Frame {
            left: index * 2,
            width: side,
            height: side,
            delay: 5 * (index + 1),
            dispose,
            transparent: Some(1),
            buffer: (0..side * side).map(sample).collect(),
            ..Frame::default()
        }
    };
    let gif = animated(0, |encoder| {
        for frame in [
            frame(0, 0, Keep),
            frame(1, 2, Background),
            frame(2, 3, Previous),
            frame(3, 3, Keep),
            frame(4, 0, Previous),
        ] {
            encoder.write_frame(&frame).unwrap();
        }
    });
    let options = Options {
        quality: Quality::try_from(100).unwrap(),
        format: OutputFormat::WebP,
        ..options()
    };
    let webp = recompress(&gif, &options).unwrap().bytes;
    // By libwebp: that of `image` forgets what a frame leaves behind.
    let unlimited = webpx::Limits::none();
    let mode = webpx::ColorMode::Rgba;
    let mut decoder =
        webpx::AnimationDecoder::with_options_limits(&webp, mode, false, &unlimited).unwrap();
    let shown = std::iter::from_fn(|| decoder.next_frame().unwrap());
    let shown = shown.map(|frame| RgbaImage::from_raw(20, 10, frame.data.to_vec()).unwrap());
    let (shown, expected): (Vec<_>, _) = (shown.collect(), frames(&gif));
    assert_eq!(shown.len(), expected.len());
    for (one, other) in shown.into_iter().zip(expected) {
        for (one, other) in one.pixels().zip(other.pixels()) {
            assert!(one[3] == other[3], "{one:?}, not {other:?}");
            let off = (0..3)
                .map(|channel| one[channel].abs_diff(other[channel]))
                .max();
            assert!(other[3] == 0 || off <= Some(60), "{one:?}, not {other:?}");
        }
    }
    assert_eq!(times(&webp).1, [50, 100, 150, 200, 250]);
}
