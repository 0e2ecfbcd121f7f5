//! Has a webhook sent once more that was sent before, with the id and the words that it had.

use std::time::Duration;

use crate::jobs::control::Control;
use crate::jobs::notify::message;
use crate::request::Timestamp;
use crate::services::store::{Delivery, DeliveryState, Request, StoreError};
use crate::telemetry::chain;

/// How often a webhook may be sent anew.
pub const MAX_REPLAYS: u32 = 20;

/// Why a webhook is not sent anew.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// MongoDB failed.
    #[error("the delivery could not be read or changed")]
    Store(#[from] StoreError),
    /// The request named no receiver.
    #[error("the request has no webhook")]
    NoReceiver,
    /// The request has not ended, so that none was sent.
    #[error("the request has not ended")]
    NotEnded,
    /// None is recorded of this round.
    #[error("no webhook of round {0} is recorded")]
    Unknown(u32),
    /// It is being sent; the next attempt is made then.
    #[error("the webhook is being sent")]
    Pending(Timestamp),
    /// It was given up before any attempt: nobody knows what it would have said.
    #[error("the webhook was never sent")]
    NeverSent,
    /// It was sent anew often enough.
    #[error("the webhook was replayed {MAX_REPLAYS} times")]
    TooOften,
}

impl Control {
    /// Has the webhook of a round of a request sent anew, or the latest one. It is pending then, and tried
    /// on the same schedule as at first.
    ///
    /// # Errors
    /// When there is none, or none that may be sent now, or MongoDB is away.
    pub async fn replay(
        &self,
        request: &Request,
        round: Option<u32>,
    ) -> Result<Delivery, ReplayError> {
        let deliveries = self.store.deliveries();
        let wanted = match round {
            Some(round) => deliveries.get((request.id, round)).await?,
            None => deliveries.webhooks_of(request).await?.into_iter().next(),
        };
        let Some(ended) = wanted else {
            return Err(missing(request, round));
        };
        may_be_replayed(&ended)?;
        let Some(replayed) = deliveries.replay(&ended).await? else {
            // Another call was first.
            return Err(ReplayError::Pending(self.store.now()));
        };
        let id = replayed.id;
        tracing::info!(request = %id.request_id, round = id.round, replays = replayed.replays, "a webhook is sent anew");
        let message = message(id, replayed.attempt);
        if let Err(error) = self.finalize.send_finalize(&message, Duration::ZERO).await {
            tracing::error!(request = %id.request_id, error = chain(&error), "finalize could not be told; the sweep will");
        }
        Ok(replayed)
    }
}

fn missing(request: &Request, round: Option<u32>) -> ReplayError {
    match round {
        _ if request.webhook_url.is_none() => ReplayError::NoReceiver,
        Some(round) if round != request.round || request.ended_at.is_some() => {
            ReplayError::Unknown(round)
        }
        _ => ReplayError::NotEnded,
    }
}

fn may_be_replayed(delivery: &Delivery) -> Result<(), ReplayError> {
    if delivery.state == DeliveryState::Pending {
        return Err(ReplayError::Pending(delivery.next_attempt_at));
    }
    if delivery.said.is_none() {
        return Err(ReplayError::NeverSent);
    }
    if delivery.replays >= MAX_REPLAYS {
        return Err(ReplayError::TooOften);
    }
    Ok(())
}
