//! Failed images go again: put back as if they had never been tried, then queued.
//!
//! Queued only when all are put back: until then none of the round can end, so that how many are
//! pending is how many there are, and the counters follow from it.

use std::time::{Duration, Instant};

use super::{Completion, CompletionError, queue_finalize};
use crate::jobs::copies;
use crate::request::ImageRef;
use crate::services::queue::FinalizeMessage;
use crate::services::store::{Image, Request, Retry, StoreError};

/// Images put back in one go.
const AT_ONCE: i64 = 500;

impl Completion {
    /// Puts the failed images that a retry asks for back, until `until`, and has them queued; whether
    /// it came that far.
    pub(super) async fn retry(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        let Some(retry) = &request.retry else {
            return Ok(true);
        };
        let requests = self.store.requests();
        if !retry.counted {
            if !self.put_back(request, retry, until).await? {
                queue_finalize(&self.finalize, request.id).await?;
                return Ok(false);
            }
            let pending = self.store.images().count_pending(request.id).await?;
            requests.count_retry(request, pending).await?;
            tracing::info!(request = %request.id, round = request.round, images = pending, "failed images go again");
        }
        let message = FinalizeMessage::Requeue {
            request_id: request.id,
            from: 0,
        };
        self.finalize
            .send_finalize(&message, Duration::ZERO)
            .await?;
        requests.complete_retry(request).await?;
        Ok(true)
    }

    /// Puts failed images back until `until`; whether that was all.
    async fn put_back(
        &self,
        request: &Request,
        retry: &Retry,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let (images, round) = (self.store.images(), (request.id, request.round));
        loop {
            let failed = images.failed_before(round, retry, AT_ONCE).await?;
            if failed.is_empty() {
                return Ok(true);
            }
            images
                .put_back(&with_firsts(&failed), request.round)
                .await?;
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }
}

/// These images, and those that they are copies of: only the first of a URL is worked on.
fn with_firsts(failed: &[Image]) -> Vec<ImageRef> {
    let firsts = copies::firsts(failed).into_iter().map(|first| first.image);
    let failed = failed.iter().map(|image| image.place);
    failed.chain(firsts).collect()
}
