//! Decoded pictures.

mod buffer;
mod decoded;
mod inks;
mod resize;
mod srgb;

pub use buffer::{Layout, Pixels};
pub use decoded::{Decoded, Samples};
pub use inks::Inks;
pub use srgb::to_srgb;
