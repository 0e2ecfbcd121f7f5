//! Decoded pictures.

mod buffer;
mod decoded;
mod srgb;

pub use buffer::{Layout, Pixels};
pub use decoded::{Decoded, Samples};
pub use srgb::to_srgb;
