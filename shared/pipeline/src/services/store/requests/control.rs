//! What owners ask of their requests: to give them up, to do what failed again, to remove all of it.
//!
//! Each is a note on the request, written once by a conditional update; finalize acts on it.

use mongodb::bson::{Bson, Document, doc, serialize_to_bson};

use super::{CHECK_AFTER_SECONDS, Request, Requests, Retry, by_id, in_round, number, pending};
use crate::request::{RequestId, Timestamp};
use crate::services::store::{StoreError, date};

/// How long a purge may take at the most: long enough for finalize to be mended meanwhile, in seconds.
const PURGE_SECONDS: i64 = 30 * 86_400;

impl Requests<'_> {
    /// Notes that a pending request is given up; the request as it then is, `None` when it has ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn cancel(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let now = self.store.now();
        let mut open = pending(id);
        open.insert("cancelledAt", Bson::Null);
        let set = doc! {
            "cancelledAt": date::bson(now),
            "updatedAt": date::bson(now),
            "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
        };
        if let Some(cancelled) = self.update(open, doc! {"$set": set}).await? {
            return Ok(Some(cancelled));
        }
        let found = self.get(id).await?;
        Ok(found.filter(|found| found.ended_at.is_none()))
    }

    /// Whether images of this round of a request are still to be worked on: it has neither ended nor
    /// been given up.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn is_open(&self, id: RequestId, round: u32) -> Result<bool, StoreError> {
        let mut open = in_round(id, round);
        open.insert("cancelledAt", Bson::Null);
        let collection = self.collection.clone_with_type::<Document>();
        let found = collection.find_one(open).projection(doc! {"_id": 1});
        Ok(self.store.bounded(found).await?.is_some())
    }

    /// Notes that everything of a request is to be removed, whatever it is at; whether that is new.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn purge(&self, id: RequestId) -> Result<bool, StoreError> {
        let now = self.store.now();
        let mut which = by_id(id);
        which.insert("purgedAt", Bson::Null);
        let set = doc! {
            // Work that is pending: the sweep watches over it until it is done.
            "status": "Pending",
            "purgedAt": date::bson(now),
            "cancelledAt": date::bson(now),
            "endedAt": Bson::Null,
            "retry": Bson::Null,
            "webhookUrl": Bson::Null,
            "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
            "expiresAt": date::bson(now.plus_seconds(PURGE_SECONDS)),
        };
        Ok(self.update(which, doc! {"$set": set}).await?.is_some())
    }

    /// Has the sweep look at a request that is being purged at this moment, and not before.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn look_again(&self, id: RequestId, at: Timestamp) -> Result<(), StoreError> {
        let set = doc! {"$set": {"nextCheckAt": date::bson(at)}};
        self.update(pending(id), set).await.map(drop)
    }

    /// Removes a purged request itself.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn remove(&self, id: RequestId) -> Result<(), StoreError> {
        let mut which = by_id(id);
        which.insert("purgedAt", doc! {"$ne": Bson::Null});
        let gone = self.collection.delete_one(which);
        self.store.bounded(gone).await.map(drop)
    }

    /// Begins the next round of a request that has ended, in which failed images go again; the request
    /// as it then is, `None` when somebody else did since `seen` was read. Its deadline is as far away
    /// as that of the round before was.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn begin_retry(
        &self,
        seen: &Request,
        retry: &Retry,
    ) -> Result<Option<Request>, StoreError> {
        let now = self.store.now();
        let mut ended = by_id(seen.id);
        ended.insert("status", doc! {"$in": ["Completed", "Failed"]});
        ended.insert("round", i64::from(seen.round));
        let set = doc! {
            "status": "Pending",
            "round": i64::from(seen.round) + 1,
            "retry": serialize_to_bson(retry)?,
            "results": Bson::Null,
            "countsInDoubt": false,
            "marks": [],
            "endedAt": Bson::Null,
            "startedAt": date::bson(now),
            "updatedAt": date::bson(now),
            "resultsLeaseUntil": date::bson(now),
            "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
            "deadlineAt": date::bson(now.plus(seen.patience())),
        };
        let change = doc! {"$set": set, "$unset": {"archive": ""}};
        self.update(ended, change).await
    }

    /// Notes that all images of a retry are pending, of which there are so many: until then no image of
    /// its round can end, so the counters follow from it. Does nothing when that was noted before.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn count_retry(&self, request: &Request, images: u64) -> Result<(), StoreError> {
        let mut open = in_round(request.id, request.round);
        open.insert("retry.counted", false);
        let ended = request.intake.images.saturating_sub(images);
        let set = doc! {
            "retry.counted": true,
            "counts.failed": number(ended.saturating_sub(request.counts.succeeded)),
            "updatedAt": date::bson(self.store.now()),
        };
        self.update(open, doc! {"$set": set}).await.map(drop)
    }

    /// Notes that the images of a retry are queued.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn complete_retry(&self, request: &Request) -> Result<(), StoreError> {
        let open = in_round(request.id, request.round);
        let set = doc! {"$set": {"retry": Bson::Null}};
        self.update(open, set).await.map(drop)
    }
}
