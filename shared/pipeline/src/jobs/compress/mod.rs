//! Works on a batch of images: fetch, recompress, write, record; each on its own, so that one
//! bad image never harms its neighbours.

mod failure;
mod memory;
mod tally;

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures::future::join_all;

use crate::jobs::completion;
use crate::request::{self, ImageRef, RequestId};
use crate::services::blobs::{Blobs, Key};
use crate::services::fetch::Fetcher;
use crate::services::queue::{ImageTask, Queue, QueueError};
use crate::services::store::{ImageSuccess, PictureRecord, Store, StoreError};
use crate::settings::{self, ConfigError};
use crate::telemetry::chain;
use halftone_codec::{Options, Picture, PixelLimits, Recompressed};

pub use failure::CompressError;
pub use memory::MemoryBudget;
use tally::Tally;

/// What compress works with. Cheap to clone.
#[derive(Clone)]
pub struct Compress {
    store: Store,
    outputs: Blobs,
    finalize: Queue,
    fetcher: Fetcher,
    limits: PixelLimits,
    memory: Arc<MemoryBudget>,
}

/// One image task as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// What is to be done.
    pub task: ImageTask,
    /// How often it has been received, this time included.
    pub attempt: u32,
}

impl Compress {
    /// Puts together what compress works with.
    #[must_use]
    pub fn new(
        store: Store,
        outputs: Blobs,
        finalize: Queue,
        fetcher: Fetcher,
        limits: PixelLimits,
        memory: MemoryBudget,
    ) -> Self {
        Self {
            store,
            outputs,
            finalize,
            fetcher,
            limits,
            memory: Arc::new(memory),
        }
    }

    /// Works on a batch until `deadline`; the places in `batch` of the tasks that must be tried
    /// again.
    ///
    /// # Errors
    /// When MongoDB or SQS is away, so that the whole batch must be tried again.
    pub async fn run(
        &self,
        batch: &[Received],
        deadline: Instant,
    ) -> Result<Vec<usize>, BatchError> {
        let refs: Vec<ImageRef> = batch.iter().map(|received| received.task.image).collect();
        let pending = self.store.images().pending_of(&refs).await?;
        let mut tally = Tally::of(&refs);
        let work = batch
            .iter()
            .enumerate()
            .filter(|(_, r)| pending.contains(&r.task.image));
        let ended =
            join_all(work.map(async |(place, received)| {
                (place, received, self.one(received, deadline).await)
            }))
            .await;
        let mut again = Vec::new();
        for (place, received, outcome) in ended {
            match outcome {
                Ok(Some(outcome)) => tally.add(received.task.image.request_id, &outcome),
                Ok(None) => {}
                Err(Again) => again.push(place),
            }
        }
        self.count(tally).await?;
        Ok(again)
    }

    /// One image to its end: what ended, or nothing when somebody else ended it.
    async fn one(&self, received: &Received, deadline: Instant) -> Result<Option<Outcome>, Again> {
        let image = received.task.image;
        let limit = deadline.saturating_duration_since(Instant::now());
        let made = tokio::time::timeout(limit, self.output(&received.task)).await;
        let recorded = match made.unwrap_or(Err(CompressError::Deadline)) {
            Ok(success) => self.record_success(received, success).await,
            Err(error) if error.is_transient() => return self.try_again(received, &error).await,
            Err(error) => self.record_failure(received, &error).await,
        };
        recorded.map_err(|error| {
            tracing::error!(
                image = image.id(),
                error = chain(&error),
                "the image's end could not be recorded"
            );
            Again
        })
    }

    /// Fetches, recompresses and writes one image.
    async fn output(&self, task: &ImageTask) -> Result<ImageSuccess, CompressError> {
        let started = Instant::now();
        let bytes = self.fetcher.get(&task.url).await?;
        let fetch_ms = millis(started);
        let header = halftone_codec::inspect(&bytes, &self.limits)?;
        let room = self.memory.reserve(&header, task.options.format).await?;
        let started = Instant::now();
        let made = self.recompress(bytes, task.options).await?;
        let recompress_ms = millis(started);
        drop(room);
        let format = made.output.format;
        let key = Key::Output {
            image: task.image,
            extension: format.extension().to_owned(),
        };
        self.outputs
            .put(&key, format.content_type(), Bytes::from(made.bytes))
            .await?;
        Ok(ImageSuccess {
            input: record(&made.input),
            output: record(&made.output),
            output_key: key.to_string(),
            kept: made.kept,
            fetch_ms,
            recompress_ms,
        })
    }

    /// Recompresses on a thread for blocking work; a panic there is this image's failure only.
    async fn recompress(
        &self,
        bytes: Bytes,
        asked: request::Options,
    ) -> Result<Recompressed, CompressError> {
        let options = Options {
            quality: asked.quality,
            format: asked.format,
            copyright: asked.copyright,
            limits: self.limits,
        };
        let made =
            tokio::task::spawn_blocking(move || halftone_codec::recompress(&bytes, &options)).await;
        Ok(made.map_err(CompressError::Panicked)??)
    }

    async fn record_success(
        &self,
        received: &Received,
        success: ImageSuccess,
    ) -> Result<Option<Outcome>, StoreError> {
        let images = self.store.images();
        let first = images
            .succeed(received.task.image, received.attempt, &success)
            .await?;
        let (bytes_in, bytes_out) = (success.input.bytes, success.output.bytes);
        Ok(first.then_some(Outcome::Succeeded {
            bytes_in,
            bytes_out,
        }))
    }

    async fn record_failure(
        &self,
        received: &Received,
        error: &CompressError,
    ) -> Result<Option<Outcome>, StoreError> {
        let image = received.task.image;
        tracing::info!(
            image = image.id(),
            code = error.code(),
            error = chain(error),
            "the image failed"
        );
        let first = self
            .store
            .images()
            .fail(image, received.attempt, &error.failure())
            .await?;
        Ok(first.then_some(Outcome::Failed))
    }

    async fn try_again(
        &self,
        received: &Received,
        error: &CompressError,
    ) -> Result<Option<Outcome>, Again> {
        let image = received.task.image;
        tracing::warn!(
            image = image.id(),
            attempt = received.attempt,
            code = error.code(),
            error = chain(error),
            "the image will be tried again"
        );
        let noted = self
            .store
            .images()
            .note_try(image, received.attempt, &error.failure())
            .await;
        if let Err(error) = noted {
            tracing::warn!(
                image = image.id(),
                error = chain(&error),
                "the try could not be noted"
            );
        }
        Err(Again)
    }

    /// Moves the counters, once per request, and lets finalize look where all may have ended.
    async fn count(&self, tally: Tally) -> Result<(), BatchError> {
        for (request, counted) in tally.into_requests() {
            if self.may_be_done(request, counted).await? {
                completion::queue_finalize(&self.finalize, request).await?;
            }
        }
        Ok(())
    }

    async fn may_be_done(
        &self,
        request: RequestId,
        counted: Option<tally::Counted>,
    ) -> Result<bool, StoreError> {
        let Some(counted) = counted else {
            // A repeated batch: its first run may have died before it could tell anyone.
            return Ok(!self.store.images().any_pending(request).await?);
        };
        let after = self
            .store
            .requests()
            .count(request, counted.counts, counted.savings)
            .await?;
        Ok(after.is_some_and(|request| request.seems_done()))
    }
}

/// The image must be tried again.
struct Again;

/// How an image ended just now.
enum Outcome {
    Succeeded { bytes_in: u64, bytes_out: u64 },
    Failed,
}

/// Why a whole batch must be tried again.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// MongoDB failed.
    #[error("the batch could not be looked up or counted")]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error("finalize could not be told")]
    Queue(#[from] QueueError),
}

/// The bounds of one image, from the environment.
///
/// # Errors
/// When a limit is missing.
pub fn limits_from_env() -> Result<PixelLimits, ConfigError> {
    let max_pixels = settings::parsed("MAX_IMAGE_PIXELS")?;
    Ok(PixelLimits {
        max_pixels,
        max_dimension: settings::parsed("MAX_IMAGE_DIMENSION")?,
    })
}

fn record(picture: &Picture) -> PictureRecord {
    PictureRecord {
        format: picture.format.to_string(),
        width: picture.width,
        height: picture.height,
        bytes: picture.bytes,
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
