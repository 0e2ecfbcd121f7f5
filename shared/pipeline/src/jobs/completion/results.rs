//! A results CSV being written: may stop when a part is full, and go on from there.

use crate::request::{Counts, ImageStatus, RequestId, Savings};
use crate::results::{self, ImageResult, ProductResult};
use crate::services::blobs::{BlobError, Blobs, Key, MultipartUpload};
use crate::services::store::{Image, Request, ResultsState};

const CONTENT_TYPE: &str = "text/csv; charset=utf-8";

/// The results CSV of one request.
pub(super) struct Results {
    csv: MultipartUpload,
    /// Number of the next image to be added.
    pub(super) next_ordinal: u64,
    counts: Counts,
    savings: Savings,
    product: Option<(u64, ProductResult)>,
    kept: Option<ResultsState>,
}

impl Results {
    /// Begins one, or goes on with what `request` says was kept.
    pub(super) async fn open(outputs: &Blobs, request: &Request) -> Result<Self, BlobError> {
        match &request.results {
            Some(state) => Ok(Self::resumed(outputs, request.id, state.clone())),
            None => Self::begun(outputs, request.id).await,
        }
    }

    fn resumed(outputs: &Blobs, id: RequestId, state: ResultsState) -> Self {
        let parts = (state.upload_id.clone(), state.parts.clone());
        Self {
            csv: outputs.resume(&Key::Results(id), CONTENT_TYPE, parts),
            next_ordinal: state.next_ordinal,
            counts: state.counts,
            savings: state.savings,
            product: None,
            kept: Some(state),
        }
    }

    async fn begun(outputs: &Blobs, id: RequestId) -> Result<Self, BlobError> {
        let mut csv = outputs.multipart(&Key::Results(id), CONTENT_TYPE);
        csv.write(&results::header()).await?;
        Ok(Self {
            csv,
            next_ordinal: 0,
            counts: Counts::default(),
            savings: Savings::default(),
            product: None,
            kept: None,
        })
    }

    /// Whether this image is the first of another product than the last one's.
    pub(super) fn begins_product(&self, image: &Image) -> bool {
        self.product
            .as_ref()
            .is_some_and(|(row, _)| *row != image.row)
    }

    /// Adds one image's result to its product's.
    pub(super) fn add(&mut self, image: &Image, result: ImageResult) {
        match (&image.status, &image.success) {
            (ImageStatus::Succeeded, Some(success)) => {
                self.counts.succeeded += 1;
                self.savings.bytes_in += success.input.bytes;
                self.savings.bytes_out += success.output.bytes;
            }
            _ => self.counts.failed += 1,
        }
        let new = || {
            let product = ProductResult {
                serial_number: image.serial_number.clone(),
                product_name: image.product_name.clone(),
                images: Vec::new(),
            };
            (image.row, product)
        };
        let (_, product) = self.product.get_or_insert_with(new);
        product.images.push(result);
    }

    /// Writes the product that is whole; image number `next_ordinal` is the first one behind it.
    pub(super) async fn write_product(&mut self, next_ordinal: u64) -> Result<(), BlobError> {
        let Some((_, product)) = self.product.take() else {
            return Ok(());
        };
        if self.csv.write(&results::product(&product)).await?
            && let Some((upload_id, parts)) = self.csv.kept()
        {
            self.kept = Some(ResultsState {
                upload_id,
                parts,
                next_ordinal,
                counts: self.counts,
                savings: self.savings,
            });
        }
        Ok(())
    }

    /// Where whoever goes on with it begins.
    pub(super) fn kept(self) -> Option<ResultsState> {
        self.kept
    }

    /// Completes it; what was counted over all images.
    pub(super) async fn finish(mut self) -> Result<(Counts, Savings), BlobError> {
        self.write_product(u64::MAX).await?;
        self.csv.finish().await?;
        Ok((self.counts, self.savings))
    }
}
