//! Ends requests: counts the images, writes the results CSV, moves the status, lets the webhook
//! go out. Everything here may run any number of times and happens once.

mod results;

use std::time::{Duration, Instant};

use futures::TryStreamExt;

use crate::api::paths;
use crate::jobs::intake;
use crate::request::{Counts, ImageFailure, ImageStatus, RequestId, RequestStatus, Savings};
use crate::results::ImageResult;
use crate::services::blobs::{BlobError, Blobs};
use crate::services::functions::{HandOver, HandOverError};
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Image, Request, RequestFailure, ResultsState, Store, StoreError};

use results::Results;

/// How long after its time is up a worker that wrote results is believed to be dead.
const LEASE_MARGIN: Duration = Duration::from_secs(30);
/// Images queued again in one go.
const REQUEUED_AT_ONCE: i64 = 500;

/// Why a request could not be ended; it may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    /// MongoDB failed.
    #[error("the request could not be read or ended")]
    Store(#[from] StoreError),
    /// S3 failed.
    #[error("the results CSV could not be written")]
    Blobs(#[from] BlobError),
    /// SQS failed.
    #[error("a message could not be queued")]
    Queue(#[from] QueueError),
    /// Lambda failed.
    #[error("the CSV could not be handed over to be taken in again")]
    HandOver(#[from] HandOverError),
}

/// What ending a request takes. Cheap to clone.
#[derive(Clone)]
pub struct Completion {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where results CSVs are written.
    pub outputs: Blobs,
    /// Where images are queued.
    pub images: Queue,
    /// Where finalize is told.
    pub finalize: Queue,
    /// Takes a CSV in again whose images are missing.
    pub ingest: HandOver,
    /// Base URL of the API: outputs' URLs begin with it.
    pub api_url: String,
    /// Silence after which a request's pending images are queued once more.
    pub requeue_after: Duration,
}

/// How the results of a request came out.
enum Written {
    /// Whole, over all images.
    Whole(Counts, Savings),
    /// The time was up; what was kept, if anything.
    Stopped(Option<ResultsState>),
    /// An image has not ended after all.
    Pending,
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
        if self.store.now() >= request.deadline_at && self.expire(&request).await? {
            return Ok(true);
        }
        if !request.intake.complete || self.store.images().any_pending(id).await? {
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

    /// Looks what a request lacks that has been silent for a while: ends it, puts its counters right,
    /// or has its pending images queued once more.
    ///
    /// # Errors
    /// When a service is away; nothing is lost by trying again.
    pub async fn check(&self, id: RequestId, until: Instant) -> Result<(), CompletionError> {
        if self.finish(id, until).await? {
            return Ok(());
        }
        let requests = self.store.requests();
        let Some(request) = requests
            .get(id)
            .await?
            .filter(|found| found.intake.complete)
        else {
            return Ok(());
        };
        let counts = self.store.images().counts(id).await?;
        requests.repair_counts(id, counts).await?;
        let silent = self.store.now().since(request.updated_at);
        if silent >= self.requeue_after && requests.begin_requeue(&request).await? {
            tracing::warn!(request = %id, silent_s = silent.as_secs(), "pending images are queued once more");
            let message = FinalizeMessage::Requeue {
                request_id: id,
                from: 0,
            };
            self.finalize
                .send_finalize(&message, Duration::ZERO)
                .await?;
        }
        Ok(())
    }

    /// Queues a request's pending images once more, from number `from` on, until `until`; the rest is
    /// a message of its own.
    ///
    /// # Errors
    /// When a service is away; nothing is lost by trying again.
    pub async fn requeue(
        &self,
        id: RequestId,
        mut from: u64,
        until: Instant,
    ) -> Result<(), CompletionError> {
        let Some(request) = self.store.requests().get(id).await? else {
            return Ok(());
        };
        loop {
            let images = self
                .store
                .images()
                .pending(id, from, REQUEUED_AT_ONCE)
                .await?;
            let Some(last) = images.last() else {
                return Ok(());
            };
            from = last.place.ordinal + 1;
            let messages: Vec<_> = images.iter().map(intake::message).collect();
            self.images
                .send_images(&request.owner_id, &messages)
                .await?;
            if Instant::now() >= until {
                let message = FinalizeMessage::Requeue {
                    request_id: id,
                    from,
                };
                return Ok(self
                    .finalize
                    .send_finalize(&message, Duration::ZERO)
                    .await?);
            }
        }
    }

    /// Past its deadline: what is pending fails. Whether that ended the request at once, because it was
    /// never taken in whole.
    async fn expire(&self, request: &Request) -> Result<bool, CompletionError> {
        let failure = ImageFailure::deadline_exceeded(None);
        let failed = self
            .store
            .images()
            .fail_pending(request.id, &failure)
            .await?;
        tracing::warn!(request = %request.id, images.failed = failed, "the request's deadline is over");
        if request.intake.complete {
            return Ok(false);
        }
        let failure = RequestFailure {
            code: failure.code,
            message:
                "the CSV was not taken in by the request's deadline (RequestDeadlineHours); send \
                      it again"
                    .to_owned(),
            rows: Vec::new(),
        };
        self.schedule_webhook(request).await?;
        if self.store.requests().refuse(request.id, &failure).await? {
            self.tell(request).await?;
        }
        Ok(true)
    }

    /// Ends a request that was claimed; whether it has ended.
    async fn end(&self, request: &Request, until: Instant) -> Result<bool, CompletionError> {
        let requests = self.store.requests();
        let written = self.write_results(request, until).await;
        let (counts, savings) = match written {
            Ok(Written::Whole(counts, savings)) => (counts, savings),
            Ok(Written::Stopped(state)) => {
                requests.release_results(request.id, state.as_ref()).await?;
                queue_finalize(&self.finalize, request.id).await?;
                return Ok(false);
            }
            Ok(Written::Pending) => {
                requests.release_results(request.id, None).await?;
                return Ok(false);
            }
            Err(error) => {
                // Best effort: the lease ends by itself.
                let _ = requests
                    .release_results(request.id, request.results.as_ref())
                    .await;
                return Err(error);
            }
        };
        if counts.ended() < request.intake.images {
            return self.take_in_again(request, counts.ended()).await;
        }
        // The delivery is recorded first: should this die before the webhook is queued, the
        // sweep finds it.
        self.schedule_webhook(request).await?;
        let ended = requests
            .end(request.id, counts, savings, &self.api_url)
            .await?;
        if ended {
            tracing::info!(request = %request.id, images.succeeded = counts.succeeded, images.failed = counts.failed, "the request ended");
            self.tell(request).await?;
        }
        Ok(true)
    }

    /// Documents are missing that intake counted: the CSV has them still.
    async fn take_in_again(&self, request: &Request, found: u64) -> Result<bool, CompletionError> {
        tracing::error!(request = %request.id, images.counted = request.intake.images, images.found = found, "images are missing; the CSV is taken in again");
        let requests = self.store.requests();
        requests.release_results(request.id, None).await?;
        requests.reopen_intake(request.id).await?;
        self.ingest.intake(request.id).await?;
        Ok(false)
    }

    async fn schedule_webhook(&self, request: &Request) -> Result<(), StoreError> {
        match &request.webhook_url {
            Some(url) => self.store.deliveries().schedule(request, url).await,
            None => Ok(()),
        }
    }

    async fn tell(&self, request: &Request) -> Result<(), QueueError> {
        match &request.webhook_url {
            Some(_) => queue_webhook(&self.finalize, request.id).await,
            None => Ok(()),
        }
    }

    /// Writes the results CSV and counts the images on the way: one pass, of constant memory.
    async fn write_results(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<Written, CompletionError> {
        let mut results = Results::open(&self.outputs, request).await?;
        let from = results.next_ordinal;
        let mut images = self.store.images().stream(request.id, from).await?;
        while let Some(image) = images.try_next().await? {
            if image.status == ImageStatus::Pending {
                return Ok(Written::Pending);
            }
            let ordinal = image.place.ordinal;
            if results.begins_product(&image) {
                results.write_product(ordinal).await?;
                if Instant::now() >= until {
                    return Ok(Written::Stopped(results.kept()));
                }
            }
            results.add(&image, self.result(image.clone()));
        }
        let (counts, savings) = results.finish().await?;
        Ok(Written::Whole(counts, savings))
    }

    fn result(&self, image: Image) -> ImageResult {
        let failed = image.status == ImageStatus::Failed;
        ImageResult {
            output_url: output_url(&self.api_url, &image),
            input_url: image.input_url,
            status: image.status,
            error: image.error.filter(|_| failed).map(|error| error.code),
            bytes_in: image.success.as_ref().map(|success| success.input.bytes),
            bytes_out: image.success.as_ref().map(|success| success.output.bytes),
        }
    }
}

/// Where an image's output is for its owner; does not change while the image lives.
#[must_use]
pub fn output_url(api_url: &str, image: &Image) -> Option<String> {
    let success = image.success.as_ref()?;
    Some(paths::output(api_url, &success.output_key))
}

/// Asks finalize to look whether a request may be ended.
///
/// # Errors
/// When SQS does not take it; the sweep then finds the request.
pub async fn queue_finalize(finalize: &Queue, request_id: RequestId) -> Result<(), QueueError> {
    finalize
        .send_finalize(&FinalizeMessage::Finalize { request_id }, Duration::ZERO)
        .await
}

/// Queues the first attempt at a request's webhook.
///
/// # Errors
/// When SQS does not take it; the sweep then finds the delivery.
pub async fn queue_webhook(finalize: &Queue, request_id: RequestId) -> Result<(), QueueError> {
    let message = FinalizeMessage::Webhook {
        request_id,
        attempt: 0,
    };
    finalize.send_finalize(&message, Duration::ZERO).await
}
