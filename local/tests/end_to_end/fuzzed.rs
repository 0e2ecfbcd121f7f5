//! The inputs of the fuzz targets that are committed, and some that are made of them, through what the targets do with
//! them: on every machine, without a fuzzer.

#[path = "../../../shared/codec/tests/fuzzed/damage.rs"]
mod damage;
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::path::Path;

#[test]
fn what_was_found_by_fuzzing_does_no_harm_any_more() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let each = |target: &str, run: fn(&[u8])| damage::each(&corpus, target, run);
    let counts = [
        each("address", targets::address),
        each("announcement", targets::announcement),
        each("csv", targets::csv),
        each("events", targets::events),
        each("form", targets::form),
        each("page", targets::page),
        each("signature", targets::signature),
        each("url", targets::url),
        each("workbook", targets::workbook),
    ];
    println!("{counts:?} inputs");
}
