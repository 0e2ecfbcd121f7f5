//! Little that unfolds to much.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, GrayImage, ImageFormat};

use crate::containers::{LARGEST, canvas, chunk, gray, png, riff, segment, tiff, webp};
use crate::sources::written;
use crate::trial::Trial;

/// As many bytes as are zero, packed a thousandfold.
fn zeros(bytes: usize) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    let part = vec![0; 1 << 16];
    for _ in 0..bytes >> 16 {
        packed.write_all(&part).unwrap();
    }
    packed.finish().unwrap()
}

/// More than the process may have.
const MUCH: usize = 400 << 20;

pub fn run(trial: &mut Trial) {
    let bomb = zeros(MUCH);
    let data = chunk("IDAT", &zeros(1_100_000));
    let mut run = |name: &str, body: Vec<u8>| trial.run_twice("bombs", name, &body);
    run(
        "a PNG as large as may be",
        png(1_000, 1_000, &[chunk("IDAT", &rows(1_000))]),
    );
    run(
        "a PNG of a pixel too many",
        png(1_000, 1_001, std::slice::from_ref(&data)),
    );
    run(
        "a small PNG of much data",
        png(8, 8, &[chunk("IDAT", &bomb)]),
    );
    run(
        "a PNG of much data",
        png(1_000, 1_000, &[chunk("IDAT", &bomb)]),
    );
    let profile = [b"a\0\0", &bomb[..]].concat();
    let text = [b"a\0\0", &bomb[..]].concat();
    let words = [b"XML:com.adobe.xmp\0\x01\0\0\0", &bomb[..]].concat();
    for (kind, packed) in [("iCCP", &profile), ("zTXt", &text), ("iTXt", &words)] {
        run(
            &format!("a PNG with {kind} that unfolds"),
            png(8, 8, &[chunk(kind, packed), chunk("IDAT", &rows(8))]),
        );
        run(
            &format!("a PNG with {kind} again and again"),
            png(
                8,
                8,
                &[
                    chunk(kind, &packed[..1_000]).repeat(20_000),
                    chunk("IDAT", &rows(8)),
                ],
            ),
        );
    }
    for (name, compression) in [("Deflate", 8), ("the old Deflate", 32_946)] {
        run(
            &format!("a TIFF of {name} of much data"),
            tiff(&gray((10, 10), compression, bomb.len(), &[]), 0, &bomb),
        );
        run(
            &format!("a TIFF of {name}, large"),
            tiff(
                &gray((1_000, 1_000), compression, bomb.len(), &[]),
                0,
                &bomb,
            ),
        );
    }
    // Runs of 128, and codes of LZW that never clear the table.
    let runs = b"\x81\0".repeat(4 << 20);
    run(
        "a TIFF of PackBits of much data",
        tiff(&gray((10, 10), 32_773, runs.len(), &[]), 0, &runs),
    );
    let codes = vec![0xff; 4 << 20];
    run(
        "a TIFF of LZW of much data",
        tiff(&gray((10, 10), 5, codes.len(), &[]), 0, &codes),
    );
    for fax in [2, 3, 4] {
        run(
            &format!("a TIFF of fax {fax} without end"),
            tiff(&gray((1_000, 1_000), fax, codes.len(), &[]), 0, &codes),
        );
    }
    bitmaps(&mut run);
    jpegs(&mut run);
    run(
        "a WebP whose alpha is a large lossless picture",
        webp(&[
            canvas(16, 1_000, 1_000),
            riff("ALPH", &[1, 0x88, 0x88, 0x08]),
            riff("VP8 ", &[0; 30]),
        ]),
    );
    run(
        "a lossless WebP of nothing",
        webp(&[riff("VP8L", &[0x2f, 0xcf, 0xc7, 0xf3, 0x01, 0, 0, 0])]),
    );
}

/// The rows of a black square, packed.
fn rows(side: usize) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&vec![0; (side + 1) * side]).unwrap();
    packed.finish().unwrap()
}

fn bitmaps(run: &mut impl FnMut(&str, Vec<u8>)) {
    let header = |sides: [i32; 2], bits: u16, compression: u32, colours: u32| {
        let start = [b"BM", &[0; 8][..], &1078u32.to_le_bytes()].concat();
        let sides = [
            40i32.to_le_bytes(),
            sides[0].to_le_bytes(),
            sides[1].to_le_bytes(),
        ]
        .concat();
        let kind = [
            &1u16.to_le_bytes()[..],
            &bits.to_le_bytes(),
            &compression.to_le_bytes(),
        ]
        .concat();
        let rest = [[0; 4], [0; 4], [0; 4], colours.to_le_bytes(), [0; 4]].concat();
        [start, sides, kind, rest, vec![0; 1024]].concat()
    };
    let endless = |end: &[u8]| [end.repeat(1 << 20)].concat();
    run("a BMP without data", header([1_000, 1_000], 24, 0, 0));
    run("a BMP of 2^32 colours", header([10, 10], 8, 0, u32::MAX));
    run(
        "a BMP upside down for ever",
        header([1_000, i32::MIN], 24, 0, 0),
    );
    for (bits, compression) in [(8, 1), (4, 2)] {
        let with = |data| [header([1_000, 1_000], bits, compression, 0), data].concat();
        run("a BMP of runs", with(endless(&[255, 7])));
        run("a BMP of ends of lines", with(endless(&[0, 0])));
        run("a BMP of moves", with(endless(&[0, 2, 255, 255])));
        run("a BMP of the end", with(endless(&[0, 1])));
    }
}

fn jpegs(run: &mut impl FnMut(&str, Vec<u8>)) {
    let gray = DynamicImage::from(GrayImage::from_pixel(1_000, 1_000, image::Luma([90])));
    let plain = written(&gray, ImageFormat::Jpeg);
    run("a JPEG as large as may be", plain.clone());
    // A progressive frame of 4 megapixels, and scans that say nothing of it, each of them visiting every block.
    let side = 1_000u16.to_be_bytes();
    let frame = segment(0xc2, &[&[8][..], &side, &side, &[1, 1, 0x11, 0]].concat());
    let steps = segment(0xdb, &[&[0][..], &[1; 64]].concat());
    // One code of a bit, for nothing; and one for the longest run of blocks without anything.
    let mut lengths = [0; 16];
    lengths[0] = 1;
    let table = |class, value| segment(0xc4, &[&[class][..], &lengths, &[value]].concat());
    let tables = [table(0, 0), table(0x10, 0xe0)].concat();
    let first = [segment(0xda, &[1, 1, 0, 0, 0, 0]), vec![0; 8_000]].concat();
    let refining = [segment(0xda, &[1, 1, 0, 1, 63, 0x10]), vec![0; 16]].concat();
    let start = [b"\xff\xd8".to_vec(), steps, frame, tables, first].concat();
    for scans in [1, 150, 199, 5_000] {
        run(
            &format!("a JPEG of {scans} scans"),
            [start.clone(), refining.repeat(scans), b"\xff\xd9".to_vec()].concat(),
        );
    }
    run(
        "a JPEG of scans without end",
        [start, refining.repeat(LARGEST / 40)].concat(),
    );
    run("a JPEG of headers, then nothing", plain[..700].to_vec());
    let mut restarts = segment(0xdd, &[0, 1]);
    restarts.extend(&plain[2..]);
    run(
        "a JPEG that says restart and does not",
        [b"\xff\xd8".to_vec(), restarts].concat(),
    );
}
