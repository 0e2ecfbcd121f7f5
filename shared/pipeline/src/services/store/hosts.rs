//! Hosts that asked to be left alone for a while: one small document each, which every batch reads.

use std::collections::HashMap;

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::doc;
use mongodb::options::UpdateOptions;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, date};
use crate::request::Timestamp;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    #[serde(rename = "_id")]
    host: String,
    #[serde(with = "date")]
    paused_until: Timestamp,
}

/// The `hosts` collection.
pub struct Hosts<'a> {
    store: &'a Store,
    collection: Collection<Host>,
}

impl<'a> Hosts<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            collection: store.collection("hosts"),
        }
    }

    /// Which of these hosts must not be asked yet, and until when.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn paused(
        &self,
        hosts: impl IntoIterator<Item = &str>,
    ) -> Result<HashMap<String, Timestamp>, StoreError> {
        let hosts: Vec<&str> = hosts.into_iter().collect();
        let now = date::bson(self.store.now());
        let paused = doc! {"_id": {"$in": hosts}, "pausedUntil": {"$gt": now}};
        let found = self.collection.find(paused);
        let found: Vec<Host> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        let found = found.into_iter();
        Ok(found.map(|host| (host.host, host.paused_until)).collect())
    }

    /// Notes that a host is not to be asked before `until`; a longer pause stays.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn pause(&self, host: &str, until: Timestamp) -> Result<(), StoreError> {
        let until = date::bson(until);
        let change = doc! {"$max": {"pausedUntil": until, "expiresAt": until}};
        let update = self.collection.update_one(doc! {"_id": host}, change);
        let upsert = UpdateOptions::builder().upsert(true).build();
        self.store
            .bounded(update.with_options(upsert))
            .await
            .map(drop)
    }
}
