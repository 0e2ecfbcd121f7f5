//! Outputs that must not change unnoticed, and that are the same on x86-64 and arm64: `golden.tsv` has their SHA-256
//! digests, cut to 64 bits. Where a codec changes by design, all of them are written anew by
//! `cargo test -p halftone-codec by_hand_write_the_golden_outputs -- --ignored`.
//!
//! All JPEG and WebP outputs of the corpus are equal on both, and so are PNG palettes: they add floats in one order.
//!
//! On arm64, with Debian's `gcc-aarch64-linux-gnu`, `libc6-dev-arm64-cross` and `qemu-user`:
//!
//! ```sh
//! export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
//! export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
//! cargo test -p halftone-codec --lib --target aarch64-unknown-linux-gnu tests::
//! ```

use std::fmt::Write;
use std::fs;

use super::corpus::{self, Entry};
use super::*;

const QUALITIES: [u8; 3] = [30, 50, 85];

/// One of each kind: of coding, sampling, colour, depth and orientation.
const FILES: [&str; 32] = [
    "jpeg/s420-baseline.jpg",
    "jpeg/s420-split.jpg",
    "jpeg/s422-rows.jpg",
    "jpeg/s440-progressive.jpg",
    "jpeg/s444-blocks.jpg",
    "jpeg/o411.jpg",
    "jpeg/o410-progressive.jpg",
    "jpeg/o3x2.jpg",
    "jpeg/ochroma.jpg",
    "jpeg/o4x4-split.jpg",
    "jpeg/pbit-planes.jpg",
    "jpeg/cgray.jpg",
    "jpeg/crgb.jpg",
    "jpeg/cq100.jpg",
    "jpeg/cq1-16bit.jpg",
    "jpeg/d17x33-444.jpg",
    "jpeg/e3-gray.jpg",
    "jpeg/e5-odd.jpg",
    "jpeg/e6-whole.jpg",
    "jpeg/e7-411.jpg",
    "jpeg/micc-wide.jpg",
    "jpeg/xjpegli.jpg",
    "png/pngsuite/basn2c16.png",
    "png/pngsuite/basn6a08.png",
    "png/gray-alpha-8.png",
    "png/palette-8.png",
    "png/rgb-8.png",
    "png/rgb-16.png",
    "webp/alpha-lossy.webp",
    "webp/lossless-z9.webp",
    "webp/lossy-q90.webp",
    "webp/orientation-6.webp",
];

/// Of the sample photographs, for what small pictures do not show: progressive output, palettes that are not exact.
const PHOTOGRAPHS: [&str; 4] = [
    "photos/allium-print.jpg",
    "photos/espresso-cup.jpg",
    "photos/fig-bowl-cutout.png",
    "photos/wall-clock.webp",
];

const LIMITS_OF_PHOTOGRAPHS: PixelLimits = PixelLimits {
    max_pixels: 50_000_000,
    max_dimension: 16_384,
};

fn files() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let entries: Vec<Entry> = corpus::all().collect();
    let small = FILES.into_iter().map(move |file| {
        let entry = entries
            .iter()
            .find(|entry| format!("{}/{}", entry.folder, entry.name) == file)
            .unwrap_or_else(|| panic!("{file} is not in the corpus"));
        (file, entry.bytes())
    });
    let photographs = PHOTOGRAPHS.into_iter().map(|file| {
        let events = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events");
        (file, fs::read(format!("{events}/{file}")).unwrap())
    });
    small.chain(photographs)
}

fn digests() -> String {
    let mut lines = String::from("file\tquality\toutput\tbytes\n");
    for (file, bytes) in files() {
        for quality in QUALITIES {
            let options = Options {
                quality: Quality::try_from(quality).unwrap(),
                limits: LIMITS_OF_PHOTOGRAPHS,
                ..options()
            };
            let output = recompress(&bytes, &options).unwrap().bytes;
            let digest = corpus::digest(&output);
            writeln!(lines, "{file}\t{quality}\t{digest}\t{}", output.len()).unwrap();
        }
    }
    lines
}

#[test]
fn outputs_are_the_golden_ones() {
    let golden = fs::read_to_string(corpus::path("", "golden.tsv")).unwrap();
    let digests = digests();
    assert_eq!(golden.lines().count(), digests.lines().count());
    let differ: Vec<_> = golden
        .lines()
        .zip(digests.lines())
        .filter(|(golden, now)| golden != now)
        .collect();
    assert!(
        differ.is_empty(),
        "golden and now (see the head of golden.rs): {differ:#?}"
    );
}

#[test]
#[ignore = "writes golden.tsv anew"]
fn by_hand_write_the_golden_outputs() {
    fs::write(corpus::path("", "golden.tsv"), digests()).unwrap();
}
