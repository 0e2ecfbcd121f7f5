//! What JPEG files consist of (T.81 annex B), for who reads them and who writes them.

pub mod application;
pub mod block;
pub mod frame;
pub mod huffman;
pub mod marker;
pub mod steps;
