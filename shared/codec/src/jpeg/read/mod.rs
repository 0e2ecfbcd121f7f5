//! From the bytes of a file to its blocks.

pub mod bits;
pub mod decoder;
pub mod headers;
pub mod lookup;
pub mod progression;
pub mod progressive;
pub mod scan;
pub mod scan_header;
pub mod sequential;
pub mod standard;
pub mod tables;
