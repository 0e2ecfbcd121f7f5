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
mod report;
mod tally;
mod verdict;
mod wanted;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures::future::join_all;
use halftone_codec::PixelLimits;

use crate::jobs::{completion, copies};
use crate::request::{ImageRef, RequestId};
use crate::services::blobs::Blobs;
use crate::services::fetch::Fetcher;
use crate::services::queue::{ImageMessage, Queue, QueueError};
use crate::services::store::{Image, ImageEnd, Request, SlowDown, Store, StoreError, Try};
use crate::telemetry::chain;

use attempt::Attempt;
pub use failure::{CompressError, Next, Stage};
pub use hosts::HostGates;
pub use memory::{MemoryBudget, TooLittleMemory};
pub use patience::{Patience, service_retry};
use tally::{Counted, Tally};
use verdict::Verdict;
use wanted::Wanted;

/// How long after its deadline a batch may still be recorded.
pub const RECORDING: Duration = Duration::from_secs(2);

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
    /// Base URL of the API: outputs' URLs begin with it.
    pub api_url: String,
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
    #[error("the services took longer than one run may (CompressTimeoutSeconds)")]
    Late(#[from] tokio::time::error::Elapsed),
}

/// What MongoDB knows of a batch.
struct Known {
    images: HashMap<ImageRef, Image>,
    requests: HashMap<RequestId, Request>,
    slow: HashMap<String, SlowDown>,
    read: Instant,
}

impl Compress {
    /// Works on a batch until `deadline`, and records it within [`RECORDING`]; the messages that must
    /// be received again. Whatever fails on our side brings the whole batch back, later and later, and costs no image a try.
    pub async fn run(&self, batch: &[Received], deadline: Instant) -> Vec<ComesBack> {
        let work = self.work(batch, deadline);
        // Killed, the batch would be out of sight for the whole visibility timeout.
        let limit = (deadline + RECORDING).saturating_duration_since(Instant::now());
        let worked = tokio::time::timeout(limit, work).await;
        match worked.map_err(BatchError::from).flatten() {
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
        let wanted = Wanted::new(&self.store, known.read);
        let verdicts = join_all(
            batch
                .iter()
                .map(|received| self.one(received, (&known, &wanted), deadline)),
        )
        .await;
        let (mut ends, mut tries, mut back) = (Vec::new(), Vec::new(), Vec::new());
        let mut tally = Tally::default();
        for (place, (verdict, received)) in verdicts.into_iter().zip(batch).enumerate() {
            let message = received.message;
            match verdict {
                Verdict::Nothing => tally.repeat(message),
                Verdict::Dropped => {}
                Verdict::Ends(end) => ends.push((message, end)),
                Verdict::Again(made, after) => {
                    tries.push((message, made));
                    back.push(ComesBack { place, after });
                }
                Verdict::Later(after) => back.push(ComesBack { place, after }),
            }
        }
        self.record(&ends, &tries, tally).await?;
        self.end_copies(batch, &known).await?;
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
        let slow = hosts.slow(images.iter().map(|image| image.host.as_str()));
        let slow = slow.await?;
        for (host, slow_down) in &slow {
            self.hosts.at_most(host, slow_down.fetches);
        }
        Ok(Known {
            slow,
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
    async fn one(
        &self,
        received: &Received,
        (known, wanted): (&Known, &Wanted<'_>),
        deadline: Instant,
    ) -> Verdict {
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
        let slow = known.slow.get(&image.host).copied();
        if let Some(verdict) = Verdict::at_once(message, image, request, slow, self.store.now()) {
            return verdict;
        }
        let attempt = Attempt {
            image,
            options: request.options,
            wanted,
            slow_read: known.read,
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
        ends: &[(ImageMessage, ImageEnd)],
        tries: &[(ImageMessage, Try)],
        mut tally: Tally,
    ) -> Result<(), BatchError> {
        let ended_now = self.store.images().record(ends, tries).await?;
        let mut ended = Vec::new();
        for ((message, end), now) in ends.iter().zip(ended_now) {
            if now {
                tally.add(*message, end);
                ended.push(end);
            } else {
                tally.repeat(*message);
            }
        }
        report::write(&ended, tries.len());
        for (round, counted) in tally.into_rounds() {
            if self.may_be_done(round, counted).await? {
                completion::queue_finalize(&self.finalize, round.0).await?;
            }
        }
        Ok(())
    }

    /// Images of the same URL end with the one that was worked on.
    async fn end_copies(&self, batch: &[Received], known: &Known) -> Result<(), BatchError> {
        let has_copies = |message: &ImageMessage| {
            let request = known.requests.get(&message.image.request_id);
            request.is_some_and(|request| request.is_open() && request.intake.duplicates > 0)
        };
        let messages = batch.iter().map(|received| received.message);
        let firsts: Vec<_> = messages.filter(has_copies).collect();
        for request in copies::end_of(&self.store, &firsts).await? {
            if request.seems_done() {
                completion::queue_finalize(&self.finalize, request.id).await?;
            }
        }
        Ok(())
    }

    /// Whether this batch may have been the last of a request. Where counters are in doubt, one image
    /// that is pending is looked for: cheap, and needed as long as the request lasts.
    async fn may_be_done(
        &self,
        round: (RequestId, u32),
        counted: Counted,
    ) -> Result<bool, StoreError> {
        let request = round.0;
        let requests = self.store.requests();
        let mut after = None;
        if counted.counts.ended() > 0 {
            after = requests
                .count(round, counted.counts, counted.savings)
                .await?;
            let now = self.store.now();
            if let Some(marks) = after.as_ref().and_then(|after| after.next_marks(now)) {
                requests.mark(round, marks, &self.api_url).await?;
            }
        }
        if counted.repeated {
            after = requests.doubt_counts(request).await?;
        }
        match after {
            Some(after) if after.counts_in_doubt => {
                Ok(after.intake.complete && !self.store.images().any_pending(request).await?)
            }
            Some(after) => Ok(after.seems_done()),
            None => Ok(false),
        }
    }
}
