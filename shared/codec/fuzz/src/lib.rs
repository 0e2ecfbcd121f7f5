//! What each fuzz target does with some bytes. In a library, so that the codec's ordinary tests run the committed
//! inputs through it too (`tests/fuzzed`).

mod checksums;
mod second_decoder;

use halftone_codec::{
    Copyright, Format, MaxSize, Options, OutputFormat, PixelLimits, Quality, Side, inspect as look,
};

pub use second_decoder::second_decoder;

/// Small, for what is large shows nothing else and takes longer.
const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 1 << 16,
    max_dimension: 1024,
};

/// The same where the slowest encoder is to be used.
const LIMITS_OF_AVIF: PixelLimits = PixelLimits {
    max_pixels: 1 << 11,
    max_dimension: 256,
};

/// A look at a header ends, and what it tells keeps to the limits.
pub fn inspect(bytes: &[u8]) {
    let Ok(seen) = look(bytes, &LIMITS) else {
        return;
    };
    assert!(seen.width.max(seen.height) <= LIMITS.max_dimension);
    assert!(u64::from(seen.width) * u64::from(seen.height) <= LIMITS.max_pixels);
    for format in OutputFormat::ALL {
        assert!(seen.memory(format, MaxSize::default()) > 0);
    }
}

/// Compressing ends, and what comes out is the picture that it is said to be. The first five bytes choose what is
/// asked for, the others are the file.
pub fn recompress(bytes: &[u8]) {
    if let Some((options, file)) = asked(bytes) {
        compress(file, &options);
    }
}

/// The same of files of one format, so that a fuzzer stays with its decoder; false for any other file.
pub fn recompress_format(format: Format, bytes: &[u8]) -> bool {
    let Some((options, file)) = asked(bytes) else {
        return false;
    };
    let file = &*match format {
        Format::Png => checksums::repaired(file),
        _ => file.into(),
    };
    // Of one that is refused it is not told what it is: only those that are not even begun are left out.
    if !begins_like(format, file) {
        return false;
    }
    compress(file, &options);
    true
}

fn begins_like(format: Format, file: &[u8]) -> bool {
    let has = |at: usize, text: &[u8]| file.get(at..).is_some_and(|rest| rest.starts_with(text));
    match format {
        Format::Jpeg => has(0, b"\xff\xd8"),
        Format::Png => has(0, b"\x89PNG"),
        Format::WebP => has(0, b"RIFF") && has(8, b"WEBP"),
        Format::Gif => has(0, b"GIF8"),
        Format::Avif => has(4, b"ftyp"),
        Format::Bmp => has(0, b"BM"),
        Format::Tiff => has(0, b"II") || has(0, b"MM"),
    }
}

fn asked(bytes: &[u8]) -> Option<(Options, &[u8])> {
    let (&[quality, format, copyright, width, height], file) = bytes.split_first_chunk()?;
    let format = OutputFormat::ALL[usize::from(format) % OutputFormat::ALL.len()];
    let options = Options {
        quality: Quality::try_from(quality % 100 + 1).unwrap_or_default(),
        format,
        copyright: Copyright::ALL[usize::from(copyright) % Copyright::ALL.len()],
        max_size: MaxSize {
            width: Side::try_from(u32::from(width)).ok(),
            height: Side::try_from(u32::from(height)).ok(),
        },
        limits: match format {
            OutputFormat::Avif => LIMITS_OF_AVIF,
            _ if file.get(4..8) == Some(b"ftyp") => LIMITS_OF_AVIF,
            _ => LIMITS,
        },
    };
    Some((options, file))
}

fn compress(file: &[u8], options: &Options) {
    let Ok(done) = halftone_codec::recompress(file, options) else {
        return;
    };
    assert_eq!(done.output.bytes, done.bytes.len() as u64);
    let told = (done.output.width, done.output.height);
    assert_eq!(options.max_size.fit(told), told, "it fits");
    let seen = look(&done.bytes, &LIMITS).expect("a picture");
    assert_eq!((seen.width, seen.height), told);
    assert_eq!(seen.format, done.output.format);
    // What comes out comes in again.
    let again = Options {
        max_size: MaxSize::default(),
        ..*options
    };
    halftone_codec::recompress(&done.bytes, &again).expect("a whole picture");
}
