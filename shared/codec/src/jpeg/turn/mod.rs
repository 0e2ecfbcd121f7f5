//! Blocks of the source as the output needs them.

pub mod halve;
pub mod kernel;
pub mod mirror;
pub mod view;
