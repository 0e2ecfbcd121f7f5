//! Makes one attempt at a webhook or a notice and says when the next is due.

use std::time::{Duration, Instant};

use http::header::InvalidHeaderValue;

use super::keys::MasterKey;
use super::notice;
use super::payload::payload;
use super::post::{Made, Message, Outcome, post};
use super::schedule;
use crate::jobs::notify::message;
use crate::request::Timestamp;
use crate::services::fetch::Fetcher;
use crate::services::metrics::Metrics;
use crate::services::queue::{FinalizeMessage, MAX_DELAY, Queue, QueueError};
use crate::services::store::{
    Attempt, Channel, Delivery, DeliveryId, DeliveryState, Request, Said, Store, StoreError,
};
use crate::services::topic::Topic;
use crate::telemetry::chain;

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

/// What webhooks and notices take. Cheap to clone.
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
    /// Where notices go, where there are any.
    pub topic: Option<Topic>,
}

impl Webhooks {
    /// Makes attempt number `attempt` at a delivery, unless it was made before. One that is late is given
    /// up: that of the round that has begun since tells of the end.
    ///
    /// # Errors
    /// When a service is away. A receiver that fails is no error: it is recorded, and tried
    /// again on schedule.
    pub async fn attempt(
        &self,
        id: impl Into<DeliveryId>,
        attempt: u32,
    ) -> Result<(), WebhookError> {
        let id = id.into();
        let Some(request) = self.store.requests().get(id.request_id).await? else {
            return Ok(());
        };
        if request.round == id.round && request.ended_at.is_none() {
            // The delivery was recorded but its worker died before it could end the request.
            let request_id = id.request_id;
            let message = FinalizeMessage::Finalize { request_id };
            return Ok(self
                .finalize
                .send_finalize(&message, Duration::ZERO)
                .await?);
        }
        let deliveries = self.store.deliveries();
        let Some(delivery) = deliveries.claim(id, attempt).await? else {
            return Ok(());
        };
        // One that somebody wants sent anew is sent, however late.
        if request.round != id.round && delivery.replays == 0 {
            let late = "the next round began before it was delivered";
            return Ok(self.give_up(&delivery, late).await?);
        }
        match id.channel {
            Channel::Webhook => self.webhook(&request, &delivery).await,
            Channel::Notice => self.notice(&request, &delivery).await,
        }
    }

    async fn webhook(&self, request: &Request, delivery: &Delivery) -> Result<(), WebhookError> {
        let said = match &delivery.said {
            Some(said) => said.clone(),
            None => payload(request, &self.api_url)?,
        };
        let owner = self.store.owners().get(&request.owner_id).await?;
        let at = self.store.now();
        let keys = self.master.of(&owner, at).signing();
        let id = delivery.id.message_id();
        let message = Message {
            id: &id,
            body: &said.body,
        };
        let made = post(&self.fetcher, &delivery.url, message, &keys, at).await?;
        self.follow_up(delivery, &made, &said).await
    }

    async fn notice(&self, request: &Request, delivery: &Delivery) -> Result<(), WebhookError> {
        let Some(topic) = &self.topic else {
            let off = "notices were switched off (NoticeTopic) before it was sent";
            return Ok(self.give_up(delivery, off).await?);
        };
        let notice = notice::of(request, &self.api_url)?;
        let (at, started) = (self.store.now(), Instant::now());
        let published = topic.publish(notice.publication()).await;
        let error = published.as_ref().err();
        let attempt = Attempt {
            at,
            status: None,
            code: error.map(|_| "not_published".to_owned()),
            error: error.map(ToString::to_string),
            duration_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let outcome = match error {
            None => Outcome::Taken,
            Some(_) => Outcome::Later(None),
        };
        let causes = error.map(|error| chain(error));
        let made = Made {
            attempt,
            outcome,
            causes,
        };
        self.follow_up(delivery, &made, &notice.said).await
    }

    /// Notes that something is not sent any more, and why.
    async fn give_up(&self, delivery: &Delivery, why: &str) -> Result<(), StoreError> {
        let now = self.store.now();
        let late = Attempt {
            at: now,
            status: None,
            code: Some("given_up".to_owned()),
            error: Some(why.to_owned()),
            duration_ms: 0,
        };
        let DeliveryId {
            request_id,
            round,
            channel,
        } = delivery.id;
        tracing::info!(request = %request_id, round, ?channel, why, "a delivery is given up");
        self.store
            .deliveries()
            .record(
                delivery,
                &late,
                delivery.said.as_ref(),
                (DeliveryState::Failed, now),
            )
            .await
    }

    async fn follow_up(
        &self,
        delivery: &Delivery,
        made: &Made,
        said: &Said,
    ) -> Result<(), WebhookError> {
        let (attempt, channel) = (delivery.attempt, delivery.id.channel);
        let made_before = attempt.saturating_sub(delivery.first_attempt);
        let (state, wait) = verdict(made_before, made.outcome);
        let next = after(self.store.now(), wait);
        self.store
            .deliveries()
            .record(delivery, &made.attempt, Some(said), (state, next))
            .await?;
        let Attempt {
            status,
            duration_ms,
            ..
        } = &made.attempt;
        tracing::info!(request = %delivery.id.request_id, ?channel, attempt, ?state, http.status = status, error = made.causes, duration_ms, "an attempt was made to tell of the end");
        let (attempts, time) = match channel {
            Channel::Webhook => ("WebhookAttempts", "WebhookTime"),
            Channel::Notice => ("NoticeAttempts", "NoticeTime"),
        };
        Metrics::of_part(&[("State", &format!("{state:?}"))])
            .count(attempts, 1)
            .milliseconds(time, [*duration_ms])
            .write();
        // Longer waits than a queue can hold are left to the sweep.
        if state == DeliveryState::Pending && wait <= MAX_DELAY {
            let message = message(delivery.id, attempt + 1);
            self.finalize.send_finalize(&message, wait).await?;
        }
        Ok(())
    }
}

fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.plus_seconds(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX))
}

/// What follows from an attempt, and after which wait; so many were made before it.
fn verdict(made_before: u32, outcome: Outcome) -> (DeliveryState, Duration) {
    let retry_after = match outcome {
        Outcome::Taken => return (DeliveryState::Delivered, Duration::ZERO),
        Outcome::Never => return (DeliveryState::Failed, Duration::ZERO),
        Outcome::Later(retry_after) => retry_after,
    };
    match schedule::wait(made_before + 1, retry_after, rand::random()) {
        Some(wait) => (DeliveryState::Pending, wait),
        None => (DeliveryState::Failed, Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_schedule_stops() {
        let later = Outcome::Later(None);
        assert_eq!(verdict(0, Outcome::Taken).0, DeliveryState::Delivered);
        assert_eq!(verdict(0, Outcome::Never).0, DeliveryState::Failed);
        assert_eq!(verdict(8, later).0, DeliveryState::Pending);
        assert_eq!(verdict(9, later).0, DeliveryState::Failed);
    }
}
