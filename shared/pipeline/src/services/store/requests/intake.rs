//! How far a request's CSV has been taken in, and who is at it.

use mongodb::bson::{Bson, doc, serialize_to_bson};

use super::{CHECK_AFTER_SECONDS, Request, Requests, number, pending};
use crate::manifest::Bookmark;
use crate::request::RequestId;
use crate::services::store::{StoreError, date};

/// Up to where every image is recorded and queued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Line of the last row.
    pub row: u64,
    /// Number of the next image.
    pub next_ordinal: u64,
    /// Where the CSV goes on behind that row; if it is not known it is read from its start.
    pub bookmark: Option<Bookmark>,
}

impl Requests<'_> {
    /// Takes an unfinished intake whose last worker is gone; `None` when there is nothing to take.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn claim_intake(
        &self,
        id: RequestId,
        lease_seconds: i64,
    ) -> Result<Option<Request>, StoreError> {
        let now = self.store.now();
        let mut free = pending(id);
        free.insert("cancelledAt", Bson::Null);
        free.insert("awaiting", Bson::Null);
        free.insert("intake.complete", false);
        free.insert("intake.leaseUntil", doc! {"$lte": date::bson(now)});
        let until = date::bson(now.plus_seconds(lease_seconds));
        self.update(free, doc! {"$set": {"intake.leaseUntil": until}})
            .await
    }

    /// Gives an intake back before its lease ends, for whoever tries next; the request as it then is,
    /// `None` when it has ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn release_intake(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let now = date::bson(self.store.now());
        self.update(pending(id), doc! {"$set": {"intake.leaseUntil": now}})
            .await
    }

    /// Notes how far all is recorded and queued, and stays at it; `false` when the request has ended or was
    /// given up.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn checkpoint_intake(
        &self,
        id: RequestId,
        reached: &Reached,
        lease_seconds: i64,
    ) -> Result<bool, StoreError> {
        let now = self.store.now();
        let mut open = pending(id);
        open.insert("cancelledAt", Bson::Null);
        let set = doc! {
            "intake.checkpoint": number(reached.row),
            "intake.nextOrdinal": number(reached.next_ordinal),
            "intake.bookmark": serialize_to_bson(&reached.bookmark)?,
            "intake.leaseUntil": date::bson(now.plus_seconds(lease_seconds)),
            "updatedAt": date::bson(now),
            "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
        };
        Ok(self.update(open, doc! {"$set": set}).await?.is_some())
    }

    /// Notes that every image is recorded and queued; the request as it then is.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn complete_intake(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let now = date::bson(self.store.now());
        let set = doc! {"intake.complete": true, "updatedAt": now};
        self.update(pending(id), doc! {"$set": set}).await
    }

    /// Lets the intake begin anew, from the CSV: images that were counted are missing.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn reopen_intake(&self, id: RequestId) -> Result<(), StoreError> {
        let now = date::bson(self.store.now());
        let set = doc! {
            "intake.complete": false,
            "intake.checkpoint": 0_i64,
            "intake.nextOrdinal": 0_i64,
            "intake.bookmark": Bson::Null,
            "intake.leaseUntil": now,
            "nextCheckAt": now,
        };
        self.update(pending(id), doc! {"$set": set}).await.map(drop)
    }
}
