//! A request that was given up: what is pending of it is ended.

use std::time::Instant;

use super::{Completion, CompletionError, queue_finalize};
use crate::services::store::Request;

/// Images ended in one go.
const AT_ONCE: i64 = 500;

impl Completion {
    /// Ends what is pending of a request that was given up, until `until`; whether the request can be
    /// ended now. While somebody takes it in, it cannot: whoever does tells finalize when they stop.
    pub(super) async fn cancel(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        // Nobody begins with one that was given up, so that what was read of it is enough.
        if !request.intake.complete && request.intake.lease_until > self.store.now() {
            return Ok(false);
        }
        let images = self.store.images();
        while images.cancel_pending(request.id, AT_ONCE).await? {
            if Instant::now() >= until {
                queue_finalize(&self.finalize, request.id).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}
