//! What is done for requests that do not end by themselves: lost messages, wrong counters, missing
//! documents, deadlines.

use std::time::{Duration, Instant};

use super::{Completion, CompletionError, lease, look, queue_finalize};
use crate::jobs::{copies, report};
use crate::request::{ImageFailure, RequestId, RequestStatus};
use crate::services::queue::FinalizeMessage;
use crate::services::store::{Image, ImageEnd, Request, RequestFailure};

/// Images queued again in one go.
const REQUEUED_AT_ONCE: i64 = 500;
/// Images that fail with one update: what a slow database does within the time of an operation.
const EXPIRED_AT_ONCE: usize = 500;

impl Completion {
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
            .filter(|found| found.intake.complete && found.is_open() && found.retry.is_none())
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
        let found = self.store.requests().get(id).await?;
        let Some(request) = found.filter(Request::is_open) else {
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
            for request in copies::end_of(&self.store, &copies::firsts(&images)).await? {
                look(&self.store, &self.finalize, &request).await?;
            }
            let firsts = images.iter().filter(|image| image.same_as.is_none());
            let messages: Vec<_> = firsts.map(Image::message).collect();
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

    /// Past its deadline: what is pending fails, what does not until `until` by a message of its own.
    /// Whether that ended the request at once, because it was never taken in whole. While somebody takes it
    /// in, nothing is done, and nobody takes it in during this: they would record images of a request that has
    /// ended.
    pub(super) async fn expire(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        let (requests, lease) = (self.store.requests(), lease(until));
        let closed =
            request.intake.complete || requests.claim_intake(request.id, lease).await?.is_some();
        if !closed {
            return Ok(false);
        }
        let failure = ImageFailure::deadline_exceeded(None);
        if !self.fail_pending(request, &failure, until).await? {
            requests.release_intake(request.id).await?;
            queue_finalize(&self.finalize, request.id).await?;
            return Ok(false);
        }
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
        if requests.refuse(request.id, &failure).await? {
            report::request(RequestStatus::Failed);
            self.tell(request).await?;
        }
        Ok(true)
    }

    /// Whether all of a request's pending images have failed by `until`.
    async fn fail_pending(
        &self,
        request: &Request,
        failure: &ImageFailure,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        let images = self.store.images();
        let end = ImageEnd::Failed(failure.clone(), 0);
        loop {
            let failed = images
                .fail_pending(request.id, failure, EXPIRED_AT_ONCE)
                .await?;
            if failed == 0 {
                return Ok(true);
            }
            tracing::warn!(request = %request.id, images.failed = failed, "the request's deadline is over");
            report::images([(&end, failed)]);
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    /// Documents are missing that intake counted: the CSV has them still.
    pub(super) async fn take_in_again(&self, request: &Request) -> Result<bool, CompletionError> {
        tracing::error!(request = %request.id, images.counted = request.intake.images, "images are missing; the CSV is taken in again");
        let requests = self.store.requests();
        let round = (request.id, request.round);
        requests.release_results(round, None).await?;
        requests.reopen_intake(request.id).await?;
        self.ingest.intake(request.id).await?;
        Ok(false)
    }
}
