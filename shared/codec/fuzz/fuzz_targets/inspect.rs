//! Whatever the bytes are, a look at their header ends, and what it tells keeps to the limits.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_codec_fuzz::inspect(bytes));
