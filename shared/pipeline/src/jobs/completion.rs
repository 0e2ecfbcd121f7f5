//! Ends requests: counts the images, writes the results CSV, moves the status, lets the webhook
//! go out. Everything here may run any number of times and happens once.

use std::time::Duration;

use futures::TryStreamExt;

use crate::request::{ImageFailure, ImageRef, ImageStatus, RequestId, RequestStatus, Savings};
use crate::results::{self, ImageResult, ProductResult};
use crate::services::blobs::{BlobError, Blobs, Key, MultipartUpload};
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Counts, Image, Request, Store, StoreError};

/// Why a request could not be ended; it may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    /// MongoDB failed.
    #[error("the request could not be read or ended")]
    Store(#[from] StoreError),
    /// S3 failed.
    #[error("the results CSV could not be written")]
    Blobs(#[from] BlobError),
    /// SQS failed.
    #[error("the webhook could not be queued")]
    Queue(#[from] QueueError),
}

/// What ending a request takes. Cheap to clone.
#[derive(Clone)]
pub struct Completion {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where results CSVs are written.
    pub outputs: Blobs,
    /// Where webhooks are queued.
    pub finalize: Queue,
    /// Base URL of the API: outputs' URLs begin with it.
    pub api_url: String,
}

impl Completion {
    /// Ends a request if all its images have ended; whether it has ended now or before.
    ///
    /// # Errors
    /// When a service is away; nothing is lost by trying again.
    pub async fn finish(&self, id: RequestId) -> Result<bool, CompletionError> {
        let Some(request) = self.store.requests().get(id).await? else {
            tracing::warn!(request = %id, "there is no such request (any more)");
            return Ok(true);
        };
        if request.status != RequestStatus::Pending {
            return Ok(true);
        }
        if !request.intake.complete || self.store.images().any_pending(id).await? {
            return Ok(false);
        }
        self.end(&request).await?;
        Ok(true)
    }

    async fn end(&self, request: &Request) -> Result<(), CompletionError> {
        let (counts, savings) = self.write_results(request.id).await?;
        // The delivery is recorded first: should this die before the webhook is queued, the
        // sweep finds it.
        if let Some(url) = &request.webhook_url {
            self.store.deliveries().schedule(request, url).await?;
        }
        let ended = self
            .store
            .requests()
            .end(request.id, counts, savings, &self.api_url)
            .await?;
        if ended {
            tracing::info!(request = %request.id, images.succeeded = counts.succeeded, images.failed = counts.failed, "the request ended");
        }
        if ended && request.webhook_url.is_some() {
            queue_webhook(&self.finalize, request.id).await?;
        }
        Ok(())
    }

    /// Writes the results CSV and counts the images on the way: one pass, of constant memory.
    async fn write_results(&self, id: RequestId) -> Result<(Counts, Savings), CompletionError> {
        let mut csv = self
            .outputs
            .multipart(&Key::Results(id), "text/csv; charset=utf-8");
        csv.write(&results::header()).await?;
        let mut images = self.store.images().stream(id).await?;
        let (mut counts, mut savings) = (Counts::default(), Savings::default());
        let mut product: Option<(u64, ProductResult)> = None;
        while let Some(image) = images.try_next().await? {
            count(&mut counts, &mut savings, &image);
            if product
                .as_ref()
                .is_none_or(|(row, _)| *row != image.place.row)
            {
                write_product(&mut csv, product.take()).await?;
                product = Some((image.place.row, product_of(&image)));
            }
            if let Some((_, product)) = &mut product {
                product.images.push(self.result(image));
            }
        }
        write_product(&mut csv, product).await?;
        csv.finish().await?;
        Ok((counts, savings))
    }

    fn result(&self, image: Image) -> ImageResult {
        let failed = image.status == ImageStatus::Failed;
        ImageResult {
            output_url: output_url(&self.api_url, &image),
            input_url: image.input_url,
            status: image.status,
            error: image.error.filter(|_| failed).map(|error| error.code),
            bytes_in: image.success.as_ref().map(|success| success.input.bytes),
            bytes_out: image.success.as_ref().map(|success| success.output.bytes),
        }
    }

    /// Records that an image was given up after its last try, and ends its request if it was
    /// the last.
    ///
    /// # Errors
    /// When a service is away; nothing is lost by trying again.
    pub async fn give_up(&self, image: ImageRef, attempts: u32) -> Result<(), CompletionError> {
        let failure = self.last_failure(image).await?;
        if self.store.images().fail(image, attempts, &failure).await? {
            tracing::warn!(
                image = image.id(),
                code = failure.code,
                "the image was given up"
            );
            let counts = Counts {
                succeeded: 0,
                failed: 1,
            };
            self.store
                .requests()
                .count(image.request_id, counts, Savings::default())
                .await?;
        }
        self.finish(image.request_id).await.map(drop)
    }

    /// Why the last try failed; a function that was killed could not say.
    async fn last_failure(&self, image: ImageRef) -> Result<ImageFailure, StoreError> {
        let noted = self
            .store
            .images()
            .get(image)
            .await?
            .and_then(|image| image.error);
        Ok(noted.unwrap_or_else(|| ImageFailure {
            code: "internal".to_owned(),
            message: "every try was cut off before it could end".to_owned(),
        }))
    }
}

/// Where an image's output is for its owner; does not change while the image lives.
#[must_use]
pub fn output_url(api_url: &str, image: &Image) -> Option<String> {
    image
        .success
        .as_ref()
        .map(|success| format!("{api_url}/{}", success.output_key))
}

/// Asks finalize to look whether a request may be ended.
///
/// # Errors
/// When SQS does not take it; the sweep then finds the request.
pub async fn queue_finalize(finalize: &Queue, request_id: RequestId) -> Result<(), QueueError> {
    finalize
        .send_finalize(&FinalizeMessage::Finalize { request_id }, Duration::ZERO)
        .await
}

/// Queues the first attempt at a request's webhook.
///
/// # Errors
/// When SQS does not take it; the sweep then finds the delivery.
pub async fn queue_webhook(finalize: &Queue, request_id: RequestId) -> Result<(), QueueError> {
    let message = FinalizeMessage::Webhook {
        request_id,
        attempt: 0,
    };
    finalize.send_finalize(&message, Duration::ZERO).await
}

fn count(counts: &mut Counts, savings: &mut Savings, image: &Image) {
    match (&image.status, &image.success) {
        (ImageStatus::Succeeded, Some(success)) => {
            counts.succeeded += 1;
            savings.bytes_in += success.input.bytes;
            savings.bytes_out += success.output.bytes;
        }
        _ => counts.failed += 1,
    }
}

fn product_of(image: &Image) -> ProductResult {
    ProductResult {
        serial_number: image.serial_number.clone(),
        product_name: image.product_name.clone(),
        images: Vec::new(),
    }
}

async fn write_product(
    csv: &mut MultipartUpload,
    product: Option<(u64, ProductResult)>,
) -> Result<(), BlobError> {
    match product {
        Some((_, product)) => csv.write(&results::product(&product)).await,
        None => Ok(()),
    }
}
