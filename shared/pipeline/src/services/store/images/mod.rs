//! Images: one document each, so that no document grows with the CSV.

mod control;
mod document;
mod lookup;
mod shown;

use std::collections::HashMap;

use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc, serialize_to_document};
use mongodb::error::ErrorKind;
use mongodb::options::{UpdateManyModel, UpdateOneModel, WriteModel};

use super::{Store, StoreError, date};
use crate::request::{ImageFailure, RequestId};
use crate::services::queue::ImageMessage;

pub use document::{Image, ImageEnd, ImageSuccess, PictureRecord, Try};
pub use shown::FailedAlike;

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

    /// Records in one write what became of a batch: images that ended, and tries that failed. Only
    /// images that are still pending in the round of their message change; says for each of `ends` whether it ended just now.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some of it may have been written.
    pub async fn record(
        &self,
        ends: &[(ImageMessage, ImageEnd)],
        tries: &[(ImageMessage, Try)],
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

    fn change(&self, of: ImageMessage, mut set: Document) -> WriteModel {
        set.insert("updatedAt", date::bson(self.store.now()));
        let model = UpdateOneModel::builder()
            .namespace(self.collection.namespace())
            .filter(doc! {
                "_id": of.image.id(),
                "status": "Pending",
                "round": i64::from(of.round),
            })
            .update(doc! {"$set": set})
            .build();
        WriteModel::UpdateOne(model)
    }

    /// Ends the copies, pending in the round of the message, of those of these images that have ended,
    /// as they did: for each that had any, its message, its end, and how many copies it had.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may have ended.
    pub async fn end_copies(
        &self,
        firsts: &[ImageMessage],
    ) -> Result<Vec<(ImageMessage, ImageEnd, u64)>, StoreError> {
        let rounds: HashMap<_, _> = firsts.iter().map(|first| (first.image, *first)).collect();
        let places: Vec<_> = rounds.keys().copied().collect();
        let mut ends = Vec::new();
        for image in self.get_all(&places).await? {
            let first = rounds.get(&image.place).copied();
            ends.extend(first.zip(image.end()));
        }
        let mut models = Vec::new();
        for (ImageMessage { image, round, .. }, end) in &ends {
            let first = i64::try_from(image.ordinal).unwrap_or(i64::MAX);
            let copies = doc! {
                "requestId": image.request_id.to_string(),
                // Not by equality: the bundled database then misses copies that are there.
                "sameAs": {"$in": [first]},
                "status": "Pending",
                "round": i64::from(*round),
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
        let ends = ends.map(|(place, (first, end))| (first, end, copies(place)));
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
