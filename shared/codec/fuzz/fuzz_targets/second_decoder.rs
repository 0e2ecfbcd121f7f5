//! What is taken for a whole picture is the picture that another decoder sees.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| halftone_codec_fuzz::second_decoder(bytes));
