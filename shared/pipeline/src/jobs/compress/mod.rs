//! Works on a batch of images: fetch, recompress, write, record; each on its own, so that one
//! bad image never harms its neighbours.
//!
//! MongoDB is asked once for the whole batch, and told once what became of it. An image's tries are
//! counted there; how often a message was received says only how long a fault of ours lasts.

mod attempt;
mod failure;
mod hosts;
mod memory;
mod patience;
mod tally;
mod verdict;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures::future::join_all;
use halftone_codec::PixelLimits;

use crate::jobs::completion;
use crate::request::{ImageRef, RequestId, Timestamp};
use crate::services::blobs::Blobs;
use crate::services::fetch::Fetcher;
use crate::services::queue::{ImageMessage, Queue, QueueError};
use crate::services::store::{Image, ImageEnd, Request, Store, StoreError, Try};
use crate::telemetry::chain;

use attempt::Attempt;
pub use failure::{CompressError, Next, Stage};
pub use hosts::HostGates;
pub use memory::{MemoryBudget, TooLittleMemory};
pub use patience::{Patience, service_retry};
use tally::{Counted, Tally};
use verdict::Verdict;

/// What compress works with.
pub struct Compress {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where outputs are written.
    pub outputs: Blobs,
    /// Where finalize is told.
    pub finalize: Queue,
    /// Fetches images.
    pub fetcher: Fetcher,
    /// The bounds of a picture.
    pub limits: PixelLimits,
    /// What the codecs may take.
    pub memory: MemoryBudget,
    /// How many fetches a host gets.
    pub hosts: HostGates,
    /// When what failed is tried again.
    pub patience: Patience,
}

/// One message as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// What it says.
    pub message: ImageMessage,
    /// How often it has been received, this time included.
    pub receives: u32,
}

/// A message that must be received again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComesBack {
    /// Its place in the batch.
    pub place: usize,
    /// How long it stays out of sight.
    pub after: Duration,
}

/// Why a whole batch must be tried again.
#[derive(Debug, thiserror::Error)]
enum BatchError {
    #[error("the batch could not be looked up, recorded or counted")]
    Store(#[from] StoreError),
    #[error("finalize could not be told")]
    Queue(#[from] QueueError),
}

/// What MongoDB knows of a batch.
struct Known {
    images: HashMap<ImageRef, Image>,
    requests: HashMap<RequestId, Request>,
    paused: HashMap<String, Timestamp>,
    read: Instant,
}

impl Compress {
    /// Works on a batch until `deadline`; the messages that must be received again. Whatever fails
    /// on our side brings the whole batch back, later and later, and costs no image a try.
    pub async fn run(&self, batch: &[Received], deadline: Instant) -> Vec<ComesBack> {
        match self.work(batch, deadline).await {
            Ok(back) => back,
            Err(error) => {
                tracing::error!(error = chain(&error), "the batch will be tried again");
                let back = |(place, received): (usize, &Received)| ComesBack {
                    place,
                    after: self.patience.after_receives(received.receives),
                };
                batch.iter().enumerate().map(back).collect()
            }
        }
    }

    async fn work(
        &self,
        batch: &[Received],
        deadline: Instant,
    ) -> Result<Vec<ComesBack>, BatchError> {
        let known = self.look_up(batch).await?;
        let verdicts = join_all(
            batch
                .iter()
                .map(|received| self.one(received, &known, deadline)),
        )
        .await;
        let (mut ends, mut tries, mut back) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (verdict, received)) in verdicts.into_iter().zip(batch).enumerate() {
            let image = received.message.image;
            match verdict {
                Verdict::Nothing => {}
                Verdict::Ends(end) => ends.push((image, end)),
                Verdict::Again(made, after) => {
                    tries.push((image, made));
                    back.push(ComesBack { place, after });
                }
                Verdict::Later(after) => back.push(ComesBack { place, after }),
            }
        }
        self.record(batch, &ends, &tries).await?;
        Ok(back)
    }

    async fn look_up(&self, batch: &[Received]) -> Result<Known, StoreError> {
        let refs: Vec<ImageRef> = batch
            .iter()
            .map(|received| received.message.image)
            .collect();
        let mut ids: Vec<RequestId> = refs.iter().map(|image| image.request_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let (images, hosts, requests) = (
            self.store.images(),
            self.store.hosts(),
            self.store.requests(),
        );
        let (images, requests) = tokio::try_join!(images.get_all(&refs), requests.get_all(ids))?;
        let paused = hosts.paused(images.iter().map(|image| image.host.as_str()));
        let paused = paused.await?;
        Ok(Known {
            paused,
            read: Instant::now(),
            images: images
                .into_iter()
                .map(|image| (image.place, image))
                .collect(),
            requests: requests
                .into_iter()
                .map(|found| (found.id, found))
                .collect(),
        })
    }

    /// One image to its end, or to what follows.
    async fn one(&self, received: &Received, known: &Known, deadline: Instant) -> Verdict {
        let message = received.message;
        let request = known.requests.get(&message.image.request_id);
        let (Some(image), Some(request)) = (known.images.get(&message.image), request) else {
            // Forgotten after its retention: there is nobody to work for.
            tracing::warn!(
                image = message.image.id(),
                "there is no such image (any more)"
            );
            return Verdict::Nothing;
        };
        let paused = known.paused.get(&image.host).copied();
        if let Some(verdict) = Verdict::at_once(message, image, request, paused, self.store.now()) {
            return verdict;
        }
        let attempt = Attempt {
            image,
            options: request.options,
            pauses_read: known.read,
        };
        let made = self.attempt(attempt, deadline).await;
        Verdict::of(
            made,
            image,
            received.receives,
            &self.patience,
            self.store.now(),
        )
    }

    /// Records what became of the batch, moves the counters once per request, and lets finalize
    /// look where all may have ended.
    async fn record(
        &self,
        batch: &[Received],
        ends: &[(ImageRef, ImageEnd)],
        tries: &[(ImageRef, Try)],
    ) -> Result<(), BatchError> {
        let ended_now = self.store.images().record(ends, tries).await?;
        let mut tally = Tally::of(
            batch
                .iter()
                .map(|received| received.message.image.request_id),
        );
        for ((image, end), _) in ends.iter().zip(ended_now).filter(|(_, now)| *now) {
            tally.add(image.request_id, end);
        }
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
        counted: Option<Counted>,
    ) -> Result<bool, StoreError> {
        let Some(counted) = counted else {
            // A repeated batch: its first run may have died before it could tell anyone.
            return Ok(!self.store.images().any_pending(request).await?);
        };
        let requests = self.store.requests();
        let after = requests.count(request, counted.counts, counted.savings);
        Ok(after.await?.is_some_and(|request| request.seems_done()))
    }
}
