//! Has the CDN forget what a purge removed. The purge itself never waits for it; that it ends, does.

use std::time::Duration;

use super::{Completion, CompletionError};
use crate::request::Timestamp;
use crate::services::cdn::MOST_WILDCARDS;
use crate::services::store::Request;
use crate::telemetry::chain;

/// When a CDN that did not take it is told again.
const AGAIN: Duration = Duration::from_secs(5 * 60);
/// How long it is told again: what CloudFront has in progress ends in minutes.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

impl Completion {
    /// Has the CDN forget what was removed with a request; whether there is nothing left of it to be told. Whole
    /// requests, whose paths have a wildcard: to forget a file that is there costs a fetch of it.
    pub(super) async fn forgotten_by_cdn(
        &self,
        request: &Request,
        begun: Timestamp,
    ) -> Result<bool, CompletionError> {
        let Some(cdn) = &self.cdn else {
            return Ok(true);
        };
        let requests = self.store.requests();
        let stale = requests.get(request.id).await?;
        let stale = stale.map_or_else(Vec::new, |request| request.stale);
        for of in stale.chunks(MOST_WILDCARDS) {
            // Another one for what is removed later: the same would be taken for the same call.
            let reference = format!("{}-{}", request.id, Timestamp::now().unix_millis());
            if let Err(error) = cdn.forget(of, &reference).await {
                return self.not_forgotten(request, begun, &error).await;
            }
            requests.note_forgotten(request.id, of).await?;
        }
        Ok(true)
    }

    async fn not_forgotten(
        &self,
        request: &Request,
        begun: Timestamp,
        error: &(dyn std::error::Error + 'static),
    ) -> Result<bool, CompletionError> {
        let (id, now) = (request.id, self.store.now());
        if now >= begun.plus(PATIENCE) {
            tracing::error!(request = %id, error = chain(error), "the CDN is not told any more to forget a purged request; have it forget the paths by hand");
            return Ok(true);
        }
        tracing::warn!(request = %id, error = chain(error), "the CDN did not take what it is to forget; it will be told again");
        self.store
            .requests()
            .look_again(id, now.plus(AGAIN))
            .await?;
        Ok(false)
    }
}
