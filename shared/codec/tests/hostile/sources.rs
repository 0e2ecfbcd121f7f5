//! Real files of every format, from which hostile ones are made.

use std::io::Cursor;
use std::path::Path;

use halftone_codec::Format;
use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, RgbImage, RgbaImage};

/// A file.
pub struct Source {
    pub name: &'static str,
    pub format: Format,
    pub bytes: Vec<u8>,
}

/// Of the codec's corpus.
const FILES: [(&str, Format); 21] = [
    ("jpeg/s420-baseline.jpg", Format::Jpeg),
    ("jpeg/s444-progressive.jpg", Format::Jpeg),
    ("jpeg/psuccessive-restart.jpg", Format::Jpeg),
    ("jpeg/kcmyk.jpg", Format::Jpeg),
    ("jpeg/mdnl.jpg", Format::Jpeg),
    ("jpeg/micc-wide.jpg", Format::Jpeg),
    ("png/rgb-8.png", Format::Png),
    ("png/rgba-16.png", Format::Png),
    ("png/palette-4-alpha.png", Format::Png),
    ("png/gray-2-key.png", Format::Png),
    ("png/size-7x7-interlaced.png", Format::Png),
    ("webp/lossy-q75.webp", Format::WebP),
    ("webp/lossless-z9.webp", Format::WebP),
    ("webp/lossless-palette.webp", Format::WebP),
    ("webp/alpha-lossy.webp", Format::WebP),
    ("webp/animated.webp", Format::WebP),
    ("webp/orientation-6.webp", Format::WebP),
    ("avif/p-420-full.avif", Format::Avif),
    ("avif/p-alpha.avif", Format::Avif),
    ("avif/s-12.avif", Format::Avif),
    ("avif/orientation-5.avif", Format::Avif),
];

impl Source {
    pub fn all() -> Vec<Self> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/corpus");
        let files = FILES.map(|(name, format)| Self {
            name,
            format,
            bytes: std::fs::read(corpus.join(name)).unwrap(),
        });
        let picture = DynamicImage::from(picture());
        let made = [
            ("a.gif", Format::Gif, written(&picture, ImageFormat::Gif)),
            ("moves.gif", Format::Gif, moving()),
            ("a.bmp", Format::Bmp, written(&picture, ImageFormat::Bmp)),
            (
                "gray.bmp",
                Format::Bmp,
                written(&picture.to_luma8().into(), ImageFormat::Bmp),
            ),
            ("a.tiff", Format::Tiff, written(&picture, ImageFormat::Tiff)),
            (
                "deep.tiff",
                Format::Tiff,
                written(&picture.to_rgba16().into(), ImageFormat::Tiff),
            ),
        ];
        let made = made.map(|(name, format, bytes)| Self {
            name,
            format,
            bytes,
        });
        files.into_iter().chain(made).collect()
    }
}

fn picture() -> RgbImage {
    RgbImage::from_fn(23, 17, |x, y| {
        let [x, y] = [x, y].map(|at| u8::try_from(at).unwrap());
        image::Rgb([x * 11, y * 15, (x ^ y) * 8])
    })
}

pub fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn moving() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for shade in [10, 200, 90] {
        let frame = RgbaImage::from_pixel(9, 7, image::Rgba([shade, 80, 20, 255]));
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    bytes
}
