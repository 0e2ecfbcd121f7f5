//! Whatever the event is, it is read or refused, and nothing panics.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::events(bytes));
