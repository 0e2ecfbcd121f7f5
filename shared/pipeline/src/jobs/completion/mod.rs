//! Ends requests: counts the images, writes the results CSV, moves the status, lets the webhook
//! go out. Everything here may run any number of times and happens once.

mod cancel;
mod care;
mod forms;
mod look;
mod purge;
mod results;
mod retry;

use std::time::{Duration, Instant};

use crate::api::paths;
use crate::jobs::report;
use crate::manifest::ManifestError;
use crate::request::{RequestId, RequestStatus};
use crate::services::blobs::{BlobError, Blobs};
use crate::services::functions::{HandOver, HandOverError};
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Image, Request, ResultsState, Store, StoreError};

pub use look::{LookError, look};
use results::{Progress, Results};

/// How long after its time is up a worker is believed to be dead.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// Why a request could not be ended; it may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    /// MongoDB failed.
    #[error("the request could not be read or ended")]
    Store(#[from] StoreError),
    /// S3 failed.
    #[error("the CSV could not be read, or the results not written")]
    Blobs(#[from] BlobError),
    /// The CSV is not what it was when it was accepted.
    #[error("the CSV can no longer be read as it was")]
    Manifest(#[from] ManifestError),
    /// A row of the results could not be written as JSON.
    #[error("a row of the results could not be serialized")]
    Serialize(#[from] serde_json::Error),
    /// Nothing says how the CSV is read.
    #[error("the request does not say how its CSV is read")]
    Unread,
    /// SQS failed.
    #[error("a message could not be queued")]
    Queue(#[from] QueueError),
    /// MongoDB or SQS failed.
    #[error(transparent)]
    Look(#[from] LookError),
    /// Lambda failed.
    #[error("the CSV could not be handed over to be taken in again")]
    HandOver(#[from] HandOverError),
}

/// What ending a request takes. Cheap to clone.
#[derive(Clone)]
pub struct Completion {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where the CSVs are.
    pub uploads: Blobs,
    /// Where results are written.
    pub outputs: Blobs,
    /// Where images are queued.
    pub images: Queue,
    /// Where finalize is told.
    pub finalize: Queue,
    /// Takes a CSV in again whose images are missing.
    pub ingest: HandOver,
    /// What outputs' URLs begin with: the base URL of the CDN, or of the API where there is none.
    pub output_base: String,
    /// Silence after which a request's pending images are queued once more.
    pub requeue_after: Duration,
}

impl Completion {
    /// Ends a request if all its images have ended; whether it has ended now or before. What does not
    /// fit until `until` goes on where it stopped.
    ///
    /// # Errors
    /// When a service is away; nothing is lost by trying again.
    pub async fn finish(&self, id: RequestId, until: Instant) -> Result<bool, CompletionError> {
        let Some(request) = self.store.requests().get(id).await? else {
            tracing::warn!(request = %id, "there is no such request (any more)");
            return Ok(true);
        };
        if request.status != RequestStatus::Pending {
            return Ok(true);
        }
        if request.purged_at.is_some() {
            return self.purge(&request, until).await;
        }
        let prepared = if request.cancelled_at.is_some() {
            self.cancel(&request, until).await?
        } else if self.store.now() >= request.deadline_at {
            if self.expire(&request, until).await? {
                return Ok(true);
            }
            request.intake.complete
        } else if request.retry.is_some() {
            self.retry(&request, until).await?
        } else {
            request.intake.complete
        };
        let (images, all) = (self.store.images(), request.intake.images);
        if !prepared || images.any_pending(id, all).await? {
            return Ok(false);
        }
        match self
            .store
            .requests()
            .claim_results(id, lease(until))
            .await?
        {
            Some(request) => self.end(&request, until).await,
            // Somebody is at it.
            None => Ok(false),
        }
    }

    /// Ends a request that was claimed; whether it has ended.
    async fn end(&self, request: &Request, until: Instant) -> Result<bool, CompletionError> {
        let requests = self.store.requests();
        let round = (request.id, request.round);
        let written = self.write_results(request, until).await;
        let (counts, savings) = match written {
            Ok(Progress::Whole(counts, savings)) => (counts, savings),
            Ok(Progress::Stopped(state)) => {
                requests.release_results(round, state.as_ref()).await?;
                queue_finalize(&self.finalize, request.id).await?;
                return Ok(false);
            }
            Ok(Progress::Missing) => return self.take_in_again(request).await,
            Ok(Progress::Pending) => {
                requests.release_results(round, None).await?;
                return Ok(false);
            }
            Err(error) => {
                // Best effort: the lease ends by itself.
                let _ = requests
                    .release_results(round, request.results.as_ref())
                    .await;
                return Err(error);
            }
        };
        if counts.ended() < request.intake.images {
            return self.take_in_again(request).await;
        }
        // The delivery is recorded first: should this die before the webhook is queued, the
        // sweep finds it.
        self.schedule_webhook(request).await?;
        let ended = requests
            .end(round, counts, savings, &self.output_base)
            .await?;
        if let Some(status) = ended {
            report::request(status);
            tracing::info!(request = %request.id, round = request.round, %status, images.succeeded = counts.succeeded, images.failed = counts.failed, "the request ended");
            self.tell(request).await?;
        }
        Ok(true)
    }

    async fn schedule_webhook(&self, request: &Request) -> Result<(), StoreError> {
        match &request.webhook_url {
            Some(url) => self.store.deliveries().schedule(request, url).await,
            None => Ok(()),
        }
    }

    async fn tell(&self, request: &Request) -> Result<(), QueueError> {
        match &request.webhook_url {
            Some(_) => queue_webhook(&self.finalize, request).await,
            None => Ok(()),
        }
    }

    /// Writes the results in all their forms, one after the other; counts the images on the way.
    async fn write_results(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<Progress, CompletionError> {
        let mut state = request.results.clone().unwrap_or_default();
        loop {
            let begun = state.clone();
            let file = Results::open(self, request, state).await?;
            let progress = file.write(until).await?;
            state = match (progress, begun.file.next()) {
                (Progress::Whole(..), Some(file)) => ResultsState {
                    file,
                    ..ResultsState::default()
                },
                // What is whole need not be written again.
                (Progress::Stopped(kept), _) => {
                    let kept = kept.or_else(|| (begun != ResultsState::default()).then_some(begun));
                    return Ok(Progress::Stopped(kept));
                }
                (progress, _) => return Ok(progress),
            };
        }
    }
}

/// Seconds after which whoever works until then is believed to be dead.
fn lease(until: Instant) -> i64 {
    let lease = until.saturating_duration_since(Instant::now()) + LEASE_MARGIN;
    lease.as_secs().cast_signed()
}

/// Where an image's output is for its owner; does not change while the image lives.
#[must_use]
pub fn output_url(base: &str, image: &Image) -> Option<String> {
    let success = image.success.as_ref()?;
    Some(paths::output(base, &success.output_key))
}

/// Has finalize look at once whether a request may be ended.
pub(crate) async fn queue_finalize(
    finalize: &Queue,
    request_id: RequestId,
) -> Result<(), QueueError> {
    finalize
        .send_finalize(&FinalizeMessage::Finalize { request_id }, Duration::ZERO)
        .await
}

/// Queues the first attempt at the webhook of a request's round.
///
/// # Errors
/// When SQS does not take it; the sweep then finds the delivery.
pub async fn queue_webhook(finalize: &Queue, request: &Request) -> Result<(), QueueError> {
    let message = FinalizeMessage::Webhook {
        request_id: request.id,
        round: request.round,
        attempt: 0,
    };
    finalize.send_finalize(&message, Duration::ZERO).await
}
