//! Which uploads and drops are repeats: a key is taken once, and names its request from then on.

use mongodb::Collection;
use mongodb::bson::doc;
use serde::{Deserialize, Serialize};

use super::requests::is_duplicate;
use super::{Store, StoreError, date};
use crate::hash::sha256_of_list;
use crate::request::{OwnerId, RequestId, Timestamp};

/// What makes a repeat a repeat, hashed: a client's words are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The `Idempotency-Key` of an owner's upload.
    #[must_use]
    pub fn of_upload(owner: &OwnerId, key: &str) -> Self {
        Self::of(&["upload", &owner.0, key])
    }

    /// One version of a dropped object: a repeated event about it is the same request.
    #[must_use]
    pub fn of_drop(bucket: &str, key: &str, version: &str) -> Self {
        Self::of(&["drop", bucket, key, version])
    }

    fn of(parts: &[&str]) -> Self {
        Self(sha256_of_list(parts))
    }
}

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The request.
    pub request_id: RequestId,
    /// What was asked for under the key: file and options, hashed. Another one is no repeat.
    pub fingerprint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "_id")]
    key: String,
    #[serde(flatten)]
    known: Known,
    #[serde(with = "date")]
    expires_at: Timestamp,
}

/// The `idempotency` collection.
pub struct Idempotency<'a> {
    store: &'a Store,
    collection: Collection<Entry>,
}

impl<'a> Idempotency<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            collection: store.collection("idempotency"),
        }
    }

    /// Takes a key for a new request; what it stands for already, if it does.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn take(
        &self,
        key: &IdempotencyKey,
        new: Known,
        expires_at: Timestamp,
    ) -> Result<Known, StoreError> {
        // Insert, then find: an upsert that returns the document is not atomic on every server.
        let entry = Entry {
            key: key.0.clone(),
            known: new,
            expires_at,
        };
        match self.store.bounded(self.collection.insert_one(&entry)).await {
            Ok(_) => Ok(entry.known),
            Err(StoreError::Driver(error)) if is_duplicate(&error) => {
                let found = self.collection.find_one(doc! {"_id": &key.0});
                let found = self.store.bounded(found).await?;
                Ok(found.map_or(entry.known, |first| first.known))
            }
            Err(error) => Err(error),
        }
    }

    /// Forgets a key: it may stand for a new request from then on.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn forget(&self, key: &IdempotencyKey) -> Result<(), StoreError> {
        let gone = self.collection.delete_one(doc! {"_id": &key.0});
        self.store.bounded(gone).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_two_owners_and_parts_that_run_together_do_not_meet() {
        let owner = |name: &str| OwnerId(name.to_owned());
        let one = IdempotencyKey::of_upload(&owner("one"), "key");
        assert_eq!(one, IdempotencyKey::of_upload(&owner("one"), "key"));
        assert_ne!(one, IdempotencyKey::of_upload(&owner("two"), "key"));
        assert_ne!(one, IdempotencyKey::of_upload(&owner("onek"), "ey"));
        let drop = IdempotencyKey::of_drop("bucket", "a b.csv", "v1");
        assert_ne!(drop, IdempotencyKey::of_drop("bucket", "a b.csv", "v2"));
        assert_ne!(drop, IdempotencyKey::of_drop("bucket", "a", "b.csv"));
    }
}
