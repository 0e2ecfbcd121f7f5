//! Images: one document each, so that no document grows with the CSV.

use futures::{Stream, TryStreamExt};
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc, serialize_to_document};
use mongodb::error::ErrorKind;
use mongodb::options::{UpdateManyModel, UpdateOneModel, WriteModel};
use serde::{Deserialize, Serialize};

use super::{Request, Store, StoreError, date};
use crate::manifest::Product;
use crate::request::{Counts, ImageFailure, ImageRef, ImageStatus, RequestId, Timestamp};

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
    /// Line of the CSV its product starts on, counted from 1 (the header).
    pub row: u64,
    /// Place among the product's URLs, counted from 0.
    pub position: u32,
    /// Its product's `S. No.`.
    pub serial_number: String,
    /// Its product's name.
    pub product_name: String,
    /// Where it is fetched.
    pub input_url: String,
    /// The host that is asked for it.
    pub host: String,
    /// Its state.
    pub status: ImageStatus,
    /// Tries that were really made at its origin or its bytes, and really failed.
    pub tries: u32,
    /// The round in which it is worked on.
    pub round: u32,
    /// Not to be tried before.
    #[serde(with = "date")]
    pub not_before: Timestamp,
    /// Number of the first image with the same URL: only that one is worked on.
    pub same_as: Option<u64>,
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
    /// The images of one product, still to be made; the first of them is number `ordinal`.
    #[must_use]
    pub fn of_product(
        request: &Request,
        product: &Product,
        ordinal: u64,
        now: Timestamp,
    ) -> Vec<Self> {
        let image = |(position, url): (u32, &String)| {
            let place = ImageRef {
                request_id: request.id,
                ordinal: ordinal + u64::from(position),
            };
            Self {
                id: place.id(),
                place,
                row: product.row,
                position,
                serial_number: product.serial_number.clone(),
                product_name: product.name.clone(),
                input_url: url.clone(),
                host: crate::url::host(url),
                status: ImageStatus::Pending,
                tries: 0,
                round: request.round,
                not_before: now,
                same_as: None,
                error: None,
                success: None,
                created_at: now,
                updated_at: now,
                expires_at: request.expires_at,
            }
        };
        (0..).zip(&product.urls).map(image).collect()
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn end(self) -> Option<ImageEnd> {
        match self.status {
            ImageStatus::Succeeded => self.success.map(ImageEnd::Succeeded),
            ImageStatus::Failed => {
                let tries = self.tries;
                self.error.map(|failure| ImageEnd::Failed(failure, tries))
            }
            ImageStatus::Pending | ImageStatus::Cancelled => None,
        }
    }
}

/// How an image ended.
#[derive(Clone, Debug)]
pub enum ImageEnd {
    /// With an output.
    Succeeded(ImageSuccess),
    /// With an error, after so many tries.
    Failed(ImageFailure, u32),
}

/// A try that failed and will be repeated.
#[derive(Clone, Debug)]
pub struct Try {
    /// Tries made so far, this one included where it was one.
    pub tries: u32,
    /// Why it failed.
    pub failure: ImageFailure,
    /// Not to be tried again before.
    pub not_before: Timestamp,
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

    /// The images of these places, ended ones too.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get_all(&self, images: &[ImageRef]) -> Result<Vec<Image>, StoreError> {
        let ids: Vec<String> = images.iter().map(ImageRef::id).collect();
        let found = self.collection.find(doc! {"_id": {"$in": ids}});
        self.store
            .bounded(async { found.await?.try_collect().await })
            .await
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

    /// Records in one write what became of a batch: images that ended, and tries that failed. Only
    /// images that are still pending change; says for each of `ends` whether it ended just now.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some of it may have been written.
    pub async fn record(
        &self,
        ends: &[(ImageRef, ImageEnd)],
        tries: &[(ImageRef, Try)],
    ) -> Result<Vec<bool>, StoreError> {
        let mut models = Vec::with_capacity(ends.len() + tries.len());
        for (image, end) in ends {
            models.push(self.change(*image, end_of(end)?));
        }
        for (image, made) in tries {
            models.push(self.change(*image, note_of(made)?));
        }
        if models.is_empty() {
            return Ok(Vec::new());
        }
        let client = self.collection.client();
        let write = client.bulk_write(models).ordered(false).verbose_results();
        let written = self.store.bounded(write).await?;
        let matched = |place| {
            let update = written.update_results.get(&place);
            update.is_some_and(|update| update.matched_count == 1)
        };
        Ok((0..ends.len()).map(matched).collect())
    }

    fn change(&self, image: ImageRef, mut set: Document) -> WriteModel {
        set.insert("updatedAt", date::bson(self.store.now()));
        let model = UpdateOneModel::builder()
            .namespace(self.collection.namespace())
            .filter(doc! {"_id": image.id(), "status": "Pending"})
            .update(doc! {"$set": set})
            .build();
        WriteModel::UpdateOne(model)
    }

    /// Ends the pending copies of those of these images that have ended, as they did: for each that
    /// had any, its request, its end, and how many copies it had.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may have ended.
    pub async fn end_copies(
        &self,
        firsts: &[ImageRef],
    ) -> Result<Vec<(RequestId, ImageEnd, u64)>, StoreError> {
        let mut ends = Vec::new();
        for image in self.get_all(firsts).await? {
            let place = image.place;
            ends.extend(image.end().map(|end| (place, end)));
        }
        let mut models = Vec::new();
        for (image, end) in &ends {
            let first = i64::try_from(image.ordinal).unwrap_or(i64::MAX);
            let copies = doc! {
                "requestId": image.request_id.to_string(),
                // Not by equality: the bundled database then misses copies that are there.
                "sameAs": {"$in": [first]},
                "status": "Pending",
            };
            let mut set = end_of(end)?;
            set.insert("updatedAt", date::bson(self.store.now()));
            let model = UpdateManyModel::builder()
                .namespace(self.collection.namespace())
                .filter(copies)
                .update(doc! {"$set": set});
            models.push(WriteModel::UpdateMany(model.build()));
        }
        if models.is_empty() {
            return Ok(Vec::new());
        }
        let client = self.collection.client();
        let write = client.bulk_write(models).ordered(false).verbose_results();
        let written = self.store.bounded(write).await?;
        let copies = |place| {
            let update = written.update_results.get(&place);
            update.map_or(0, |update| update.modified_count)
        };
        let ends = ends.into_iter().enumerate();
        let ends = ends.map(|(place, (image, end))| (image.request_id, end, copies(place)));
        Ok(ends.filter(|(_, _, copies)| *copies > 0).collect())
    }

    /// Ends every pending image of a request with the same failure; how many there were.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn fail_pending(
        &self,
        request: RequestId,
        failure: &ImageFailure,
    ) -> Result<u64, StoreError> {
        let pending = doc! {"requestId": request.to_string(), "status": "Pending"};
        let now = date::bson(self.store.now());
        let set =
            doc! {"status": "Failed", "error": serialize_to_document(failure)?, "updatedAt": now};
        let update = self.collection.update_many(pending, doc! {"$set": set});
        Ok(self.store.bounded(update).await?.modified_count)
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

    /// How many images of a request have ended and how: the truth behind its counters. Costs a walk
    /// over all of them.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn counts(&self, request: RequestId) -> Result<Counts, StoreError> {
        let by_status = [
            doc! {"$match": {"_id": ids_of(request)}},
            doc! {"$group": {"_id": "$status", "images": {"$sum": 1_i64}}},
        ];
        let groups = self.collection.aggregate(by_status);
        let groups: Vec<Document> = self
            .store
            .bounded(async { groups.await?.try_collect().await })
            .await?;
        let images = |status: &str| {
            let of = groups
                .iter()
                .find(|group| group.get_str("_id").is_ok_and(|of| of == status));
            of.and_then(|group| whole(group.get("images"))).unwrap_or(0)
        };
        Ok(Counts {
            succeeded: images("Succeeded"),
            failed: images("Failed"),
        })
    }

    /// A request's images from number `from` on, in the order of the CSV; memory does not grow with
    /// their number.
    ///
    /// # Errors
    /// When MongoDB is away or refuses, at the start or on the way.
    pub async fn stream(
        &self,
        request: RequestId,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Image, StoreError>> + Unpin + use<>, StoreError> {
        let all = self.collection.find(doc! {"_id": ids_from(request, from)});
        // Each batch of a cursor is one call to the server.
        let all = all.sort(doc! {"_id": 1}).batch_size(1_000);
        Ok(self.store.bounded(all).await?.map_err(StoreError::from))
    }

    /// At most `limit` images of a request from number `from` on, in the order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn page(
        &self,
        request: RequestId,
        from: u64,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let which = doc! {"_id": ids_from(request, from)};
        let page = self
            .collection
            .find(which)
            .sort(doc! {"_id": 1})
            .limit(limit);
        self.store
            .bounded(async { page.await?.try_collect().await })
            .await
    }

    /// At most `limit` pending images of a request from number `from` on, in the order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn pending(
        &self,
        request: RequestId,
        from: u64,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let which = doc! {
            "requestId": request.to_string(),
            "_id": ids_from(request, from),
            "status": "Pending",
        };
        // The order of the index over what is pending.
        let order = doc! {"requestId": 1, "_id": 1};
        let page = self.collection.find(which).sort(order).limit(limit);
        self.store
            .bounded(async { page.await?.try_collect().await })
            .await
    }
}

/// All ids of a request's images: they begin with its id and a slash, and `0` follows on `/`.
fn ids_of(request: RequestId) -> Document {
    doc! {"$gte": format!("{request}/"), "$lt": format!("{request}0")}
}

/// Those from number `from` on.
fn ids_from(request_id: RequestId, ordinal: u64) -> Document {
    let first = ImageRef {
        request_id,
        ordinal,
    };
    doc! {"$gte": first.id(), "$lt": format!("{request_id}0")}
}

fn end_of(end: &ImageEnd) -> Result<Document, StoreError> {
    match end {
        ImageEnd::Succeeded(success) => {
            let mut set = serialize_to_document(success)?;
            set.insert("status", "Succeeded");
            set.insert("error", Bson::Null);
            Ok(set)
        }
        ImageEnd::Failed(failure, tries) => Ok(doc! {
            "status": "Failed",
            "tries": i64::from(*tries),
            "error": serialize_to_document(failure)?,
        }),
    }
}

fn note_of(made: &Try) -> Result<Document, StoreError> {
    Ok(doc! {
        "tries": i64::from(made.tries),
        "notBefore": date::bson(made.not_before),
        "error": serialize_to_document(&made.failure)?,
    })
}

/// A number as servers return it: of either width.
fn whole(number: Option<&Bson>) -> Option<u64> {
    match number? {
        Bson::Int32(number) => u64::try_from(*number).ok(),
        Bson::Int64(number) => u64::try_from(*number).ok(),
        _ => None,
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
