//! What is done to a request, from its CSV to its webhook.

pub mod accept;
pub mod announce;
pub mod completion;
pub mod compress;
pub mod control;
pub mod copies;
mod csv;
pub mod dead_letters;
pub mod drop;
pub mod intake;
pub mod notify;
mod report;
pub mod sweep;
pub mod webhook;
