//! Makes one attempt at a webhook and says when the next is due.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue, header};

use super::keys::MasterKey;
use super::payload::payload;
use super::schedule;
use super::signature::{self, Secret};
use crate::request::{RequestId, Timestamp};
use crate::services::fetch::{Answer, FetchError, Fetcher};
use crate::services::metrics::Metrics;
use crate::services::queue::{FinalizeMessage, MAX_DELAY, Queue, QueueError};
use crate::services::store::{Attempt, Delivery, DeliveryState, Store, StoreError};
use crate::telemetry::chain;

/// Status by which a receiver says that it wants no more.
const GONE: u16 = 410;

/// Why an attempt could not be made or recorded; its message may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// MongoDB failed.
    #[error("the delivery could not be read or recorded")]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error("the next attempt could not be queued")]
    Queue(#[from] QueueError),
    /// The body could not be serialized.
    #[error("the body could not be serialized")]
    Serialize(#[from] serde_json::Error),
    /// A header could not be built.
    #[error("a header could not be built")]
    Header(#[from] InvalidHeaderValue),
}

/// What webhooks take. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    /// Where deliveries are recorded.
    pub store: Store,
    /// Where the next attempts are queued.
    pub finalize: Queue,
    /// Posts them, to allowed addresses only.
    pub fetcher: Fetcher,
    /// What the owners' signing keys are derived from.
    pub master: MasterKey,
    /// Base URL of the API, for links.
    pub api_url: String,
}

impl Webhooks {
    /// Makes attempt number `attempt` at the webhook of a request's round, unless it was made before. One
    /// that is late is given up: the webhook of the round that has begun since tells of the end.
    ///
    /// # Errors
    /// When a service is away. A receiver that fails is no error: it is recorded, and tried
    /// again on schedule.
    pub async fn attempt(
        &self,
        (id, round): (RequestId, u32),
        attempt: u32,
    ) -> Result<(), WebhookError> {
        let Some(request) = self.store.requests().get(id).await? else {
            return Ok(());
        };
        if request.round == round && request.ended_at.is_none() {
            // The delivery was recorded but its worker died before it could end the request.
            let message = FinalizeMessage::Finalize { request_id: id };
            return Ok(self
                .finalize
                .send_finalize(&message, Duration::ZERO)
                .await?);
        }
        let deliveries = self.store.deliveries();
        let Some(delivery) = deliveries.claim((id, round), attempt).await? else {
            return Ok(());
        };
        if request.round != round {
            return Ok(self.give_up(&delivery).await?);
        }
        let body = payload(&request, &self.api_url)?;
        let owner = self.store.owners().get(&request.owner_id).await?;
        let (at, started) = (self.store.now(), Instant::now());
        let keys = self.master.of(&owner, at).signing();
        let headers = headers(&delivery, &body, &keys, at)?;
        let answer = self
            .fetcher
            .post(&delivery.url, headers, Bytes::from(body))
            .await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let made = Attempt {
            at,
            status: answer.as_ref().ok().map(|answer| answer.status),
            error: answer.as_ref().err().map(ToString::to_string),
            duration_ms,
        };
        self.follow_up(&delivery, &made, &answer).await
    }

    /// Notes that a webhook is not sent any more because its request goes again.
    async fn give_up(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let now = self.store.now();
        let late = Attempt {
            at: now,
            status: None,
            error: Some("the next round began before it was delivered".to_owned()),
            duration_ms: 0,
        };
        let of = (delivery.request_id, delivery.round);
        tracing::info!(request = %of.0, round = of.1, "a webhook is not sent any more: the next round has begun");
        let failed = (DeliveryState::Failed, now);
        self.store
            .deliveries()
            .record(of, delivery.attempt, &late, failed)
            .await
    }

    async fn follow_up(
        &self,
        delivery: &Delivery,
        made: &Attempt,
        answer: &Result<Answer, FetchError>,
    ) -> Result<(), WebhookError> {
        let (id, round) = (delivery.request_id, delivery.round);
        let attempt = delivery.attempt;
        let (state, wait) = verdict(attempt, answer);
        let seconds = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX);
        let next = self.store.now().plus_seconds(seconds);
        self.store
            .deliveries()
            .record((id, round), attempt, made, (state, next))
            .await?;
        let error = answer.as_ref().err().map(|error| chain(error));
        tracing::info!(request = %id, attempt, ?state, http.status = made.status, error, duration_ms = made.duration_ms, "a webhook attempt was made");
        Metrics::of_part(&[("State", &format!("{state:?}"))])
            .count("WebhookAttempts", 1)
            .milliseconds("WebhookTime", [made.duration_ms])
            .write();
        // Longer waits than a queue can hold are left to the sweep.
        if state == DeliveryState::Pending && wait <= MAX_DELAY {
            let message = FinalizeMessage::Webhook {
                request_id: id,
                round,
                attempt: attempt + 1,
            };
            self.finalize.send_finalize(&message, wait).await?;
        }
        Ok(())
    }
}

fn headers(
    delivery: &Delivery,
    body: &[u8],
    keys: &[Secret],
    at: Timestamp,
) -> Result<HeaderMap, InvalidHeaderValue> {
    // The same over all attempts of a round, so that receivers can tell a repeat.
    let message_id = format!("msg_{}_{}", delivery.request_id, delivery.round);
    let signed = signature::sign(keys, &message_id, at, body);
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert("webhook-id", HeaderValue::from_str(&message_id)?);
    headers.insert("webhook-timestamp", at.unix_seconds().into());
    headers.insert("webhook-signature", HeaderValue::from_str(&signed)?);
    Ok(headers)
}

/// What follows from an attempt, and after which wait.
fn verdict(attempt: u32, answer: &Result<Answer, FetchError>) -> (DeliveryState, Duration) {
    let retry_after = match answer {
        Ok(answer) if (200..300).contains(&answer.status) => {
            return (DeliveryState::Delivered, Duration::ZERO);
        }
        Ok(answer) if answer.status == GONE => return (DeliveryState::Failed, Duration::ZERO),
        Ok(answer) => answer.retry_after,
        // What can never work, such as a blocked address, is not tried for days.
        Err(error) if !error.is_transient() => return (DeliveryState::Failed, Duration::ZERO),
        Err(_) => None,
    };
    match schedule::wait(attempt + 1, retry_after, rand::random()) {
        Some(wait) => (DeliveryState::Pending, wait),
        None => (DeliveryState::Failed, Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(attempt: u32, status: u16) -> DeliveryState {
        verdict(
            attempt,
            &Ok(Answer {
                status,
                retry_after: None,
            }),
        )
        .0
    }

    #[test]
    fn only_2xx_is_delivered() {
        assert_eq!(after(0, 204), DeliveryState::Delivered);
        assert_eq!(after(0, 301), DeliveryState::Pending);
        assert_eq!(after(0, 500), DeliveryState::Pending);
    }

    #[test]
    fn gone_and_the_end_of_the_schedule_stop() {
        assert_eq!(after(0, 410), DeliveryState::Failed);
        assert_eq!(after(8, 500), DeliveryState::Pending);
        assert_eq!(after(9, 500), DeliveryState::Failed);
    }
}
