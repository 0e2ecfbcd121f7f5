//! A JPEG's samples, for outputs in other formats.

pub mod dct;
pub mod planes;
mod reduced;
mod smaller;
pub mod upsample;
