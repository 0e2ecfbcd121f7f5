//! The words in which callers are answered: paths, problems, who calls.

pub mod caller;
pub mod cors;
pub mod paths;
pub mod problem;
