//! Whatever came instead of a picture, it is told in few and harmless words.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::page(bytes));
