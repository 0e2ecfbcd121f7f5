//! Images: one document each, so that no document grows with the CSV.

use std::collections::HashSet;

use futures::{Stream, TryStreamExt};
use mongodb::Collection;
use mongodb::bson::{Document, doc, serialize_to_document};
use mongodb::error::ErrorKind;
use serde::{Deserialize, Serialize};

use super::{Request, Store, StoreError, date};
use crate::manifest::Product;
use crate::request::{ImageFailure, ImageRef, ImageStatus, RequestId, Timestamp};

/// What is recorded of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PictureRecord {
    /// Format, in lower case.
    pub format: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Size.
    pub bytes: u64,
}

/// What is recorded of an image that has an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageSuccess {
    /// What was fetched.
    pub input: PictureRecord,
    /// What was written.
    pub output: PictureRecord,
    /// Where it was written, in the outputs bucket.
    pub output_key: String,
    /// The source's picture data was kept, because recompressing did not make it smaller.
    pub kept: bool,
    /// Time spent fetching.
    pub fetch_ms: u64,
    /// Time spent recompressing.
    pub recompress_ms: u64,
}

/// One image.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    #[serde(rename = "_id")]
    id: String,
    /// Which one.
    #[serde(flatten)]
    pub place: ImageRef,
    /// Its product's `S. No.`.
    pub serial_number: String,
    /// Its product's name.
    pub product_name: String,
    /// Where it is fetched.
    pub input_url: String,
    /// Its state.
    pub status: ImageStatus,
    /// Tries so far.
    pub attempts: u32,
    /// Why it failed, or why the last try did.
    pub error: Option<ImageFailure>,
    /// Its output.
    #[serde(flatten)]
    pub success: Option<ImageSuccess>,
    #[serde(with = "date")]
    created_at: Timestamp,
    #[serde(with = "date")]
    updated_at: Timestamp,
    #[serde(with = "date")]
    expires_at: Timestamp,
}

impl Image {
    /// The images of one product, still to be made.
    pub fn of_product(request: &Request, product: &Product) -> Vec<Self> {
        let now = Timestamp::now();
        let image = |(position, url): (u32, &String)| {
            let place = ImageRef {
                request_id: request.id,
                row: product.row,
                position,
            };
            Self {
                id: place.id(),
                place,
                serial_number: product.serial_number.clone(),
                product_name: product.name.clone(),
                input_url: url.clone(),
                status: ImageStatus::Pending,
                attempts: 0,
                error: None,
                success: None,
                created_at: now,
                updated_at: now,
                expires_at: request.expires_at,
            }
        };
        (0..).zip(&product.urls).map(image).collect()
    }
}

/// The `images` collection.
pub struct Images<'a> {
    store: &'a Store,
    collection: Collection<Image>,
}

impl<'a> Images<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            collection: store.collection("images"),
        }
    }

    /// Records images; those that are recorded already stay as they are.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn insert(&self, images: &[Image]) -> Result<(), StoreError> {
        match self
            .store
            .bounded(self.collection.insert_many(images).ordered(false))
            .await
        {
            Err(StoreError::Driver(error)) if is_only_duplicates(&error) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Which of these images have not ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn pending_of(&self, images: &[ImageRef]) -> Result<HashSet<ImageRef>, StoreError> {
        let ids: Vec<String> = images.iter().map(ImageRef::id).collect();
        let found = self
            .collection
            .find(doc! {"_id": {"$in": ids}, "status": "Pending"});
        let found: Vec<Image> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        Ok(found.into_iter().map(|image| image.place).collect())
    }

    /// The image of this place.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get(&self, image: ImageRef) -> Result<Option<Image>, StoreError> {
        self.store
            .bounded(self.collection.find_one(doc! {"_id": image.id()}))
            .await
    }

    /// Ends a pending image with its output; `false` when it had ended already.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn succeed(
        &self,
        image: ImageRef,
        attempts: u32,
        success: &ImageSuccess,
    ) -> Result<bool, StoreError> {
        let mut set = serialize_to_document(success)?;
        set.insert("status", "Succeeded");
        set.insert("attempts", i64::from(attempts));
        set.insert("error", mongodb::bson::Bson::Null);
        self.change(image, set).await
    }

    /// Ends a pending image with an error; `false` when it had ended already.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn fail(
        &self,
        image: ImageRef,
        attempts: u32,
        failure: &ImageFailure,
    ) -> Result<bool, StoreError> {
        let error = serialize_to_document(failure)?;
        let set = doc! {"status": "Failed", "attempts": i64::from(attempts), "error": error};
        self.change(image, set).await
    }

    /// Notes why a try failed; the image stays pending.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn note_try(
        &self,
        image: ImageRef,
        attempts: u32,
        failure: &ImageFailure,
    ) -> Result<(), StoreError> {
        let error = serialize_to_document(failure)?;
        self.change(
            image,
            doc! {"attempts": i64::from(attempts), "error": error},
        )
        .await
        .map(drop)
    }

    async fn change(&self, image: ImageRef, mut set: Document) -> Result<bool, StoreError> {
        set.insert("updatedAt", date::bson(Timestamp::now()));
        let pending = doc! {"_id": image.id(), "status": "Pending"};
        let update = self.collection.update_one(pending, doc! {"$set": set});
        Ok(self.store.bounded(update).await?.matched_count == 1)
    }

    /// Whether any image of a request has not ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn any_pending(&self, request: RequestId) -> Result<bool, StoreError> {
        let pending = doc! {"requestId": request.to_string(), "status": "Pending"};
        let found = self
            .store
            .bounded(self.collection.find_one(pending))
            .await?;
        Ok(found.is_some())
    }

    /// All images of a request in the order of the CSV; memory does not grow with their number.
    ///
    /// # Errors
    /// When MongoDB is away or refuses, at the start or on the way.
    pub async fn stream(
        &self,
        request: RequestId,
    ) -> Result<impl Stream<Item = Result<Image, StoreError>> + Unpin + use<>, StoreError> {
        let all = self
            .collection
            .find(doc! {"requestId": request.to_string()});
        // Each batch of a cursor is one call to the server.
        let all = all
            .sort(doc! {"requestId": 1, "row": 1, "position": 1})
            .batch_size(1_000);
        Ok(self.store.bounded(all).await?.map_err(StoreError::from))
    }

    /// At most `limit` images of a request after a place, in the order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn page(
        &self,
        request: RequestId,
        after: Option<(u64, u32)>,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let mut which = doc! {"requestId": request.to_string()};
        if let Some((row, position)) = after {
            let row = i64::try_from(row).unwrap_or(i64::MAX);
            which.insert(
                "$or",
                vec![
                    doc! {"row": row, "position": {"$gt": i64::from(position)}},
                    doc! {"row": {"$gt": row}},
                ],
            );
        }
        let order = doc! {"requestId": 1, "row": 1, "position": 1};
        let page = self.collection.find(which).sort(order).limit(limit);
        self.store
            .bounded(async { page.await?.try_collect().await })
            .await
    }
}

/// Every refused insert was of a document that is there already.
fn is_only_duplicates(error: &mongodb::error::Error) -> bool {
    match &*error.kind {
        ErrorKind::InsertMany(many) => {
            many.write_concern_error.is_none()
                && many.write_errors.as_ref().is_some_and(|errors| {
                    !errors.is_empty() && errors.iter().all(|error| error.code == 11_000)
                })
        }
        _ => false,
    }
}
