//! The inputs of the fuzz targets that are committed, and some that are made of them, through what the targets do with
//! them: on every machine, without a fuzzer.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and figures are told"
)]

mod damage;
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

use halftone_codec::Format;

#[test]
fn what_was_found_by_fuzzing_does_no_harm_any_more() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let each = |target: &str, run: &dyn Fn(&[u8])| damage::each(&corpus, target, run);
    let mut count = each("inspect", &targets::inspect);
    count += each("recompress", &targets::recompress);
    count += each("second_decoder", &targets::second_decoder);
    for (target, format) in [
        ("jpeg", Format::Jpeg),
        ("png", Format::Png),
        ("webp", Format::WebP),
        ("avif", Format::Avif),
        ("gif", Format::Gif),
        ("bmp", Format::Bmp),
        ("tiff", Format::Tiff),
    ] {
        count += each(target, &|bytes| {
            targets::recompress_format(format, bytes);
        });
    }
    println!("{count} inputs");
}
