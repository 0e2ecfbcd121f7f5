//! Requests that have been silent for a while.

use futures::TryStreamExt;
use mongodb::bson::{doc, serialize_to_bson};

use super::document::StoredMark;
use super::{Request, Requests, in_round, pending};
use crate::request::{Mark, RequestId};
use crate::services::store::{StoreError, date};

/// How long after one look of the sweep the next is due.
const CHECK_AGAIN_AFTER_SECONDS: i64 = 5 * 60;

impl Requests<'_> {
    /// Pending requests that have shown no sign of life for a while, the longest waiting first;
    /// each is put off, so that the next call finds others.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn due(&self, limit: i64) -> Result<Vec<Request>, StoreError> {
        let now = self.store.now();
        let due = doc! {"status": "Pending", "nextCheckAt": {"$lte": date::bson(now)}};
        let found = self.collection.find(due);
        let found = found.sort(doc! {"nextCheckAt": 1}).limit(limit);
        let found: Vec<Request> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        let ids: Vec<String> = found.iter().map(|request| request.id.to_string()).collect();
        let later = date::bson(now.plus_seconds(CHECK_AGAIN_AFTER_SECONDS));
        let put_off = doc! {"$set": {"nextCheckAt": later}};
        let these = doc! {"_id": {"$in": ids}};
        self.store
            .bounded(self.collection.update_many(these, put_off))
            .await?;
        Ok(found)
    }

    /// Notes how many images of a request's round have ended by now, and where their outputs are.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn mark(
        &self,
        (id, round): (RequestId, u32),
        marks: Vec<Mark>,
        output_base: &str,
    ) -> Result<(), StoreError> {
        let marks: Vec<StoredMark> = marks.into_iter().map(StoredMark::from).collect();
        let set = doc! {"marks": serialize_to_bson(&marks)?, "outputBase": output_base};
        let update = doc! {"$set": set};
        self.update(in_round(id, round), update).await.map(drop)
    }

    /// Notes that a request's pending images are being queued once more; `false` when somebody else
    /// did so since `seen` was read.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn begin_requeue(&self, seen: &Request) -> Result<bool, StoreError> {
        let mut unchanged = pending(seen.id);
        unchanged.insert("updatedAt", date::bson(seen.updated_at));
        let set = doc! {"$set": {"updatedAt": date::bson(self.store.now())}};
        Ok(self.update(unchanged, set).await?.is_some())
    }
}
