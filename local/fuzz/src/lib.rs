//! What each fuzz target does with some bytes. In a library, so that the ordinary tests run the committed inputs
//! through it too (`local/tests/end_to_end/fuzzed.rs`).

mod addresses;
mod calls;
mod tables;

pub use addresses::{address, url};
pub use calls::{announcement, events, form, page, signature};
pub use tables::{csv, workbook};
