//! PNG in all its kinds.

use ::png::{BitDepth, ColorType, Encoder, Filter, Info};

use super::super::icc::tests::{display_p3_profile, gray_profile, srgb_profile};
use super::super::orientation::tests::exif;
use super::*;

fn encoded(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let checked = [kind.as_slice(), data].concat();
    [&length[..], &checked, &crc(&checked).to_be_bytes()].concat()
}

/// The checksum of PNG, annex D, bit by bit.
pub fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// A zlib stream that stores its data as it is, at most 65,535 bytes of it.
fn zlib(data: &[u8]) -> Vec<u8> {
    let (a, b) = data.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    let length = u16::try_from(data.len()).unwrap();
    [
        &[0x78, 0x01, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        data,
        &(b << 16 | a).to_be_bytes(),
    ]
    .concat()
}

/// A PNG with chunks put behind its header.
fn with_chunks(png: &[u8], chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let (header, rest) = png.split_at(33);
    let chunks = chunks.iter().flat_map(|(kind, data)| chunk(kind, data));
    header
        .iter()
        .copied()
        .chain(chunks)
        .chain(rest.iter().copied())
        .collect()
}

fn profile_chunk(profile: &[u8]) -> (&'static [u8; 4], Vec<u8>) {
    (b"iCCP", [b"name\0\0".to_vec(), zlib(profile)].concat())
}

/// The chunks of a file, in order.
fn kinds(png: &[u8]) -> Vec<String> {
    let mut rest = &png[8..];
    let mut kinds = Vec::new();
    while let Some(length) = rest.first_chunk() {
        kinds.push(String::from_utf8_lossy(&rest[4..8]).into_owned());
        rest = &rest[12 + u32::from_be_bytes(*length) as usize..];
    }
    kinds
}

fn icc_profile(png: &[u8]) -> Option<Vec<u8>> {
    let reader = ::png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    reader
        .info()
        .icc_profile
        .as_ref()
        .map(|profile| profile.to_vec())
}

#[test]
fn photos_get_a_palette_and_stay_the_same() {
    let photo = DynamicImage::from(photo(160, 120));
    let png = encoded(&photo);
    let done = run(&png);
    assert!(done.bytes.len() * 2 < png.len() && !done.kept);
    assert_eq!(kinds(&done.bytes), ["IHDR", "PLTE", "IDAT", "IEND"]);
    assert_same(&decode(&done.bytes), &photo);
}

#[test]
fn higher_qualities_take_more_bytes() {
    let png = encoded(&photo(160, 120).into());
    let sizes: Vec<usize> = [5, 50, 100]
        .into_iter()
        .map(|quality| Options {
            quality: Quality::try_from(quality).unwrap(),
            ..options()
        })
        .map(|options| recompress(&png, &options).unwrap().bytes.len())
        .collect();
    assert!(sizes.is_sorted() && sizes[0] < sizes[2], "{sizes:?}");
}

#[test]
fn alpha_is_kept() {
    let picture = DynamicImage::from(translucent(120, 80));
    let done = run(&encoded(&picture));
    assert!(!done.kept);
    assert_same(&decode(&done.bytes), &picture);
    let alpha = |x| decode(&done.bytes).to_rgba8().get_pixel(x, 40).0[3];
    assert!(alpha(0) < 8 && alpha(119) > 247 && (90..170).contains(&alpha(60)));
}

#[test]
fn all_orientations_come_out_upright() {
    for photo in [
        DynamicImage::from(photo(96, 64)),
        DynamicImage::from(translucent(96, 64)),
    ] {
        for orientation in 1..=8 {
            let png = with_chunks(
                &encoded(&stored(&photo, orientation)),
                &[(b"eXIf", exif(orientation, false))],
            );
            let done = run(&png);
            assert_eq!(
                (done.output.width, done.output.height),
                (96, 64),
                "{orientation}"
            );
            assert!(done.bytes.len() <= png.len());
            assert_same(&decode(&done.bytes), &photo);
        }
    }
}

#[test]
fn metadata_is_removed_from_encoded_and_from_kept_pictures() {
    let metadata: [(&[u8; 4], Vec<u8>); 6] = [
        (b"tEXt", b"Comment\0secret".to_vec()),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0secret".to_vec()),
        (b"zTXt", [b"Title\0\0".to_vec(), zlib(b"secret")].concat()),
        (b"eXIf", exif(1, false)),
        (b"tIME", vec![7, 208, 1, 1, 0, 0, 0]),
        (b"pHYs", vec![0, 0, 11, 19, 0, 0, 11, 19, 1]),
    ];
    let small = raw((8, 8), ColorType::Grayscale, BitDepth::One, &[0; 8], |_| {});
    for (png, kept) in [(encoded(&photo(80, 60).into()), false), (small, true)] {
        let done = run(&with_chunks(&png, &metadata));
        let allowed = ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"];
        assert!(
            kinds(&done.bytes)
                .iter()
                .all(|kind| allowed.contains(&kind.as_str())),
            "{:?}",
            kinds(&done.bytes)
        );
        assert!(!contains(&done.bytes, "secret"));
        assert_eq!(done.kept, kept);
    }
}

#[test]
fn small_pictures_are_kept() {
    let png = raw((8, 8), ColorType::Grayscale, BitDepth::One, &[0; 8], |_| {});
    let done = run(&png);
    assert!(done.kept);
    assert_eq!(done.bytes, png);
}

#[test]
fn bytes_behind_the_end_are_removed() {
    let png = [
        encoded(&RgbImage::new(3, 3).into()),
        b"a second file".to_vec(),
    ]
    .concat();
    assert!(!contains(&run(&png).bytes, "second"));
}

#[test]
fn profiles_are_kept_unless_they_say_srgb() {
    let (p3, srgb) = (display_p3_profile(), srgb_profile());
    for picture in [
        DynamicImage::from(photo(160, 120)),
        RgbImage::new(3, 3).into(),
    ] {
        let png = encoded(&picture);
        let kept = run(&with_chunks(&png, &[profile_chunk(&p3)]));
        assert_eq!(icc_profile(&kept.bytes).as_ref(), Some(&p3));
        assert_eq!(
            icc_profile(&run(&with_chunks(&png, &[profile_chunk(&srgb)])).bytes),
            None
        );
        assert_eq!(
            icc_profile(&run(&with_chunks(&png, &[profile_chunk(b"nonsense")])).bytes),
            None
        );
    }
}

#[test]
fn a_profile_for_gray_is_kept_with_gray_samples_only() {
    let (gray, profile) = (DynamicImage::from(photo(64, 48)).to_luma8(), gray_profile());
    let done = run(&with_chunks(
        &encoded(&gray.into()),
        &[profile_chunk(&profile)],
    ));
    assert_eq!(icc_profile(&done.bytes), Some(profile.clone()));
    assert_eq!(decode(&done.bytes).color(), ::image::ColorType::L8);
    let done = run(&with_chunks(
        &encoded(&photo(64, 48).into()),
        &[profile_chunk(&profile)],
    ));
    assert_eq!(icc_profile(&done.bytes), None);
}

#[test]
fn gamma_is_kept_where_it_matters() {
    let png = encoded(&photo(64, 48).into());
    let gamma = |gamma: u32| (b"gAMA", gamma.to_be_bytes().to_vec());
    let kinds_with = |chunks: &[(&[u8; 4], Vec<u8>)]| kinds(&run(&with_chunks(&png, chunks)).bytes);
    assert!(kinds_with(&[gamma(100_000)]).contains(&"gAMA".to_owned()));
    assert!(!kinds_with(&[gamma(45_455)]).contains(&"gAMA".to_owned()));
    assert!(!kinds_with(&[(b"sRGB", vec![0]), gamma(45_000)]).contains(&"gAMA".to_owned()));
}

/// A raw picture as a PNG of one kind, without compression's help.
fn raw(
    size: (u32, u32),
    color: ColorType,
    depth: BitDepth,
    rows: &[u8],
    configure: impl FnOnce(&mut Info),
) -> Vec<u8> {
    let mut info = Info::with_size(size.0, size.1);
    (info.color_type, info.bit_depth) = (color, depth);
    configure(&mut info);
    let mut file = Vec::new();
    let mut encoder = Encoder::with_info(&mut file, info).unwrap();
    encoder.set_filter(Filter::NoFilter);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(rows)
        .unwrap();
    file
}

/// 64 × 64 samples, or bytes of samples, that look like noise.
fn noise(bytes: usize) -> Vec<u8> {
    photo(64, 64)
        .into_raw()
        .into_iter()
        .cycle()
        .take(bytes)
        .map(|byte| byte.wrapping_mul(37))
        .collect()
}

#[test]
fn every_kind_of_png_decodes_to_the_same_picture() {
    let palette: Vec<u8> = (0..=255)
        .flat_map(|index: u8| [index, 255 - index, index / 2])
        .collect();
    let sizes = (64, 64);
    let kinds = [
        raw(
            sizes,
            ColorType::Grayscale,
            BitDepth::One,
            &noise(64 * 8),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Grayscale,
            BitDepth::Two,
            &noise(64 * 16),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Grayscale,
            BitDepth::Four,
            &noise(64 * 32),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Grayscale,
            BitDepth::Eight,
            &noise(64 * 64),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Grayscale,
            BitDepth::Sixteen,
            &noise(64 * 128),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            &noise(64 * 128),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::GrayscaleAlpha,
            BitDepth::Sixteen,
            &noise(64 * 256),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Rgb,
            BitDepth::Sixteen,
            &noise(64 * 384),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Rgba,
            BitDepth::Eight,
            &noise(64 * 256),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Rgba,
            BitDepth::Sixteen,
            &noise(64 * 512),
            |_| {},
        ),
        raw(
            sizes,
            ColorType::Indexed,
            BitDepth::Four,
            &noise(64 * 32),
            |info| {
                info.palette = Some(palette[..48].to_vec().into());
            },
        ),
        raw(
            sizes,
            ColorType::Indexed,
            BitDepth::Eight,
            &noise(64 * 64),
            |info| {
                info.palette = Some(palette.clone().into());
                info.trns = Some((0..=255).collect::<Vec<u8>>().into());
            },
        ),
        raw(
            sizes,
            ColorType::Grayscale,
            BitDepth::Eight,
            &noise(64 * 64),
            |info| {
                info.trns = Some(vec![0, 37].into());
            },
        ),
        raw(
            sizes,
            ColorType::Rgb,
            BitDepth::Eight,
            &noise(64 * 192),
            |info| {
                info.trns = Some(vec![0, 1, 0, 2, 0, 3].into());
            },
        ),
    ];
    for (index, png) in kinds.iter().enumerate() {
        let done = run(png);
        assert!(done.bytes.len() <= png.len(), "{index}");
        assert_same(&decode(&done.bytes), &decode(png));
    }
}

/// The seven passes of Adam7: first column and row, then the steps.
const ADAM7: [(usize, usize, usize, usize); 7] = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
];

#[test]
fn interlaced_pictures_are_read() {
    let photo = photo(45, 31);
    let mut rows = Vec::new();
    for (x0, y0, dx, dy) in ADAM7 {
        for y in (y0..31).step_by(dy) {
            rows.push(0);
            for x in (x0..45).step_by(dx) {
                rows.extend(
                    photo
                        .get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap())
                        .0,
                );
            }
        }
    }
    let header = [
        &45u32.to_be_bytes()[..],
        &31u32.to_be_bytes(),
        &[8, 2, 0, 0, 1],
    ]
    .concat();
    let data = zlib(&rows);
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"IDAT", &data),
        chunk(b"IEND", &[]),
    ]
    .concat();
    assert_same(&decode(&png), &DynamicImage::from(photo.clone()));
    assert_same(&decode(&run(&png).bytes), &photo.into());
}

#[test]
fn truncated_files_are_refused() {
    assert_truncation_is_refused(&encoded(&photo(64, 48).into()));
    assert_truncation_is_refused(&animated(3));
}

/// A file that ends properly but whose picture does not.
#[test]
fn pictures_without_all_their_rows_are_refused() {
    let header = [
        &20u32.to_be_bytes()[..],
        &20u32.to_be_bytes(),
        &[8, 0, 0, 0, 0],
    ]
    .concat();
    let file = |rows: usize| {
        let data = zlib(&vec![0; rows * 21]);
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &data),
            chunk(b"IEND", &[]),
        ]
        .concat()
    };
    assert_eq!(code(&file(20)), "no error");
    assert_eq!(code(&file(19)), "decode_failed");
    assert_eq!(code(&file(0)), "decode_failed");
}

#[test]
fn damaged_picture_data_is_refused() {
    let png = encoded(&photo(64, 48).into());
    let data = png.windows(4).position(|kind| kind == b"IDAT").unwrap();
    for at in (data..png.len() - 16).step_by(61) {
        let mut damaged = png.clone();
        damaged[at] ^= 0x10;
        assert_eq!(code(&damaged), "decode_failed", "{at}");
    }
}

#[test]
fn declared_sizes_cost_nothing() {
    let header = |width: u32, height: u32| {
        let header = [
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            &[8, 6, 0, 0, 0],
        ]
        .concat();
        let data = zlib(&[0; 9]);
        [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &data),
            chunk(b"IEND", &[]),
        ]
        .concat()
    };
    assert_eq!(code(&header(100_000, 100_000)), "too_many_pixels");
    assert_eq!(code(&header(u32::MAX, u32::MAX)), "too_many_pixels");
    assert_eq!(code(&header(1000, 1000)), "decode_failed");
    assert_eq!(code(&header(0, 10)), "decode_failed");
}

/// A profile that claims to unpack to far more than any profile is not unpacked.
#[test]
fn a_profile_bomb_is_refused_or_ignored() {
    let mut bomb = Vec::new();
    let zeros = vec![0; 4000 * 4000];
    let mut encoder = Encoder::new(&mut bomb, 4000, 4000);
    encoder.set_color(ColorType::Grayscale);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&zeros)
        .unwrap();
    let data = bomb.windows(4).position(|kind| kind == b"IDAT").unwrap();
    let zlib = [b"name\0\0", &bomb[data + 4..bomb.len() - 16]].concat();
    let png = with_chunks(&encoded(&photo(16, 16).into()), &[(b"iCCP", zlib)]);
    if let Ok(done) = recompress(&png, &options()) {
        assert!(!kinds(&done.bytes).contains(&"iCCP".to_owned()));
    }
}

/// An animation of full frames, each of one gray.
fn animated(frames: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 30, 20);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_animated(frames.into(), 0).unwrap();
    encoder.set_frame_delay(1, 10).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for frame in 0..frames {
        writer.write_image_data(&[frame * 40; 600]).unwrap();
    }
    writer.finish().unwrap();
    file
}

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
    let limits = Limits {
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
    let many = Limits {
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
