//! The words in which callers are answered: paths, parameters, problems, who calls.

pub mod caller;
pub mod cors;
pub mod parameters;
pub mod paths;
pub mod problem;
