//! What files say about a picture beside its samples, as far as it matters here.

pub mod exif;
pub mod icc;
pub mod notice;
pub mod orientation;
