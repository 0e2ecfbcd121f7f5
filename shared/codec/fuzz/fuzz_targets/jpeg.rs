//! As `recompress`, of files that begin as Jpeg does.

#![no_main]

use halftone_codec::Format;
use halftone_codec_fuzz::recompress_format;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    match recompress_format(Format::Jpeg, bytes) {
        true => Corpus::Keep,
        false => Corpus::Reject,
    }
});
