//! From the blocks of the output to the bytes of a file.

pub mod band;
pub mod bands;
pub mod codes;
pub mod encoder;
mod ends;
pub mod entropy;
pub mod file;
pub mod script;
pub mod store;
pub mod strip;
