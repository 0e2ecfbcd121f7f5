//! Whatever the bytes are, a look at their header ends, and what it tells keeps to the limits.

#![no_main]

use halftone_codec::{MaxSize, OutputFormat, PixelLimits, inspect};
use libfuzzer_sys::fuzz_target;

const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 1 << 20,
    max_dimension: 4096,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(seen) = inspect(bytes, &LIMITS) else {
        return;
    };
    assert!(seen.width.max(seen.height) <= LIMITS.max_dimension);
    assert!(u64::from(seen.width) * u64::from(seen.height) <= LIMITS.max_pixels);
    for format in OutputFormat::ALL {
        assert!(seen.memory(format, MaxSize::default()) > 0);
    }
});
