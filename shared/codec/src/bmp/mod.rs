//! BMP: its header, so that the decoder sees what other programs show.

mod header;

pub use header::plain;
