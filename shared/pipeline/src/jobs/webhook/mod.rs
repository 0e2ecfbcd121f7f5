//! Tells a request's owner that it has ended.
//!
//! Deliveries follow the Standard Webhooks specification
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>):
//! stable message id, timestamp, HMAC-SHA256 signatures.

mod delivery;
pub mod keys;
mod payload;
mod schedule;
pub mod signature;

pub use delivery::{WebhookError, Webhooks};
pub use payload::{Payload, payload};
