//! GIF: its blocks, and its frames as pixels.

pub mod blocks;
pub mod decode;
