//! The one fixture of all tests that need a stack: how they find it, use it, break it and wait.
//!
//! `cargo local test` starts the stack and runs them; `HALFTONE_STACK` names its `stack.json`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub mod announced;
pub mod cdn;
pub mod cloudformation;
pub mod contract;
pub mod documents;
pub mod drops;
pub mod faults;
pub mod large;
pub mod many;
pub mod pauses;
pub mod processes;
pub mod queues;
pub mod secrets;
pub mod stack;
pub mod storm;
pub mod verifiers;
pub mod wait;
