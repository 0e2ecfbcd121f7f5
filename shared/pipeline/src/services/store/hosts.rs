//! Hosts that said "slow down": one small document each, which every batch reads.

use std::collections::HashMap;
use std::time::Duration;

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::doc;
use mongodb::options::UpdateOptions;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, date};
use crate::request::Timestamp;

/// How long it is remembered that a host said so, from the end of its pause.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    #[serde(rename = "_id")]
    host: String,
    #[serde(with = "date")]
    paused_until: Timestamp,
    /// In milliseconds; unknown of those that were noted before it was.
    #[serde(default)]
    paused_for: i64,
    #[serde(default)]
    fetches: i64,
}

/// What a host that said "slow down" is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowDown {
    /// It is not asked before then.
    pub until: Timestamp,
    /// How long that pause is; the longest of late where there were several.
    pub pause: Duration,
    /// Fetches at a time of each instance.
    pub fetches: usize,
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

    /// Which of these hosts said so of late.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn slow(
        &self,
        hosts: impl IntoIterator<Item = &str>,
    ) -> Result<HashMap<String, SlowDown>, StoreError> {
        let hosts: Vec<&str> = hosts.into_iter().collect();
        let found = self.collection.find(doc! {"_id": {"$in": hosts}});
        let found: Vec<Host> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        Ok(found.into_iter().map(Host::slow_down).collect())
    }

    /// Notes that a host is not to be asked for so long, and then by no more than `fetches` at a
    /// time of an instance. A longer pause and fewer fetches stay.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn slow_down(
        &self,
        host: &str,
        pause: Duration,
        fetches: usize,
    ) -> Result<(), StoreError> {
        let until = self.store.now().plus(pause);
        let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let change = doc! {
            "$max": {
                "pausedUntil": date::bson(until),
                "expiresAt": date::bson(until.plus(REMEMBERED)),
                "pausedFor": pause,
            },
            "$min": {"fetches": i64::try_from(fetches).unwrap_or(i64::MAX)},
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
    fn slow_down(self) -> (String, SlowDown) {
        let slow_down = SlowDown {
            until: self.paused_until,
            pause: Duration::from_millis(u64::try_from(self.paused_for).unwrap_or_default()),
            fetches: usize::try_from(self.fetches).unwrap_or(1),
        };
        (self.host, slow_down)
    }
}
