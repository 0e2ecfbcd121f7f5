//! Whatever the bytes are, compressing them ends, and what comes out is the picture that it is said to be.
//!
//! The first bytes choose what is asked for, the others are the file.

#![no_main]

use halftone_codec::{
    Copyright, MaxSize, Options, OutputFormat, PixelLimits, Quality, Side, inspect, recompress,
};
use libfuzzer_sys::fuzz_target;

/// Small, for what is large shows nothing else and takes longer.
const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 1 << 16,
    max_dimension: 1024,
};

fuzz_target!(|bytes: &[u8]| {
    let Some((&[quality, format, copyright, width, height], file)) = bytes.split_first_chunk() else {
        return;
    };
    let options = Options {
        quality: Quality::try_from(quality % 100 + 1).unwrap_or_default(),
        format: OutputFormat::ALL[usize::from(format) % OutputFormat::ALL.len()],
        copyright: Copyright::ALL[usize::from(copyright) % Copyright::ALL.len()],
        max_size: MaxSize {
            width: Side::try_from(width.into()).ok(),
            height: Side::try_from(height.into()).ok(),
        },
        limits: LIMITS,
    };
    let Ok(done) = recompress(file, &options) else {
        return;
    };
    assert_eq!(done.output.bytes, done.bytes.len() as u64);
    let told = (done.output.width, done.output.height);
    assert_eq!(options.max_size.fit(told), told, "it fits");
    // Nothing here reads AVIF.
    if options.format != OutputFormat::Avif {
        let seen = inspect(&done.bytes, &LIMITS).expect("a picture");
        let told = (done.output.format, done.output.width, done.output.height);
        assert_eq!((seen.format, seen.width, seen.height), told);
    }
});
