//! Takes a request's CSV in: records its images and puts them on the queue.
//!
//! The CSV in S3 is the source of truth. Intake may stop anywhere and be run again from it: what
//! is recorded stays, and a checkpoint keeps it from starting over. Whoever runs out of time hands
//! the rest over to ingest; whoever dies is followed by the sweep.

use std::io::Read;
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::io::SyncIoBridge;

use crate::jobs::completion;
use crate::manifest::{Manifest, ManifestError, ManifestLimits, Product, ProductError};
use crate::request::RequestId;
use crate::services::blobs::{BlobError, Blobs, Key};
use crate::services::functions::{HandOver, HandOverError};
use crate::services::queue::{ImageMessage, Queue, QueueError};
use crate::services::store::{Image, Request, Store, StoreError};
use crate::telemetry::chain;

/// Images recorded and queued in one go.
const CHUNK: usize = 500;
/// How long a worker that shows no sign of life keeps an intake, in seconds: longer than a chunk
/// ever takes.
const LEASE_SECONDS: i64 = 60;
/// The CSV was within its limits when it was accepted; that they have changed since is nobody's
/// loss.
const ACCEPTED: ManifestLimits = ManifestLimits {
    max_rows: u64::MAX,
    max_urls_per_row: usize::MAX,
    max_images: u64::MAX,
    max_cell_bytes: usize::MAX,
};

/// Why intake stopped. Whatever the reason, it may be run again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The CSV is not what it was when it was accepted.
    #[error("the CSV can no longer be read as it was")]
    Manifest(#[from] ManifestError),
    /// MongoDB failed.
    #[error("the images could not be recorded")]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error("the images could not be queued, or finalize not told")]
    Queue(#[from] QueueError),
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
    /// Somebody else is at it, or it was whole before.
    NotOurs,
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
            Ok(true) => {
                let whole = requests.complete_intake(id).await?;
                if whole.is_some_and(|request| request.seems_done()) {
                    completion::queue_finalize(&self.finalize, id).await?;
                }
                return Ok(Taken::Whole);
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(request = %id, error = chain(error), "the intake stopped half way");
            }
        }
        // Best effort where it failed: the lease ends by itself.
        let released = requests.release_intake(id).await;
        run?;
        released?;
        self.ingest.intake(id).await?;
        Ok(Taken::HandedOver)
    }

    /// Takes in what is left; whether that was all.
    async fn run(&self, request: &Request, csv: Csv, until: Instant) -> Result<bool, IntakeError> {
        self.store.prepare().await?;
        let mut chunks = match csv {
            Csv::Here(bytes) => chunks(std::io::Cursor::new(bytes), request),
            Csv::Kept => {
                let csv = self.uploads.open(&Key::Csv(request.id)).await?;
                chunks(SyncIoBridge::new(csv), request)
            }
        };
        while let Some(chunk) = chunks.recv().await {
            let chunk = chunk?;
            if Instant::now() >= until {
                return Ok(false);
            }
            self.take_in(request, &chunk).await?;
        }
        Ok(true)
    }

    async fn take_in(&self, request: &Request, chunk: &Chunk) -> Result<(), IntakeError> {
        let now = self.store.now();
        let mut ordinal = chunk.first_ordinal;
        let mut images = Vec::new();
        for product in &chunk.products {
            images.extend(Image::of_product(request, product, ordinal, now));
            ordinal += product.urls.len() as u64;
        }
        self.store.images().insert(&images).await?;
        // Queued only after they are recorded: compress works on what is recorded.
        let messages: Vec<_> = images.iter().map(message).collect();
        self.images
            .send_images(&request.owner_id, &messages)
            .await?;
        if let Some(last) = chunk.products.last() {
            let requests = self.store.requests();
            requests
                .checkpoint_intake(request.id, (last.row, ordinal), LEASE_SECONDS)
                .await?;
        }
        Ok(())
    }
}

/// The message that has an image worked on.
#[must_use]
pub fn message(image: &Image) -> ImageMessage {
    ImageMessage::new(image.place, image.round)
}

/// Products that are taken in together.
#[derive(Debug, Default)]
struct Chunk {
    /// Number of the first one's first image.
    first_ordinal: u64,
    products: Vec<Product>,
}

/// Reads products on a thread of its own, one chunk ahead of their use.
fn chunks<R>(csv: R, request: &Request) -> mpsc::Receiver<Result<Chunk, ManifestError>>
where
    R: Read + Send + 'static,
{
    let checkpoint = request.intake.checkpoint;
    let (sender, receiver) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read_chunks(csv, checkpoint, &sender) {
            // The receiver is gone only when nobody wants to know.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn read_chunks<R: Read>(
    csv: R,
    checkpoint: u64,
    sender: &mpsc::Sender<Result<Chunk, ManifestError>>,
) -> Result<(), ManifestError> {
    let mut manifest = Manifest::open(csv, ACCEPTED)?;
    let (mut chunk, mut ordinal) = (Chunk::default(), 0);
    while let Some(product) = next_valid(&mut manifest)? {
        let images = product.urls.len() as u64;
        if product.row > checkpoint {
            chunk.products.push(product);
        } else {
            chunk.first_ordinal = ordinal + images;
        }
        ordinal += images;
        if ordinal - chunk.first_ordinal >= CHUNK as u64 {
            let next = Chunk {
                first_ordinal: ordinal,
                products: Vec::new(),
            };
            if sender
                .blocking_send(Ok(std::mem::replace(&mut chunk, next)))
                .is_err()
            {
                return Ok(());
            }
        }
    }
    if !chunk.products.is_empty() {
        let _ = sender.blocking_send(Ok(chunk));
    }
    Ok(())
}

/// The CSV was validated when it was accepted, so a bad row means that it is no longer the same.
fn next_valid<R: Read>(manifest: &mut Manifest<R>) -> Result<Option<Product>, ManifestError> {
    manifest.next_product().map_err(|error| match error {
        ProductError::Row(row) => ManifestError::Rows {
            errors: vec![row],
            total: 1,
        },
        ProductError::Fatal(error) => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(rows: usize) -> std::io::Cursor<String> {
        let row = |n| format!("{n},P,https://a/{n}.jpg https://b/{n}.jpg\n");
        let rows: String = (1..=rows).map(row).collect();
        std::io::Cursor::new(format!("S. No.,Product Name,Input Image Urls\n{rows}"))
    }

    /// First ordinals and sizes of the chunks behind a checkpoint.
    fn read(rows: usize, checkpoint: u64) -> Vec<(u64, usize)> {
        let (sender, mut receiver) = mpsc::channel(100);
        read_chunks(csv(rows), checkpoint, &sender).unwrap();
        std::iter::from_fn(|| receiver.try_recv().ok())
            .map(|chunk| chunk.unwrap())
            .map(|chunk| (chunk.first_ordinal, chunk.products.len()))
            .collect()
    }

    #[test]
    fn a_long_csv_comes_in_chunks() {
        assert_eq!(read(600, 0), [(0, 250), (500, 250), (1000, 100)]);
    }

    #[test]
    fn a_resumed_intake_begins_after_its_checkpoint_with_the_same_numbers() {
        assert_eq!(read(600, 251), [(500, 250), (1000, 100)]);
        assert_eq!(read(600, 301), [(600, 250), (1100, 50)]);
    }

    #[test]
    fn no_chunk_is_empty() {
        assert_eq!(read(500, 0), [(0, 250), (500, 250)]);
        assert_eq!(read(500, 501), []);
    }

    #[test]
    fn a_csv_that_changed_is_an_error() {
        let text = "S. No.,Product Name,Input Image Urls\n1,A,\n";
        let (sender, _receiver) = mpsc::channel(1);
        assert!(read_chunks(std::io::Cursor::new(text), 0, &sender).is_err());
    }
}
