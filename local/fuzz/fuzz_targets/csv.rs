//! Whatever the table is, it is understood as it stands or refused, and goes back as it came.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::csv(bytes));
