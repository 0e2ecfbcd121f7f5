//! Owners of requests. An owner is not an API key: keys are rotated, what they own stays.

use mongodb::Collection;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use super::requests::is_duplicate;
use super::{Store, StoreError, indexes};
use crate::request::OwnerId;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    #[serde(rename = "_id")]
    id: OwnerId,
    /// The API keys that stand for it, by id. An operator attaches further ones.
    api_key_ids: Vec<String>,
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
            id: OwnerId::random(),
            api_key_ids: vec![api_key_id.to_owned()],
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
}
