//! A JPEG's samples, for outputs in other formats and of other sizes.

pub mod dct;
pub mod decode;
mod painter;
pub mod planes;
mod reduced;
mod smaller;
pub mod upsample;
