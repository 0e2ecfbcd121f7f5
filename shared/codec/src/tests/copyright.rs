//! A copyright notice stays where that is asked for, and nothing else of EXIF data.

use ::image::ImageDecoder;
use ::image::codecs::jpeg::JpegDecoder;
use ::image::codecs::png::PngDecoder;
use ::image::codecs::webp::WebPDecoder;

use super::*;

pub const ARTIST: &str = "Ann Example";
/// With the name of the editor behind that of the photographer, as EXIF has it.
pub const NOTICE: &str = "© 2026 Ann Example\0Ed Example";

const ASCII: u16 = 2;
pub const SHORT: u16 = 3;
pub const LONG: u16 = 4;

pub type Tag<'a> = (u16, u16, u32, &'a [u8]);

/// A TIFF structure of one directory.
pub fn tiff(big_endian: bool, tags: &[Tag]) -> Vec<u8> {
    let short = |number: u16| {
        if big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let long = |number: usize| {
        let number = u32::try_from(number).unwrap();
        if big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let mut bytes = if big_endian { b"MM" } else { b"II" }.to_vec();
    bytes.extend(
        [
            short(42).as_slice(),
            &long(8),
            &short(u16::try_from(tags.len()).unwrap()),
        ]
        .concat(),
    );
    let mut place = 8 + 2 + 12 * tags.len() + 4;
    let mut behind = Vec::new();
    for (tag, kind, count, value) in tags {
        bytes.extend([short(*tag), short(*kind)].concat());
        bytes.extend(long(*count as usize));
        if value.len() > 4 {
            bytes.extend(long(place));
            place += value.len();
            behind.extend_from_slice(value);
        } else {
            bytes.extend([value, &[0; 4][value.len()..]].concat());
        }
    }
    [bytes, long(0).to_vec(), behind].concat()
}

fn text(tag: u16, value: &[u8]) -> Tag<'_> {
    (tag, ASCII, u32::try_from(value.len()).unwrap(), value)
}

/// What a camera writes: the notice, and much that nobody else must know.
pub fn camera(big_endian: bool, orientation: u8) -> Vec<u8> {
    let number = |value: u8| {
        if big_endian {
            [0, value, 0, 0]
        } else {
            [value, 0, 0, 0]
        }
    };
    let (artist, notice) = (format!("{ARTIST}\0"), format!("{NOTICE}\0"));
    tiff(
        big_endian,
        &[
            text(0x010f, b"SECRET camera\0"),
            (0x0112, SHORT, 1, &number(orientation)),
            text(0x013b, artist.as_bytes()),
            text(0x8298, notice.as_bytes()),
            text(0x8825, b"GPS SECRET\0"),
        ],
    )
}

/// What is to be left of it, written by hand.
fn notice(artist: &[u8], notice: &[u8]) -> Vec<u8> {
    let length = |text: &[u8]| u8::try_from(text.len() + 1).unwrap();
    let second = 38 + length(artist);
    [
        b"MM\0*\0\0\0\x08\0\x02",
        [0x01, 0x3b, 0, 2, 0, 0, 0, length(artist), 0, 0, 0, 38].as_slice(),
        &[0x82, 0x98, 0, 2, 0, 0, 0, length(notice), 0, 0, 0, second],
        &[0; 4],
        artist,
        b"\0",
        notice,
        b"\0",
    ]
    .concat()
}

fn expected() -> Vec<u8> {
    notice(ARTIST.as_bytes(), NOTICE.as_bytes())
}

fn keep(bytes: &[u8], format: OutputFormat, quality: u8) -> Recompressed {
    let options = Options {
        quality: Quality::try_from(quality).unwrap(),
        format,
        copyright: Copyright::Keep,
        ..options()
    };
    recompress(bytes, &options).unwrap()
}

/// The EXIF data of a file, by another reader.
fn exif_of(file: &[u8], format: Format) -> Option<Vec<u8>> {
    let cursor = std::io::Cursor::new(file);
    let exif = match format {
        Format::Jpeg => JpegDecoder::new(cursor).unwrap().exif_metadata(),
        Format::Png => PngDecoder::new(cursor).unwrap().exif_metadata(),
        _ => WebPDecoder::new(cursor).unwrap().exif_metadata(),
    };
    exif.unwrap()
}

pub fn in_jpeg(picture: &DynamicImage, exif: &[u8]) -> Vec<u8> {
    let payload = [b"Exif\0\0", exif].concat();
    jpeg::with_segment(&jpeg::encoded(picture), 0xe1, &payload)
}

fn in_png(picture: &DynamicImage, exif: &[u8]) -> Vec<u8> {
    png::with_chunks(&png::encoded(picture), &[(b"eXIf", exif.to_vec())])
}

fn in_webp(picture: &DynamicImage, lossless: bool, exif: &[u8]) -> Vec<u8> {
    let (webp, size) = (
        webp::encoded(picture, lossless),
        (picture.width(), picture.height()),
    );
    webp::extended(&webp, size, None, exif)
}

/// A TIFF file has no EXIF data: its own directory holds the notice.
fn in_tiff(picture: &DynamicImage) -> Vec<u8> {
    let pixels = picture.to_rgb8().into_raw();
    let (artist, notice) = (format!("{ARTIST}\0"), format!("{NOTICE}\0"));
    let file = |offset: usize| {
        let long = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let side = [picture.width(), picture.height()].map(u32::to_le_bytes);
        let tags: [Tag; 10] = [
            (0x0100, LONG, 1, &side[0]),
            (0x0101, LONG, 1, &side[1]),
            (0x0102, SHORT, 3, &[8, 0, 8, 0, 8, 0]),
            (0x0106, SHORT, 1, &[2, 0]),
            (0x0111, LONG, 1, &long(offset)),
            (0x0115, SHORT, 1, &[3, 0]),
            (0x0116, LONG, 1, &side[1]),
            (0x0117, LONG, 1, &long(pixels.len())),
            text(0x013b, artist.as_bytes()),
            text(0x8298, notice.as_bytes()),
        ];
        tiff(false, &tags)
    };
    [file(file(0).len()), pixels.clone()].concat()
}

/// The picture with a camera's EXIF data, in every format that has it.
fn sources(picture: &DynamicImage, big_endian: bool) -> Vec<Vec<u8>> {
    let exif = camera(big_endian, 1);
    vec![
        in_jpeg(picture, &exif),
        in_png(picture, &exif),
        in_webp(picture, false, &exif),
        in_webp(picture, true, &exif),
        in_tiff(picture),
    ]
}

fn assert_nothing_else(file: &[u8]) {
    assert!(!contains(file, "SECRET") && !contains(file, "GPS") && !contains(file, "secret"));
}

#[test]
fn a_notice_goes_through_every_format_to_every_format() {
    let photo = DynamicImage::from(photo(96, 64));
    for source in [sources(&photo, true), sources(&photo, false)].concat() {
        for to in OutputFormat::ALL {
            let done = keep(&source, to, 50);
            if done.output.format == Format::Avif {
                assert!(contains(&done.bytes, NOTICE) && contains(&done.bytes, ARTIST));
            } else {
                let exif = exif_of(&done.bytes, done.output.format);
                assert_eq!(exif, Some(expected()), "{} to {to}", done.input.format);
                assert_same(&decode(&done.bytes), &photo);
            }
            assert_nothing_else(&done.bytes);
        }
    }
}

#[test]
fn a_notice_goes_unless_it_is_asked_for() {
    for source in sources(&photo(96, 64).into(), true) {
        for format in OutputFormat::ALL {
            let options = Options {
                format,
                ..options()
            };
            let done = recompress(&source, &options).unwrap();
            for text in ["Example", "Exif", "EXIF", "eXIf"] {
                assert!(!contains(&done.bytes, text), "{text} {format}");
            }
        }
    }
}

#[test]
fn a_picture_that_is_kept_has_its_notice() {
    let photo = DynamicImage::from(photo(96, 64));
    for source in sources(&photo, true).into_iter().take(4) {
        let once = keep(&source, OutputFormat::Original, 30);
        let again = keep(&once.bytes, OutputFormat::Original, 95);
        assert!(
            again.kept && again.bytes == once.bytes,
            "{}",
            once.output.format
        );
        // The rest goes where the picture stays.
        let done = keep(&source, OutputFormat::Original, 100);
        assert!(done.bytes.len() <= source.len());
        assert_eq!(exif_of(&done.bytes, done.output.format), Some(expected()));
        assert_nothing_else(&done.bytes);
        // And so does the notice, when it is asked to.
        let without = compress(&once.bytes, 95);
        assert!(without.kept && without.bytes.len() < once.bytes.len());
        assert_eq!(exif_of(&without.bytes, without.output.format), None);
    }
}

#[test]
fn animations_have_their_notice() {
    let exif = camera(false, 1);
    let webp = webp::animated(3, &[webp::chunk(b"EXIF", &exif)]);
    let png = png::with_chunks(&png::animated(3), &[(b"eXIf", exif)]);
    for (source, to) in [
        (&webp, OutputFormat::Original),
        (&png, OutputFormat::Original),
        (&png, OutputFormat::WebP),
        (&webp, OutputFormat::Png),
    ] {
        let done = keep(source, to, 50);
        let exif = exif_of(&done.bytes, done.output.format);
        assert_eq!(exif, Some(expected()), "{} to {to}", done.input.format);
        assert_nothing_else(&done.bytes);
    }
}

#[test]
fn a_picture_with_a_notice_is_turned_upright() {
    let photo = DynamicImage::from(photo(96, 64));
    for orientation in 1..=8 {
        let lying = stored(&photo, orientation.into());
        let exif = camera(orientation % 2 == 0, orientation);
        for source in [
            in_jpeg(&lying, &exif),
            in_png(&lying, &exif),
            in_webp(&lying, false, &exif),
        ] {
            let done = keep(&source, OutputFormat::Original, 50);
            assert_same(&decode(&done.bytes), &photo);
            assert_eq!(exif_of(&done.bytes, done.output.format), Some(expected()));
        }
    }
}

#[test]
fn alpha_and_profiles_stay_beside_a_notice() {
    let exif = camera(true, 1);
    let translucent = DynamicImage::from(translucent(96, 64));
    for lossless in [false, true] {
        let source = in_webp(&translucent, lossless, &exif);
        for quality in [20, 100] {
            let done = keep(&source, OutputFormat::Original, quality);
            assert_eq!(exif_of(&done.bytes, Format::WebP), Some(expected()));
            assert!(decode(&done.bytes).color().has_alpha());
        }
    }
    let profile = crate::metadata::icc::tests::display_p3_profile();
    let photo = DynamicImage::from(photo(96, 64));
    let webp = webp::encoded(&photo, false);
    let payload = [b"ICC_PROFILE\0\x01\x01", profile.as_slice()].concat();
    for source in [
        webp::extended(&webp, (96, 64), Some(&profile), &exif),
        jpeg::with_segment(&in_jpeg(&photo, &exif), 0xe2, &payload),
    ] {
        let done = keep(&source, OutputFormat::WebP, 50);
        let cursor = std::io::Cursor::new(&done.bytes);
        let kept = WebPDecoder::new(cursor).unwrap().icc_profile().unwrap();
        assert_eq!(kept.as_ref(), Some(&profile));
        assert_eq!(exif_of(&done.bytes, Format::WebP), Some(expected()));
    }
}

/// The EXIF data of a PNG that had this.
fn left_of(exif: &[u8]) -> Option<Vec<u8>> {
    let source = in_png(&photo(32, 24).into(), exif);
    let done = keep(&source, OutputFormat::Original, 50);
    exif_of(&done.bytes, done.output.format)
}

#[test]
fn notices_are_bounded() {
    let only = |value: &[u8]| left_of(&tiff(true, &[text(0x8298, value)]));
    let long = [vec![b'c'; 1000], vec![0]].concat();
    assert!(only(&long).is_some_and(|exif| exif.len() == 26 + 1001));
    assert_eq!(only(&[b"c", long.as_slice()].concat()), None);
    for blank in [
        &b"\0"[..],
        b"",
        b"        \0",
        b"\0\0\0\0\0\0\0\0",
        b" \0 \0 \0",
    ] {
        assert_eq!(only(blank), None);
    }
    let short = tiff(true, &[text(0x8298, b"(c)\0")]);
    assert_eq!(left_of(&short), Some(short));
    let too_long = tiff(
        false,
        &[text(0x013b, b"Ann Example\0"), text(0x8298, &[b'c'; 2000])],
    );
    let artist = tiff(true, &[text(0x013b, b"Ann Example\0")]);
    assert_eq!(left_of(&too_long), Some(artist));
}

#[test]
fn damaged_exif_data_never_fails_a_picture() {
    let whole = camera(true, 1);
    for end in 0..whole.len() {
        if let Some(exif) = left_of(&whole[..end]) {
            assert!(!contains(&exif, "SECRET") && exif.len() <= end, "{end}");
        }
    }
    let mut random = properties::Random(3);
    for _ in 0..500 {
        let mut exif = camera(random.below(2) == 0, 1);
        for _ in 0..1 + random.below(3) {
            let at = random.below(exif.len());
            exif[at] = random.byte();
        }
        let source = in_jpeg(&photo(16, 16).into(), &exif);
        let done = keep(&source, OutputFormat::Original, 50);
        assert!(done.bytes.len() <= source.len());
    }
    // Numbers where text belongs, and text that is not there.
    let number = tiff(true, &[(0x8298, LONG, 9, b"Ann Example")]);
    let far = tiff(true, &[(0x8298, ASCII, u32::MAX, b"Ann Example")]);
    assert_eq!((left_of(&number), left_of(&far)), (None, None));
}

/// Both tags may show the same text; written apart it would take more than it did.
#[test]
fn no_picture_gets_larger_by_its_notice() {
    let mut exif = tiff(
        true,
        &[text(0x013b, &[b'c'; 900]), text(0x8298, &[b'c'; 900])],
    );
    exif.copy_within(18..22, 30);
    exif.truncate(exif.len() - 900);
    let photo = DynamicImage::from(photo(96, 64));
    for source in [in_jpeg(&photo, &exif), in_png(&photo, &exif)] {
        let done = keep(&source, OutputFormat::Original, 100);
        assert!(done.bytes.len() <= source.len());
        assert_eq!(exif_of(&done.bytes, done.output.format), None);
    }
}
