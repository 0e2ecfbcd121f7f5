//! Tells a request's owner that it has ended, and whoever has subscribed to the stack's topic.
//!
//! Deliveries follow the Standard Webhooks specification
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>):
//! stable message id, timestamp, HMAC-SHA256 signatures.

mod delivery;
pub mod keys;
mod notice;
mod payload;
mod post;
mod replay;
mod schedule;
pub mod signature;
pub mod trial;

pub use delivery::{WebhookError, Webhooks};
pub use notice::Notice;
pub use payload::{kind, payload};
pub use replay::{MAX_REPLAYS, ReplayError};
