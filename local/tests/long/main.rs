//! What takes minutes, on a real stack: `cargo local test --long`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod kindness;
mod outages;
mod volume;
