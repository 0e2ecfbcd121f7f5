//! Images: one document each, so that no document grows with the CSV.

mod control;
mod document;
mod ending;
mod lookup;
mod naming;
mod shown;

use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc, serialize_to_document};
use mongodb::error::ErrorKind;
use mongodb::options::{UpdateOneModel, WriteModel};

use super::{Store, StoreError, date};
use crate::services::queue::ImageMessage;

pub use document::{Image, ImageEnd, ImageSuccess, PictureRecord, Try};
pub use ending::{EndedCopies, Ends};
pub use naming::Leaving;
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
