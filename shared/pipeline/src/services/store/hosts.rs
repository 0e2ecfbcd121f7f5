//! Hosts that asked to be left alone for a while: one small document each, which every batch reads.

use std::collections::HashMap;
use std::time::Duration;

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
    /// In milliseconds; unknown of hosts that were paused before it was noted.
    #[serde(default)]
    paused_for: i64,
}

/// A host's wish to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Until then.
    pub until: Timestamp,
    /// How long it is; the longest of late where there were several.
    pub length: Duration,
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

    /// Which of these hosts must not be asked yet.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn paused(
        &self,
        hosts: impl IntoIterator<Item = &str>,
    ) -> Result<HashMap<String, Pause>, StoreError> {
        let hosts: Vec<&str> = hosts.into_iter().collect();
        let now = date::bson(self.store.now());
        let paused = doc! {"_id": {"$in": hosts}, "pausedUntil": {"$gt": now}};
        let found = self.collection.find(paused);
        let found: Vec<Host> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        Ok(found.into_iter().map(Host::pause).collect())
    }

    /// Notes that a host is not to be asked for so long; a longer pause stays.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn pause(&self, host: &str, length: Duration) -> Result<(), StoreError> {
        let until = date::bson(self.store.now().plus(length));
        let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let change = doc! {
            "$max": {"pausedUntil": until, "expiresAt": until, "pausedFor": length},
        };
        let update = self.collection.update_one(doc! {"_id": host}, change);
        let upsert = UpdateOptions::builder().upsert(true).build();
        self.store
            .bounded(update.with_options(upsert))
            .await
            .map(drop)
    }
}

impl Host {
    fn pause(self) -> (String, Pause) {
        let length = u64::try_from(self.paused_for).unwrap_or_default();
        let pause = Pause {
            until: self.paused_until,
            length: Duration::from_millis(length),
        };
        (self.host, pause)
    }
}
