//! Picks up what got lost: requests whose trigger never came, intakes whose worker died, images
//! whose message vanished, webhooks that are overdue.

use std::time::Duration;

use futures::TryStreamExt;
use futures::stream::TryChunksError;

use crate::jobs::completion::{Completion, CompletionError};
use crate::jobs::intake::{self, Intake, IntakeError};
use crate::request::{ImageStatus, Timestamp};
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Image, Request, StoreError};
use crate::telemetry::chain;

/// Most requests, and most deliveries, looked at in one sweep.
const MOST: i64 = 100;
/// Silence after which a request's pending images are queued once more. Far longer than the
/// queue needs for three tries; a repeat does no harm but costs a fetch.
const REQUEUE_AFTER_MS: i64 = 6 * 60 * 60 * 1000;
/// Images queued again in one go.
const CHUNK: usize = 500;

/// Why one request could not be helped; the next sweep tries again.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// It could not be ended.
    #[error(transparent)]
    Completion(#[from] CompletionError),
    /// Its intake could not go on.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// MongoDB failed.
    #[error("what is due could not be looked up")]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error("a message could not be queued")]
    Queue(#[from] QueueError),
}

/// What a sweep works with.
#[derive(Clone)]
pub struct Sweep {
    /// Resumes intakes.
    pub intake: Intake,
    /// Ends requests.
    pub completion: Completion,
}

impl Sweep {
    /// Looks at everything that is due.
    ///
    /// # Errors
    /// When what is due cannot be looked up; a failure at one request does not keep the others
    /// from being helped.
    pub async fn run(&self) -> Result<(), SweepError> {
        let store = &self.completion.store;
        store.prepare().await?;
        for request in store.requests().due(MOST).await? {
            if let Err(error) = self.help(&request).await {
                tracing::error!(request = %request.id, error = chain(&error), "the sweep could not help a request");
            }
        }
        for delivery in store.deliveries().due(MOST).await? {
            let (request_id, attempt) = (delivery.request_id, delivery.attempt);
            let message = FinalizeMessage::Webhook {
                request_id,
                attempt,
            };
            self.finalize()
                .send_finalize(&message, Duration::ZERO)
                .await?;
        }
        Ok(())
    }

    fn finalize(&self) -> &Queue {
        &self.completion.finalize
    }

    async fn help(&self, request: &Request) -> Result<(), SweepError> {
        if !request.intake.complete {
            return self.resume_intake(request).await;
        }
        if self.completion.finish(request.id).await? {
            tracing::info!(request = %request.id, "the sweep found a request to be ended");
            return Ok(());
        }
        let silent = Timestamp::now().unix_millis() - request.updated_at.unix_millis();
        if silent >= REQUEUE_AFTER_MS {
            self.requeue(request).await
        } else {
            Ok(())
        }
    }

    async fn resume_intake(&self, request: &Request) -> Result<(), SweepError> {
        let requests = self.completion.store.requests();
        let Some(request) = requests
            .claim_intake(request.id, intake::LEASE_SECONDS)
            .await?
        else {
            return Ok(());
        };
        tracing::info!(request = %request.id, checkpoint = request.intake.checkpoint, "the sweep resumes an intake");
        self.intake.run_from_blob(&request).await?;
        self.completion.finish(request.id).await?;
        Ok(())
    }

    async fn requeue(&self, request: &Request) -> Result<(), SweepError> {
        let store = &self.completion.store;
        store.requests().touch(request.id).await?;
        tracing::warn!(request = %request.id, "the sweep queues pending images once more");
        let images = store.images().stream(request.id).await?;
        let pending =
            images.try_filter(|image| std::future::ready(image.status == ImageStatus::Pending));
        let mut chunks = pending.try_chunks(CHUNK);
        while let Some(chunk) = chunks.try_next().await.map_err(cause)? {
            self.intake
                .images
                .send_images(&intake::tasks(request, &chunk))
                .await?;
        }
        Ok(())
    }
}

fn cause(TryChunksError(_, error): TryChunksError<Image, StoreError>) -> StoreError {
    error
}
