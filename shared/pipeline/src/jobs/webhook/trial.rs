//! Tries a receiver out: one signed event, delivered now and never again.

use http::header::InvalidHeaderValue;
use serde_json::json;
use uuid::Uuid;

use super::keys::OwnerKeys;
use super::payload::TEST;
use super::post::{Message, Outcome, post};
use crate::request::{OwnerId, Timestamp};
use crate::services::fetch::Fetcher;
use crate::services::store::Attempt;

/// How a receiver took a test.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The event's `webhook-id`.
    pub message_id: String,
    /// What happened.
    pub attempt: Attempt,
    /// Whether it was taken.
    pub taken: bool,
}

/// Sends a test event of an owner's to a URL, signed as its webhooks are.
///
/// # Errors
/// Never: ids of our own are values of headers.
pub async fn send(
    fetcher: &Fetcher,
    url: &str,
    (owner, keys): (&OwnerId, &OwnerKeys),
    at: Timestamp,
) -> Result<Trial, InvalidHeaderValue> {
    let message_id = format!("msg_test_{}", Uuid::new_v4());
    let body = json!({"type": TEST, "timestamp": at, "data": {"ownerId": owner.0}}).to_string();
    let message = Message {
        id: &message_id,
        body: &body,
    };
    let made = post(fetcher, url, message, &keys.signing(), at).await?;
    Ok(Trial {
        message_id,
        taken: made.outcome == Outcome::Taken,
        attempt: made.attempt,
    })
}
