//! Owners of requests. An owner is not an API key: keys are rotated, what they own stays.

use mongodb::Collection;
use mongodb::bson::doc;
use mongodb::options::ReturnDocument;
use serde::{Deserialize, Serialize};

use super::requests::is_duplicate;
use super::{Store, StoreError, date, indexes};
use crate::request::{OwnerId, Timestamp};

/// An owner.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: OwnerId,
    /// The API keys that stand for it, by id. An operator attaches further ones.
    api_key_ids: Vec<String>,
    /// How often the key of its webhooks was rotated.
    #[serde(default)]
    pub webhook_secret_version: u32,
    /// When it was the last time.
    #[serde(default, with = "date::optional")]
    pub webhook_secret_rotated_at: Option<Timestamp>,
}

impl Owner {
    /// An owner for whom no API key stands yet.
    #[must_use]
    pub fn new(id: OwnerId) -> Self {
        Self {
            id,
            api_key_ids: Vec::new(),
            webhook_secret_version: 0,
            webhook_secret_rotated_at: None,
        }
    }
}

/// The `owners` collection.
pub struct Owners<'a> {
    store: &'a Store,
    collection: Collection<Owner>,
}

impl<'a> Owners<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            collection: store.collection("owners"),
        }
    }

    /// An owner by its id. Of one that an operator has deleted, what it was at first: its requests are
    /// still there.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get(&self, id: &OwnerId) -> Result<Owner, StoreError> {
        let found = self.named(&id.0).await?;
        Ok(found.unwrap_or_else(|| Owner::new(id.clone())))
    }

    /// The owner of this id, if there is one.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn named(&self, id: &str) -> Result<Option<Owner>, StoreError> {
        let found = self.collection.find_one(doc! {"_id": id});
        self.store.bounded(found).await
    }

    /// Whom an API key stands for; `None` for a key that has made no request yet.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn find(&self, api_key_id: &str) -> Result<Option<OwnerId>, StoreError> {
        let which = doc! {"apiKeyIds": api_key_id};
        let found = self.store.bounded(self.collection.find_one(which)).await?;
        Ok(found.map(|owner| owner.id))
    }

    /// Whom an API key stands for; a key that is new gets an owner of its own.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn find_or_create(&self, api_key_id: &str) -> Result<OwnerId, StoreError> {
        if let Some(owner) = self.find(api_key_id).await? {
            return Ok(owner);
        }
        indexes::create_of_owners(self.store).await?;
        let owner = Owner {
            api_key_ids: vec![api_key_id.to_owned()],
            ..Owner::new(OwnerId::random())
        };
        match self.store.bounded(self.collection.insert_one(&owner)).await {
            Ok(_) => Ok(owner.id),
            // Another call of the same key was first: its owner it is.
            Err(StoreError::Driver(error)) if is_duplicate(&error) => {
                let first = self.find(api_key_id).await?;
                first.ok_or(StoreError::Driver(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Moves an owner on to its next webhook key; `None` when that was done after `since` already, so
    /// that doing it twice is doing it once.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn rotate_webhook_secret(
        &self,
        id: &OwnerId,
        since: Timestamp,
    ) -> Result<Option<Owner>, StoreError> {
        let due = doc! {
            "_id": &id.0,
            "webhookSecretRotatedAt": {"$not": {"$gt": date::bson(since)}},
        };
        let change = doc! {
            "$inc": {"webhookSecretVersion": 1_i64},
            "$set": {"webhookSecretRotatedAt": date::bson(self.store.now())},
        };
        let update = self.collection.find_one_and_update(due, change);
        self.store
            .bounded(update.return_document(ReturnDocument::After))
            .await
    }
}
