//! Picks up what got lost: requests whose trigger never came, intakes whose worker died, webhooks and
//! notices that are overdue, events that ingest could not handle.
//!
//! It does none of the work: it only puts it where it is done, until nothing is due or its time is up.

use std::time::{Duration, Instant};

use crate::jobs::notify::message;
use crate::services::functions::{HandOver, HandOverError};
use crate::services::metrics::Metrics;
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Request, Store, StoreError};
use crate::telemetry::chain;

/// What is looked up in one go.
const PAGE: i64 = 100;

/// Why a sweep stopped; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// MongoDB failed.
    #[error("what is due could not be looked up")]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error("a message could not be queued, received or deleted")]
    Queue(#[from] QueueError),
    /// Lambda failed.
    #[error("ingest could not be asked to go on")]
    HandOver(#[from] HandOverError),
}

/// What a sweep works with.
#[derive(Clone)]
pub struct Sweep {
    /// Where what is due is recorded.
    pub store: Store,
    /// Where finalize's work is queued.
    pub finalize: Queue,
    /// Goes on with intakes.
    pub ingest: HandOver,
    /// Events that ingest failed on.
    pub ingest_dlq: Queue,
}

impl Sweep {
    /// Queues everything that is due. One kind that fails does not keep the others waiting.
    ///
    /// # Errors
    /// The first failure, once all have been tried.
    pub async fn run(&self, until: Instant) -> Result<(), SweepError> {
        // The first sweep after a deploy makes new indexes; without them all goes on, only slower.
        let indexes = self.store.prepare().await.map_err(SweepError::from);
        let deliveries = self.deliveries(until).await;
        let requests = self.requests(until).await;
        let events = self.events(until).await;
        for failed in [&indexes, &deliveries, &requests, &events] {
            if let Err(error) = failed {
                tracing::error!(error = chain(error), "a part of the sweep failed");
            }
        }
        let swept = indexes.and(deliveries).and(requests).and(events);
        Metrics::of_function()
            .count("Sweeps", u64::from(swept.is_ok()))
            .write();
        swept
    }

    async fn deliveries(&self, until: Instant) -> Result<(), SweepError> {
        loop {
            let due = self.store.deliveries().due(PAGE).await?;
            for delivery in &due {
                self.queue(&message(delivery.id, delivery.attempt)).await?;
            }
            if due.is_empty() || Instant::now() >= until {
                return Ok(());
            }
        }
    }

    async fn requests(&self, until: Instant) -> Result<(), SweepError> {
        loop {
            let due = self.store.requests().due(PAGE).await?;
            for request in &due {
                self.help(request).await?;
            }
            if due.is_empty() || Instant::now() >= until {
                return Ok(());
            }
        }
    }

    async fn help(&self, request: &Request) -> Result<(), SweepError> {
        let now = self.store.now();
        if !request.intake.complete && request.is_open() && now < request.deadline_at {
            if request.intake.lease_until <= now {
                tracing::info!(request = %request.id, checkpoint = request.intake.checkpoint, "an intake is to go on");
                self.ingest.intake(request.id).await?;
            }
            return Ok(());
        }
        self.queue(&FinalizeMessage::Check {
            request_id: request.id,
        })
        .await
    }

    /// Has ingest try again what it failed on. What it cannot read stays, for the alarm.
    async fn events(&self, until: Instant) -> Result<(), SweepError> {
        while Instant::now() < until {
            let events = self.ingest_dlq.receive().await?;
            if events.is_empty() {
                return Ok(());
            }
            for event in events {
                self.ingest.event(event.body).await?;
                self.ingest_dlq.delete(&event.receipt).await?;
            }
        }
        Ok(())
    }

    async fn queue(&self, message: &FinalizeMessage) -> Result<(), SweepError> {
        Ok(self.finalize.send_finalize(message, Duration::ZERO).await?)
    }
}
