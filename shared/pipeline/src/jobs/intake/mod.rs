//! Takes a request's CSV in: records its images and puts them on the queue.
//!
//! The CSV in S3 is the source of truth. Intake may stop anywhere and be run again from it: what
//! is recorded stays, and a checkpoint keeps it from starting over. Whoever runs out of time hands
//! the rest over to ingest; whoever dies is followed by the sweep.

mod seen;

use std::time::Instant;

use bytes::Bytes;

use crate::jobs::completion::{self, LookError};
use crate::jobs::copies;
use crate::jobs::csv::{self, Line};
use crate::manifest::{Bookmark, ManifestError, Row};
use crate::request::{RequestId, Timestamp};
use crate::services::blobs::{BlobError, Blobs};
use crate::services::functions::{HandOver, HandOverError};
use crate::services::queue::{Queue, QueueError};
use crate::services::store::{Image, Reached, Request, Store, StoreError};
use crate::telemetry::chain;

use seen::Seen;

/// Images recorded and queued in one go.
const CHUNK: usize = 500;
/// How long a worker that shows no sign of life keeps an intake, in seconds: longer than a chunk
/// ever takes.
const LEASE_SECONDS: i64 = 60;
/// Why intake stopped. Whatever the reason, it may be run again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The CSV is not what it was when it was accepted.
    #[error("the CSV can no longer be read as it was")]
    Manifest(#[from] ManifestError),
    /// Nothing says how the CSV is read.
    #[error("the request does not say how its CSV is read")]
    Unread,
    /// MongoDB failed.
    #[error("the images could not be recorded")]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error("the images could not be queued")]
    Queue(#[from] QueueError),
    /// MongoDB or SQS failed.
    #[error(transparent)]
    Look(#[from] LookError),
    /// S3 failed.
    #[error("the CSV could not be opened")]
    Blobs(#[from] BlobError),
    /// Lambda failed.
    #[error("the rest could not be handed over")]
    HandOver(#[from] HandOverError),
}

/// Where the CSV is read.
#[derive(Clone, Debug)]
pub enum Csv {
    /// It is in memory, as it is in S3.
    Here(Bytes),
    /// In S3.
    Kept,
}

/// How far one run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Every image is recorded and queued.
    Whole,
    /// The time was up; ingest goes on with the rest.
    HandedOver,
    /// Somebody else is at it, or it was whole before, or the request was given up.
    NotOurs,
}

/// Why one run ended.
enum Run {
    Whole,
    TimeIsUp,
    /// The request has ended or was given up.
    GivenUp,
}

/// What intake works with. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where images are queued.
    pub images: Queue,
    /// Where finalize is told.
    pub finalize: Queue,
    /// Where the CSVs are.
    pub uploads: Blobs,
    /// Takes over what does not fit into one run.
    pub ingest: HandOver,
}

impl Intake {
    /// Goes on with a request's intake until `until`, unless it is whole or somebody is at it.
    ///
    /// # Errors
    /// When it had to stop half way. It can be run again at once, and the sweep will.
    pub async fn go_on(
        &self,
        id: RequestId,
        csv: Csv,
        until: Instant,
    ) -> Result<Taken, IntakeError> {
        let requests = self.store.requests();
        let Some(request) = requests.claim_intake(id, LEASE_SECONDS).await? else {
            return Ok(Taken::NotOurs);
        };
        let run = self.run(&request, csv, until).await;
        match &run {
            Ok(Run::Whole) => {
                let whole = requests.complete_intake(id).await?;
                match whole {
                    Some(request) if request.is_open() => {
                        completion::look(&self.store, &self.finalize, &request).await?;
                    }
                    Some(_) => completion::queue_finalize(&self.finalize, id).await?,
                    None => {}
                }
                return Ok(Taken::Whole);
            }
            Ok(Run::GivenUp | Run::TimeIsUp) => {}
            Err(error) => {
                tracing::warn!(request = %id, error = chain(error), "the intake stopped half way");
            }
        }
        // Best effort where it failed: the lease ends by itself.
        let released = requests.release_intake(id).await;
        run?;
        if released?.is_some_and(|request| request.is_open()) {
            self.ingest.intake(id).await?;
            return Ok(Taken::HandedOver);
        }
        // Finalize waits for the end of this.
        completion::queue_finalize(&self.finalize, id).await?;
        Ok(Taken::NotOurs)
    }

    /// Takes in what is left.
    async fn run(&self, request: &Request, csv: Csv, until: Instant) -> Result<Run, IntakeError> {
        let reading = request.reading.as_ref().ok_or(IntakeError::Unread)?;
        let from = begin(request);
        let mut lines = match csv {
            Csv::Here(bytes) => csv::data(bytes, reading, from),
            Csv::Kept => csv::kept_data(&self.uploads, request.id, reading, from).await?,
        };
        let mut chunk = Chunk::new(request, self.store.now());
        let mut recorded = Taking::default();
        while let Some(lines) = lines.recv().await {
            for line in lines? {
                chunk.add(line);
                if chunk.images.len() >= CHUNK {
                    if Instant::now() >= until {
                        self.queue(request, recorded).await?;
                        return Ok(Run::TimeIsUp);
                    }
                    let next = chunk.take();
                    if !self.take_in(request, &next, recorded).await? {
                        return Ok(Run::GivenUp);
                    }
                    recorded = next;
                }
            }
        }
        if Instant::now() >= until && !chunk.images.is_empty() {
            self.queue(request, recorded).await?;
            return Ok(Run::TimeIsUp);
        }
        let last = chunk.take();
        let open =
            self.take_in(request, &last, recorded).await? && self.queue(request, last).await?;
        Ok(if open { Run::Whole } else { Run::GivenUp })
    }

    /// Records images while those that were recorded before are queued; whether the request is still to
    /// be taken in.
    async fn take_in(
        &self,
        request: &Request,
        next: &Taking,
        recorded: Taking,
    ) -> Result<bool, IntakeError> {
        let record = async {
            if !next.images.is_empty() {
                self.store.images().insert(&next.images).await?;
            }
            Ok(())
        };
        let ((), open) = futures::try_join!(record, self.queue(request, recorded))?;
        Ok(open)
    }

    /// Queues images that are recorded; whether the request is still to be taken in.
    async fn queue(&self, request: &Request, recorded: Taking) -> Result<bool, IntakeError> {
        let images = recorded.images;
        if images.is_empty() {
            return Ok(true);
        }
        // Queued only after they are recorded: compress works on what is recorded. Of images with the
        // same URL only the first is worked on.
        let first = |image: &&Image| image.same_as.is_none();
        let messages: Vec<_> = images.iter().filter(first).map(Image::message).collect();
        self.images
            .send_images(&request.owner_id, &messages)
            .await?;
        copies::end_of(&self.store, &copies::firsts(&images)).await?;
        let requests = self.store.requests();
        Ok(requests
            .checkpoint_intake(request.id, &recorded.reached, LEASE_SECONDS)
            .await?)
    }
}

/// Where the CSV is to be read from: its start where some URL comes twice, since copies know their first.
fn begin(request: &Request) -> Option<Bookmark> {
    let intake = &request.intake;
    let bookmark = intake.bookmark.as_ref();
    bookmark.filter(|_| intake.duplicates == 0).cloned()
}

/// Images that are taken in together, and how far the CSV is taken in with them.
#[derive(Default)]
struct Taking {
    images: Vec<Image>,
    reached: Reached,
}

/// Images that were read and are still to be taken in.
struct Chunk<'a> {
    request: &'a Request,
    now: Timestamp,
    images: Vec<Image>,
    /// Where it ends.
    reached: Reached,
    /// The images before, where some URL comes twice.
    seen: Option<Seen>,
}

impl<'a> Chunk<'a> {
    fn new(request: &'a Request, now: Timestamp) -> Self {
        Self {
            request,
            now,
            images: Vec::new(),
            reached: Reached {
                next_ordinal: begin(request).map_or(0, |_| request.intake.next_ordinal),
                ..Reached::default()
            },
            seen: Seen::of(&request.intake),
        }
    }

    /// What was gathered.
    fn take(&mut self) -> Taking {
        Taking {
            images: std::mem::take(&mut self.images),
            reached: self.reached.clone(),
        }
    }

    /// Adds a row's images; those up to the checkpoint are only counted.
    fn add(&mut self, line: Line) {
        let Row::Product(product) = line.row else {
            return;
        };
        let first = self.reached.next_ordinal;
        self.reached = Reached {
            row: product.row,
            next_ordinal: first + product.urls.len() as u64,
            bookmark: line.after,
        };
        let mut images = Vec::new();
        if product.row > self.request.intake.checkpoint {
            images = Image::of_product(self.request, &product, first, self.now);
        }
        if let Some(seen) = &mut self.seen {
            for (ordinal, url) in (first..).zip(&product.urls) {
                let known = seen.first(url, ordinal);
                let place = usize::try_from(ordinal - first).unwrap_or(usize::MAX);
                if let Some(image) = images.get_mut(place).filter(|_| known != ordinal) {
                    image.same_as = Some(known);
                }
            }
        }
        self.images.append(&mut images);
    }
}

#[cfg(test)]
mod tests;
