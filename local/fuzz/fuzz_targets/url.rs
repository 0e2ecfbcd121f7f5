//! Whatever the text is, an address that is accepted is one, and what is made of it is safe.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::url(bytes));
