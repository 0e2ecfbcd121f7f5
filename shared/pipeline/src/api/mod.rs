//! The words in which callers are answered.

pub mod problem;
