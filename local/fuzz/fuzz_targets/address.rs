//! An address that may be connected to hides no other that may not.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::address(bytes));
