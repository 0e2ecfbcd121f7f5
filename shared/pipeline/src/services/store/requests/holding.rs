//! Requests whose outputs others may come to name, and those whose outputs are to go.
//!
//! Who finds a source unchanged names an output of an earlier request, some time after looking it up. A purge of that
//! request meanwhile would not see the name yet, and remove the output. So whoever looks up notes on the request until
//! when they may come to name its outputs, which nobody can once its purge was asked for; and the purge waits until
//! then.

use std::collections::HashSet;

use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};

use super::{Requests, by_id};
use crate::request::{RequestId, Timestamp};
use crate::services::store::{StoreError, date};

/// How much longer than asked for a request is held: the next batches need not write the same.
const SPARE_SECONDS: i64 = 30;

impl Requests<'_> {
    /// Those of these requests that are there and not being purged.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn living(&self, ids: &[RequestId]) -> Result<HashSet<RequestId>, StoreError> {
        self.ids_of(living(ids)).await
    }

    /// Has the outputs of requests stay until then, come what may; those of the requests for which that holds: they
    /// are there, and not being purged.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may be held.
    pub async fn hold(
        &self,
        ids: &[RequestId],
        until: Timestamp,
    ) -> Result<HashSet<RequestId>, StoreError> {
        let mut held = living(ids);
        held.insert("heldUntil", doc! {"$gte": date::bson(until)});
        let already = self.ids_of(held.clone()).await?;
        let others: Vec<_> = ids
            .iter()
            .filter(|id| !already.contains(id))
            .copied()
            .collect();
        if others.is_empty() {
            return Ok(already);
        }
        let longer = date::bson(until.plus_seconds(SPARE_SECONDS));
        let hold = doc! {"$max": {"heldUntil": longer}};
        let update = self.collection.update_many(living(&others), hold);
        let updated = self.store.bounded(update).await?;
        if updated.matched_count == 0 {
            return Ok(already);
        }
        self.ids_of(held).await
    }

    /// Notes whose outputs a purge removes, before it does: the CDN is to forget them.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn note_stale(&self, purged: RequestId, of: &[RequestId]) -> Result<(), StoreError> {
        let of: Vec<String> = of.iter().map(ToString::to_string).collect();
        let change = doc! {"$addToSet": {"stale": {"$each": of}}};
        self.update(by_id(purged), change).await.map(drop)
    }

    /// Notes that the CDN has been told to forget these.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn note_forgotten(
        &self,
        purged: RequestId,
        of: &[RequestId],
    ) -> Result<(), StoreError> {
        let of: Vec<String> = of.iter().map(ToString::to_string).collect();
        let change = doc! {"$pull": {"stale": {"$in": of}}};
        self.update(by_id(purged), change).await.map(drop)
    }

    async fn ids_of(&self, which: Document) -> Result<HashSet<RequestId>, StoreError> {
        let found = self.collection.clone_with_type::<Document>();
        let found = found.find(which).projection(doc! {"_id": 1});
        let found: Vec<Document> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        let id = |found: &Document| found.get_str("_id").ok()?.parse().ok();
        Ok(found.iter().filter_map(id).collect())
    }
}

fn living(ids: &[RequestId]) -> Document {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    doc! {"_id": {"$in": ids}, "purgedAt": Bson::Null}
}
