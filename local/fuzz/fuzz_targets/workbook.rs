//! Whatever the archive is, it is a sheet or refused.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_fuzz::workbook(bytes));
