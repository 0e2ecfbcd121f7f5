//! Jobs and services in-process, against a real MongoDB-compatible server, S3 and SQS, without Lambda.
//!
//! `cargo local test` starts the services and runs these; `HALFTONE_STACK` names their `stack.json`.
//! Each test has a database, buckets and queues of its own, and a clock that it can move.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod announce;
mod archive;
mod completion;
mod compress;
mod control;
mod copies;
mod deliveries;
mod drops;
mod exports;
mod intake;
mod list;
mod looks;
mod notices;
mod owners;
mod purging;
mod reuse;
mod shown;
mod sweep;
mod webhook;
mod workbooks;
mod world;
