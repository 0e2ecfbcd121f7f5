//! Works on a batch of images: fetch, recompress, write, record; each on its own, so that one
//! bad image never harms its neighbours.
//!
//! MongoDB is asked once for the whole batch, and told every few seconds what became of it. An image's tries are
//! counted there; how often a message was received says only how long a fault of ours lasts.

mod ahead;
mod anew;
mod attempt;
mod caching;
mod failure;
mod hosts;
mod memory;
mod open;
mod patience;
mod pauses;
mod recording;
mod report;
mod reuse;
mod stage;
mod tally;
mod there;
mod verdict;
mod wanted;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::join_all;
use halftone_codec::PixelLimits;
use tokio::sync::mpsc;

use crate::jobs::completion::LookError;
use crate::request::{ImageRef, OwnerId, RequestId};
use crate::services::blobs::Blobs;
use crate::services::fetch::Fetcher;
use crate::services::queue::{ImageMessage, Queue};
use crate::services::store::{Image, Request, SlowDown, Store, StoreError};
use crate::telemetry::chain;

pub use ahead::Ahead;
pub use anew::send_anew;
use attempt::Attempt;
pub use caching::cache_control;
pub use failure::{CompressError, Next};
pub use hosts::HostGates;
pub use memory::{MemoryBudget, TooLittleMemory};
use open::Open;
pub use patience::{Patience, service_retry};
use pauses::Pauses;
use reuse::Remembered;
pub use reuse::Reuse;
pub use stage::Stage;
use there::There;
use verdict::Verdict;
use wanted::Wanted;

/// How long after its deadline a batch may still be recorded.
pub const RECORDING: Duration = Duration::from_secs(2);

/// Longest time that a batch may take to be looked up. From a database that is slower it comes back
/// later, with nothing begun, rather than to be cut off in the middle of its images.
const LOOKING_UP: Duration = Duration::from_secs(10);

/// How old what is known of a host's pause, or of a request, may be when it matters.
const FRESH: Duration = Duration::from_millis(500);

/// What compress works with.
pub struct Compress {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where outputs are written.
    pub outputs: Blobs,
    /// What whoever reads an output is told; see [`cache_control`].
    pub cache_control: String,
    /// Where finalize is told.
    pub finalize: Queue,
    /// Whether what was made before is made again.
    pub reuse: Reuse,
    /// Fetches images.
    pub fetcher: Fetcher,
    /// The bounds of a picture.
    pub limits: PixelLimits,
    /// What the codecs may take.
    pub memory: MemoryBudget,
    /// How many images are fetched ahead.
    pub ahead: Ahead,
    /// How many fetches a host gets.
    pub hosts: HostGates,
    /// When what failed is tried again.
    pub patience: Patience,
    /// What outputs' URLs begin with: the base URL of the CDN, or of the API where there is none.
    pub output_base: String,
}

/// One message as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// What it says.
    pub message: ImageMessage,
    /// How often it has been received, this time included.
    pub receives: u32,
}

/// A message whose image has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComesBack {
    /// Its place in the batch.
    pub place: usize,
    /// How long it stays out of sight.
    pub after: Duration,
    /// The owner in whose turn it is sent anew, if it merely waits; see [`send_anew`].
    pub sent_anew_for: Option<OwnerId>,
}

/// Why a whole batch must be tried again.
#[derive(Debug, thiserror::Error)]
enum BatchError {
    #[error("the batch could not be looked up, recorded or counted")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Look(#[from] LookError),
    #[error("the services took too long (CompressTimeoutSeconds bounds the whole run)")]
    Late(#[from] tokio::time::error::Elapsed),
}

/// What MongoDB knows of a batch.
struct Known {
    images: HashMap<ImageRef, Image>,
    requests: HashMap<RequestId, Request>,
    slow: HashMap<String, SlowDown>,
    remembered: Remembered,
    read: Instant,
}

impl Known {
    fn owner(&self, image: ImageRef) -> Option<OwnerId> {
        let request = self.requests.get(&image.request_id)?;
        Some(request.owner_id.clone())
    }
}

impl Compress {
    /// Works on a batch until `deadline`, and records it within [`RECORDING`]; the messages that must
    /// be received again. Whatever fails on our side brings back what was not recorded, later and later, and costs no
    /// image a try.
    pub async fn run(&self, batch: &[Received], deadline: Instant) -> Vec<ComesBack> {
        let open = Open::new(batch.len());
        let work = self.work(batch, deadline, &open);
        // Killed, the batch would be out of sight for the whole visibility timeout.
        let limit = (deadline + RECORDING).saturating_duration_since(Instant::now());
        let worked = tokio::time::timeout(limit, work).await;
        if let Err(error) = worked.map_err(BatchError::from).flatten() {
            let images = open.count();
            tracing::error!(
                error = chain(&error),
                images,
                "images of the batch will be tried again"
            );
        }
        open.come_back(|place| self.patience.after_receives(batch[place].receives))
    }

    /// Tries each image and records what became of them, again and again as long as some are at work: a run that is
    /// cut off loses seconds, and an owner sees the images move.
    async fn work(
        &self,
        batch: &[Received],
        deadline: Instant,
        open: &Open,
    ) -> Result<(), BatchError> {
        let known = tokio::time::timeout(LOOKING_UP, self.look_up(batch, deadline)).await??;
        let wanted = Wanted::new(&self.store, known.read);
        let pauses = Pauses::new(&self.store, known.images.values(), known.read);
        let there = There::new(&self.outputs, &known.remembered);
        let (tell, told) = mpsc::unbounded_channel();
        let tries = fewest_first(batch).into_iter().map(|place| {
            let (tell, known) = (tell.clone(), (&known, &wanted, &pauses, &there));
            async move {
                let verdict = self.one(&batch[place], known, deadline).await;
                // Nobody listens once recording has failed.
                let _ = tell.send((place, verdict));
            }
        });
        let tried = join_all(tries).map(Ok);
        drop(tell);
        let recorded = self.record_all(batch, &known, told, open);
        tokio::try_join!(tried, recorded).map(|_| ())
    }

    async fn look_up(&self, batch: &[Received], deadline: Instant) -> Result<Known, StoreError> {
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
        let requests: HashMap<_, _> = requests
            .into_iter()
            .map(|found| (found.id, found))
            .collect();
        let slow = hosts.slow(images.iter().map(|image| image.host.as_str()));
        let remembered = self.remembered(&images, &requests, deadline);
        let (slow, remembered) = tokio::try_join!(slow, remembered)?;
        for (host, slow_down) in &slow {
            self.hosts.at_most(host, slow_down.fetches);
        }
        Ok(Known {
            slow,
            remembered,
            read: Instant::now(),
            images: images
                .into_iter()
                .map(|image| (image.place, image))
                .collect(),
            requests,
        })
    }

    /// One image to its end, or to what follows.
    async fn one(
        &self,
        received: &Received,
        (known, wanted, pauses, there): (&Known, &Wanted<'_>, &Pauses<'_>, &There<'_>),
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
            request,
            known: known.remembered.of(image),
            wanted,
            pauses,
            there,
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
}

/// The places of a batch in the order in which its images are begun: those of the request first that has the fewest,
/// so that ten images do not wait for ninety of somebody else.
fn fewest_first(batch: &[Received]) -> Vec<usize> {
    let share = recording::share(batch);
    let mut places: Vec<usize> = (0..batch.len()).collect();
    places.sort_by_key(|place| share[&batch[*place].message.image.request_id]);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_with_the_fewest_images_is_begun_first() {
        let (many, few) = (RequestId::random(), RequestId::random());
        let received = |request_id| Received {
            message: ImageMessage {
                v: 1,
                image: ImageRef {
                    request_id,
                    ordinal: 0,
                },
                round: 1,
            },
            receives: 1,
        };
        let batch = [many, many, few, many, few].map(received);
        assert_eq!(fewest_first(&batch), [2, 4, 0, 1, 3]);
    }
}
