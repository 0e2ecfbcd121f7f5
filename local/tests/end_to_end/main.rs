//! The whole product on a real stack, through HTTP, S3 and SQS only.
//!
//! `cargo local test` starts the stack and runs these; `HALFTONE_STACK` names its `stack.json`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accept;
mod announced;
mod api;
mod archive;
mod cdn;
mod chaos;
mod contract;
mod cors;
mod dead_letters;
mod deliveries;
mod documents;
mod drills;
mod drops;
mod emulator;
mod exports;
mod failures;
mod formats;
mod fuzzed;
mod kindness;
mod large;
mod logs;
mod origins;
mod outages;
mod repeats;
mod requests;
mod secrets;
mod status;
mod storm;
mod sweep;
mod template;
mod threats;
mod unchanged;
mod upload;
mod webhooks;
