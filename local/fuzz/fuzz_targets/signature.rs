//! Nothing but a signature of the key verifies.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::signature(bytes));
