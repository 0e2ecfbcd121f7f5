//! A JPEG's samples, for outputs in other formats.

mod dct;
pub mod planes;
pub mod upsample;
