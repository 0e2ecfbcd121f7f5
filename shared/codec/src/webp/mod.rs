//! WebP: its container, and libwebp's codec.

pub mod animation;
pub mod chunks;
pub mod codec;
pub mod frames;
pub mod header;
