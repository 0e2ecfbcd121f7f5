//! Whatever the multipart form is, it is read or refused with a status of the client's.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::form(bytes));
