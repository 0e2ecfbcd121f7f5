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
    let cut = run(&file(1));
    assert!(!kinds(&cut.bytes).contains(&"acTL".to_owned()));
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
    assert_eq!(super::code(&promising(&animated(5), 1000)), "no error");
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

/// An animation whose header promises another number of frames.
fn promising(png: &[u8], frames: u32) -> Vec<u8> {
    let mut png = png.to_vec();
    let header = png.windows(4).position(|kind| kind == b"acTL").unwrap();
    png[header + 4..header + 8].copy_from_slice(&frames.to_be_bytes());
    let checksum = crc(&png[header..header + 12]).to_be_bytes();
    png[header + 12..header + 16].copy_from_slice(&checksum);
    png
}

/// The photo as the first of so many frames of an animation.
fn with_photo(frames: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let photo = photo(64, 48);
    let mut encoder = Encoder::new(&mut file, 64, 48);
    encoder.set_color(ColorType::Rgb);
    encoder.set_animated(frames, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..frames {
        writer.write_image_data(photo.as_raw()).unwrap();
    }
    writer.finish().unwrap();
    file
}

#[test]
fn an_animation_of_one_frame_or_too_few_is_its_still_picture() {
    let still = run(&encoded(&photo(64, 48).into()));
    assert!(!still.kept);
    for png in [
        with_photo(1),
        promising(&with_photo(2), 3),
        promising(&with_photo(2), 0),
        promising(&with_photo(3), 1),
    ] {
        let done = run(&png);
        assert!(!done.kept && done.bytes == still.bytes);
        let webp = converted(&png, OutputFormat::WebP).bytes;
        assert!(!contains(&webp, "ANIM"));
    }
    assert!(run(&with_photo(2)).kept);
    assert!(
        run(&promising(&with_photo(3), 2)).kept,
        "more than promised"
    );
}

/// Frames may be missing, and a header that is late is none.
#[test]
fn an_animation_needs_an_end_and_its_header_before_the_picture() {
    let png = with_photo(2);
    assert_eq!(code(&png[..png.len() - 12]), "decode_failed");
    let header = &png[33..53];
    assert_eq!(&header[4..8], b"acTL");
    let late = [
        &png[..33],
        &png[53..png.len() - 12],
        header,
        &png[png.len() - 12..],
    ]
    .concat();
    assert!(!run(&late).kept);
}

/// The chunks of an animation of two frames in another order, or other than they were.
fn rearranged(rearrange: impl Fn(&mut Vec<Vec<u8>>)) -> Vec<u8> {
    let png = with_photo(2);
    let (mut chunks, mut at) = (Vec::new(), 8);
    while at < png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        chunks.push(png[at..at + 12 + length].to_vec());
        at += 12 + length;
    }
    rearrange(&mut chunks);
    [&png[..8], &chunks.concat()].concat()
}

#[test]
fn an_animation_whose_frames_are_out_of_turn_is_its_still_picture() {
    let still = run(&encoded(&photo(64, 48).into()));
    let place = |chunks: &[Vec<u8>], kind: &[u8]| {
        let place = chunks.iter().rposition(|chunk| &chunk[4..8] == kind);
        place.unwrap()
    };
    let renumbered = |chunk: &mut Vec<u8>, number: u8| {
        chunk[11] = number;
        *chunk = super::chunk(chunk[4..8].try_into().unwrap(), &chunk[8..chunk.len() - 4]);
    };
    for png in [
        // A frame without data, one that is announced twice, a gap, the same number twice.
        rearranged(|chunks| drop(chunks.remove(place(chunks, b"fdAT")))),
        rearranged(|chunks| {
            let at = place(chunks, b"fcTL");
            let mut again = chunks[at].clone();
            renumbered(&mut again, 2);
            chunks.insert(at + 1, again);
        }),
        rearranged(|chunks| renumbered(&mut chunks[2], 1)),
        rearranged(|chunks| {
            let at = place(chunks, b"fdAT");
            renumbered(&mut chunks[at], 9);
        }),
        rearranged(|chunks| {
            let (one, other) = (place(chunks, b"fcTL"), place(chunks, b"fdAT"));
            chunks.swap(one, other);
        }),
    ] {
        let done = run(&png);
        assert!(!done.kept && done.bytes == still.bytes);
    }
    assert!(run(&rearranged(|_| {})).kept);
}
