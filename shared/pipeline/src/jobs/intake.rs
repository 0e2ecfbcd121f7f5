//! Takes a request's CSV in: records its images and puts them on the queue.
//!
//! The CSV in S3 is the source of truth. Intake may stop anywhere and be run again from it: what
//! is recorded stays, and a checkpoint keeps it from starting over.

use std::io::Read;
use std::time::Duration;

use aws_config::SdkConfig;
use tokio::sync::mpsc;
use tokio_util::io::SyncIoBridge;

use crate::manifest::{Limits, Manifest, ManifestError, Product, ProductError};
use crate::request::{Options, RequestId};
use crate::services::blobs::{BlobError, Blobs, Key};
use crate::services::queue::{ImageTask, Queue, QueueError};
use crate::services::store::{Image, Request, Store, StoreConfig, StoreError};
use crate::settings::{self, ConfigError};

/// Images recorded and queued in one go.
const CHUNK: usize = 500;
/// How long a worker that shows no sign of life keeps an intake: longer than a chunk ever takes.
pub const LEASE_SECONDS: i64 = 60;

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
    #[error("the images could not be queued")]
    Queue(#[from] QueueError),
    /// S3 failed.
    #[error("the CSV could not be opened")]
    Blobs(#[from] BlobError),
}

/// Why intake could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The environment lacks something.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database's address is unusable.
    #[error("the store could not be set up")]
    Store(#[from] StoreError),
}

/// How much one CSV may ask for, the rows by the way it came.
fn limits_from_env(max_rows: &'static str) -> Result<Limits, ConfigError> {
    let max_urls_per_row = settings::parsed("MAX_URLS_PER_ROW")?;
    Ok(Limits {
        max_rows: settings::parsed(max_rows)?,
        max_urls_per_row,
    })
}

/// What requests get that choose nothing: `QUALITY`, and the source's format.
///
/// # Errors
/// When the environment lacks the quality.
pub fn options_from_env() -> Result<Options, ConfigError> {
    Ok(Options {
        quality: settings::parsed("QUALITY")?,
        ..Options::default()
    })
}

/// What intake works with. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where images are queued.
    pub images: Queue,
    /// Where the CSVs are.
    pub uploads: Blobs,
    /// How much one CSV may ask for.
    pub limits: Limits,
}

impl Intake {
    /// Reads the environment and prepares the clients; `max_rows` names the variable that bounds a
    /// CSV that came this way, and no call to the store takes longer than `store_timeout`.
    ///
    /// # Errors
    /// When the environment lacks something or names an unusable database.
    pub async fn from_env(
        aws: &SdkConfig,
        store_timeout: Duration,
        max_rows: &'static str,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            store: Store::connect(&StoreConfig::from_env(store_timeout)?).await?,
            images: Queue::new(aws, settings::text("IMAGES_QUEUE_URL")?),
            uploads: Blobs::new(aws, settings::text("UPLOADS_BUCKET")?),
            limits: limits_from_env(max_rows)?,
        })
    }

    /// Takes in what is left of a request's CSV, read from S3; the request as it then is, or
    /// `None` when it is no longer pending.
    ///
    /// # Errors
    /// When it had to stop half way.
    pub async fn run_from_blob(&self, request: &Request) -> Result<Option<Request>, IntakeError> {
        let csv = self.uploads.open(&Key::Csv(request.id)).await?;
        self.run(request, SyncIoBridge::new(csv)).await
    }

    /// Takes in what is left of a request's CSV; the request as it then is, or `None` when it is
    /// no longer pending.
    ///
    /// # Errors
    /// When it had to stop half way.
    pub async fn run<R>(&self, request: &Request, csv: R) -> Result<Option<Request>, IntakeError>
    where
        R: Read + Send + 'static,
    {
        self.store.prepare().await?;
        let mut chunks = chunks(csv, self.limits, request.intake.checkpoint);
        while let Some(chunk) = chunks.recv().await {
            self.take_in(request, &chunk?).await?;
        }
        Ok(self.store.requests().complete_intake(request.id).await?)
    }

    async fn take_in(&self, request: &Request, products: &[Product]) -> Result<(), IntakeError> {
        let images: Vec<Image> = products
            .iter()
            .flat_map(|product| Image::of_product(request, product))
            .collect();
        self.store.images().insert(&images).await?;
        // Queued only after they are recorded: compress works on what is recorded.
        self.images.send_images(&tasks(request, &images)).await?;
        let Some(last) = products.last() else {
            return Ok(());
        };
        self.store
            .requests()
            .checkpoint_intake(request.id, last.row, LEASE_SECONDS)
            .await?;
        Ok(())
    }

    /// Lets the next worker begin at once.
    ///
    /// # Errors
    /// When MongoDB is away; the lease then ends by itself.
    pub async fn release(&self, request: RequestId) -> Result<(), IntakeError> {
        Ok(self.store.requests().release_intake(request).await?)
    }
}

/// The queue's messages for images.
#[must_use]
pub fn tasks(request: &Request, images: &[Image]) -> Vec<ImageTask> {
    let task = |image: &Image| ImageTask {
        image: image.place,
        url: image.input_url.clone(),
        options: request.options,
    };
    images.iter().map(task).collect()
}

type Chunk = Result<Vec<Product>, ManifestError>;

/// Reads products on a thread of its own, one chunk ahead of their use.
fn chunks<R>(csv: R, limits: Limits, checkpoint: u64) -> mpsc::Receiver<Chunk>
where
    R: Read + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read_chunks(csv, limits, checkpoint, &sender) {
            // The receiver is gone only when nobody wants to know.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn read_chunks<R: Read>(
    csv: R,
    limits: Limits,
    checkpoint: u64,
    sender: &mpsc::Sender<Chunk>,
) -> Result<(), ManifestError> {
    let mut manifest = Manifest::open(csv, limits)?;
    let (mut chunk, mut images) = (Vec::new(), 0);
    while let Some(product) = next_valid(&mut manifest)? {
        if product.row <= checkpoint {
            continue;
        }
        images += product.urls.len();
        chunk.push(product);
        if images >= CHUNK {
            images = 0;
            if sender
                .blocking_send(Ok(std::mem::take(&mut chunk)))
                .is_err()
            {
                return Ok(());
            }
        }
    }
    if !chunk.is_empty() {
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

    const LIMITS: Limits = Limits {
        max_rows: 5_000,
        max_urls_per_row: 9,
    };

    fn csv(rows: usize) -> std::io::Cursor<String> {
        let row = |n| format!("{n},P,https://a/{n}.jpg https://b/{n}.jpg\n");
        let rows: String = (1..=rows).map(row).collect();
        std::io::Cursor::new(format!("S. No.,Product Name,Input Image Urls\n{rows}"))
    }

    async fn sizes(rows: usize, checkpoint: u64) -> Vec<usize> {
        let mut chunks = chunks(csv(rows), LIMITS, checkpoint);
        let mut sizes = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            sizes.push(chunk.unwrap().len());
        }
        sizes
    }

    #[tokio::test]
    async fn a_long_csv_comes_in_chunks() {
        assert_eq!(sizes(600, 0).await, [250, 250, 100]);
    }

    #[tokio::test]
    async fn a_resumed_intake_begins_after_its_checkpoint() {
        assert_eq!(sizes(600, 251).await, [250, 100]);
    }

    #[tokio::test]
    async fn no_chunk_is_empty() {
        assert_eq!(sizes(500, 0).await, [250, 250]);
        assert_eq!(sizes(500, 501).await, [0; 0]);
    }

    #[tokio::test]
    async fn a_csv_that_changed_is_an_error() {
        let text = "S. No.,Product Name,Input Image Urls\n1,A,\n";
        let mut chunks = chunks(std::io::Cursor::new(text), LIMITS, 0);
        assert!(chunks.recv().await.unwrap().is_err());
    }
}
