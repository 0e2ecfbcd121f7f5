//! Ends requests: counts the images, writes the results CSV, moves the status, lets the webhook
//! go out. Everything here may run any number of times and happens once.

pub mod archive;
mod cancel;
mod care;
mod files;
mod forgetting;
mod forms;
mod look;
mod purge;
mod results;
mod retry;

use std::time::{Duration, Instant};

use crate::api::paths;
use crate::jobs::notify::Notifier;
use crate::jobs::report;
use crate::manifest::ManifestError;
use crate::request::{Counts, RequestId, RequestStatus, Savings};
use crate::services::blobs::{BlobError, Blobs};
use crate::services::cdn::Cdn;
use crate::services::functions::{HandOver, HandOverError};
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Image, Request, Store, StoreError};

pub use look::{LookError, look};
use results::{Progress, Results};

/// How long after its time is up a worker that wrote results is believed to be dead.
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
    /// An output could not be read to its end.
    #[error("an output could not be read")]
    Output(#[source] std::io::Error),
    /// A run of all its time kept nothing of an archive.
    #[error("the archive came no further in all of a run's time")]
    NoProgress,
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

impl CompletionError {
    /// Whether results cannot be gone on with where they stopped: somebody has completed them, who then
    /// could not end the request, or they were left so long that S3 has removed their parts.
    fn is_of_lost_upload(&self) -> bool {
        matches!(self, Self::Blobs(BlobError::NoUpload))
    }
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
    /// The ARN of the topic that notices go to, where there are any.
    pub notice_topic: Option<String>,
    /// What is told of outputs that were removed, where there is one.
    pub cdn: Option<Cdn>,
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
        let lease = until.saturating_duration_since(Instant::now()) + LEASE_MARGIN;
        let requests = self.store.requests();
        match requests
            .claim_results(id, lease.as_secs().cast_signed())
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
        let (counts, savings) = match self.write_results(request, until).await {
            Ok(Progress::Whole(counts, savings)) => (counts, savings),
            Ok(Progress::Stopped(state, why)) => {
                requests.release_results(round, state.as_deref()).await?;
                if let Some(error) = why {
                    return Err(error);
                }
                queue_finalize(&self.finalize, request.id).await?;
                return Ok(false);
            }
            Ok(Progress::Missing) => return self.take_in_again(request).await,
            Ok(Progress::Pending) => {
                requests.release_results(round, None).await?;
                return Ok(false);
            }
            Err(error) => {
                let kept = request.results.as_ref();
                let kept = kept.filter(|_| !error.is_of_lost_upload());
                // Best effort: the lease ends by itself.
                let _ = requests.release_results(round, kept).await;
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
        self.notifier().schedule(request).await
    }

    async fn tell(&self, request: &Request) -> Result<(), QueueError> {
        self.notifier().tell(request).await
    }

    fn notifier(&self) -> Notifier {
        Notifier {
            store: self.store.clone(),
            finalize: self.finalize.clone(),
            topic: self.notice_topic.clone(),
        }
    }

    /// Writes the results in all their forms; counts the images on the way.
    async fn write_results(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<Progress, CompletionError> {
        // Given up before its CSV came.
        if request.awaiting.is_some() {
            return Ok(Progress::Whole(Counts::default(), Savings::default()));
        }
        Results::open(self, request).await?.write(until).await
    }
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
