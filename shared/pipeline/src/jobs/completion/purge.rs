//! A request whose owner wants everything of it removed.
//!
//! Done twice: at once, and again when nothing that had begun before can still be at work, an image
//! being written above all. Only then is the request itself removed, which the sweep watches until then.

use std::time::{Duration, Instant};

use super::{Completion, CompletionError, queue_finalize};
use crate::request::ResultsFile;
use crate::services::blobs::Key;
use crate::services::store::{Request, SourceKind};

/// How long something that began before may go on: longer than the longest run of a Lambda function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>
const LATEST: Duration = Duration::from_secs(16 * 60);
/// Image documents removed in one go.
const AT_ONCE: i64 = 1_000;

impl Completion {
    /// Removes what there is of a request, until `until`; whether that was all, now and for ever.
    pub(super) async fn purge(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        self.purge_files(request).await?;
        if !self.purge_outputs(request, until).await? || !self.purge_images(request, until).await? {
            queue_finalize(&self.finalize, request.id).await?;
            return Ok(false);
        }
        if let Some(key) = &request.idempotency_key {
            self.store.idempotency().forget(key).await?;
        }
        self.store.deliveries().remove(request).await?;
        let begun = request.purged_at.unwrap_or(request.updated_at);
        let requests = self.store.requests();
        if self.store.now() < begun.plus(LATEST) {
            requests.look_again(request.id, begun.plus(LATEST)).await?;
            return Ok(false);
        }
        requests.remove(request.id).await?;
        tracing::info!(request = %request.id, "the request was purged");
        Ok(true)
    }

    /// The CSV, the results, and the note beside a drop.
    async fn purge_files(&self, request: &Request) -> Result<(), CompletionError> {
        let csv = Key::Csv(request.id).to_string();
        self.uploads.delete(&[csv]).await?;
        let mut files: Vec<_> = ResultsFile::ALL
            .map(|file| Key::Results(request.id, file).to_string())
            .into();
        files.push(Key::ResultsRest(request.id).to_string());
        if let (SourceKind::Drop, Some(dropped)) = (request.source.kind, &request.source.key) {
            let dropped = dropped.clone();
            files.push(Key::DropNote { dropped }.to_string());
        }
        Ok(self.outputs.delete(&files).await?)
    }

    /// All that is below the request's outputs, recorded or not.
    async fn purge_outputs(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        let below = Key::outputs(request.id);
        loop {
            let keys = self.outputs.list(&below).await?;
            if keys.is_empty() {
                return Ok(true);
            }
            self.outputs.delete(&keys).await?;
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    async fn purge_images(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        let images = self.store.images();
        while images.remove(request.id, AT_ONCE).await? {
            if Instant::now() >= until {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
