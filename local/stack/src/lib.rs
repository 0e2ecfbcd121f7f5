//! What `cargo local` is made of, for it and for the benchmarks: provisions tools, builds the
//! functions, starts MongoDB and an AWS emulator, and deploys `template.yaml` there as it is.
//!
//! Everything that is started ends with the process that started it, however it ends.
#![allow(clippy::print_stdout, reason = "steps are shown on standard output")]

pub mod api;
pub mod console;
mod deploy;
pub mod digest;
pub mod emulator;
pub mod failure;
pub mod functions;
mod guarded;
pub mod layout;
pub mod node;
pub mod port;
pub mod process;
pub mod progress;
pub mod python;
pub mod sample;
pub mod schedule;
pub mod services;
pub mod session;
pub mod stack;
mod verifiers;

pub use deploy::STACK;
