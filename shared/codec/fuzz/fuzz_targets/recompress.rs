//! Whatever the bytes are, compressing them ends, and what comes out is the picture that it is said to be.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_codec_fuzz::recompress(bytes));
