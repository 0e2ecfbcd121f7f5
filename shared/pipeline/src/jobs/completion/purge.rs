//! A request whose owner wants everything of it removed.
//!
//! Done twice: at once, and again when nothing that had begun before can still be at work, an image
//! being written above all. Only then is the request itself removed, which the sweep watches until then.
//!
//! An output stays that an image of another request names, which was found unchanged; with the last request that
//! names it, it goes. See [`Requests::hold`](crate::services::store::Requests::hold) for images that are about to.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::{Completion, CompletionError, queue_finalize};
use crate::request::{RequestId, ResultsFile, Timestamp};
use crate::services::blobs::Key;
use crate::services::store::{Leaving, Request, SourceId, SourceKind};

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
        if let Some(held_until) = self.held_until(request).await? {
            // Nobody can come to name its outputs any more, but for those who looked before it was to be purged.
            self.store
                .requests()
                .look_again(request.id, held_until)
                .await?;
            return Ok(false);
        }
        if !self.purge_outputs(request, until).await? || !self.purge_images(request, until).await? {
            queue_finalize(&self.finalize, request.id).await?;
            return Ok(false);
        }
        if let Some(key) = &request.idempotency_key {
            self.store.idempotency().forget(key).await?;
        }
        self.store.deliveries().remove(request).await?;
        let begun = request.purged_at.unwrap_or(request.updated_at);
        if !self.forgotten_by_cdn(request, begun).await? {
            return Ok(false);
        }
        let requests = self.store.requests();
        if self.store.now() < begun.plus(LATEST) {
            requests.look_again(request.id, begun.plus(LATEST)).await?;
            return Ok(false);
        }
        requests.remove(request.id).await?;
        tracing::info!(request = %request.id, "the request was purged");
        Ok(true)
    }

    /// Until when others may come to name the request's outputs, if they may: while the owner has nothing else
    /// pending, there is nobody who could.
    async fn held_until(&self, request: &Request) -> Result<Option<Timestamp>, CompletionError> {
        let held_until = request.held_until.filter(|until| *until > self.store.now());
        let others = match held_until {
            Some(_) => {
                self.store
                    .requests()
                    .pending_of(&request.owner_id, 1)
                    .await?
            }
            None => 0,
        };
        Ok(held_until.filter(|_| others > 0))
    }

    /// The CSV, the results, and the note beside a drop.
    async fn purge_files(&self, request: &Request) -> Result<(), CompletionError> {
        let kept = [Key::Csv(request.id), Key::Presigned(request.id)];
        self.uploads
            .delete(&kept.map(|key| key.to_string()))
            .await?;
        let mut files: Vec<_> = (1..=request.round)
            .flat_map(|round| of_round(request.id, round))
            .collect();
        files.push(Key::ResultsRest(request.id).to_string());
        if let (SourceKind::Drop, Some(dropped)) = (request.source.kind, &request.source.key) {
            let dropped = dropped.clone();
            files.push(Key::DropNote { dropped }.to_string());
        }
        Ok(self.outputs.delete(&files).await?)
    }

    /// All that is below the request's outputs, recorded or not, but for what others name.
    async fn purge_outputs(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        let below = Key::outputs(request.id);
        let mut behind = None;
        loop {
            let keys = self.outputs.list(&below, behind.as_deref()).await?;
            behind = keys.last().cloned();
            if behind.is_none() {
                return Ok(true);
            }
            self.purge_unnamed(request, keys).await?;
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    /// The request's images, with those outputs of earlier requests that only they named, and with what is
    /// remembered of their sources.
    async fn purge_images(
        &self,
        request: &Request,
        until: Instant,
    ) -> Result<bool, CompletionError> {
        loop {
            let images = self.store.images().leaving(request.id, AT_ONCE).await?;
            if images.is_empty() {
                return Ok(true);
            }
            let named = images.iter().filter_map(|image| image.named.clone());
            self.purge_unnamed(request, named.collect()).await?;
            let source = |image: &Leaving| {
                SourceId::of(&request.owner_id, &image.input_url, &request.options)
            };
            let sources: Vec<_> = images.iter().map(source).collect();
            self.store.sources().forget(&sources, request.id).await?;
            // Last: they say which outputs were theirs, should this be done again.
            self.store.images().remove(&images).await?;
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    /// Removes those of these outputs that no image of a request names, but for requests that are being purged
    /// themselves.
    async fn purge_unnamed(
        &self,
        request: &Request,
        mut keys: Vec<String>,
    ) -> Result<(), CompletionError> {
        if keys.is_empty() {
            return Ok(());
        }
        let naming = self.store.images().naming(&keys).await?;
        let mut requests: Vec<_> = naming.iter().map(|(_, request)| *request).collect();
        requests.sort_unstable();
        requests.dedup();
        let living = self.store.requests().living(&requests).await?;
        let named = naming.iter().filter(|(_, by)| living.contains(by));
        let named: HashSet<_> = named.map(|(key, _)| key).collect();
        keys.retain(|key| !named.contains(key));
        if self.cdn.is_some() && !keys.is_empty() {
            let made_for = keys.iter().filter_map(|key| Key::image_of(key));
            let mut made_for: Vec<_> = made_for.map(|image| image.request_id).collect();
            made_for.dedup();
            self.store
                .requests()
                .note_stale(request.id, &made_for)
                .await?;
        }
        Ok(self.outputs.delete(&keys).await?)
    }
}

/// The keys of all that was written of a round.
fn of_round(id: RequestId, round: u32) -> impl Iterator<Item = String> {
    let files = ResultsFile::ALL.map(|file| Key::Results(id, round, file));
    files
        .into_iter()
        .chain([Key::Archive(id, round)])
        .map(|key| key.to_string())
}
