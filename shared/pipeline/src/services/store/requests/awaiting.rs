//! Requests whose CSV was announced and is still to come.

use mongodb::bson::{Bson, Document, doc, serialize_to_bson};

use super::document::IntakeState;
use super::{CHECK_AFTER_SECONDS, Request, RequestFailure, Requests, pending, status};
use crate::manifest::{Reading, Understood};
use crate::request::{RequestId, RequestStatus, Timestamp};
use crate::services::store::{StoreError, date};

/// Most rows that a failure names.
const MAX_ROWS: usize = 1_000;

impl Requests<'_> {
    /// Lets the CSV of a request be begun to be put until then; does nothing where it has come.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn await_until(&self, id: RequestId, until: Timestamp) -> Result<(), StoreError> {
        let longer = doc! {"$max": {"awaiting.until": date::bson(until)}};
        self.update(awaiting(id), longer).await.map(drop)
    }

    /// Takes a request whose CSV has come for one worker; `None` when somebody is at it, or it waits for
    /// nothing (any more).
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn claim_arrival(
        &self,
        id: RequestId,
        lease_until: Timestamp,
    ) -> Result<Option<Request>, StoreError> {
        let mut free = awaiting(id);
        let now = date::bson(self.store.now());
        free.insert("intake.leaseUntil", doc! {"$lte": now});
        let set = doc! {"intake.leaseUntil": date::bson(lease_until)};
        self.update(free, doc! {"$set": set}).await
    }

    /// Notes that a request's CSV has come and can be used: it is as one that was uploaded from then on,
    /// with all of its time before it. `false` when it waits no more.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn accept_arrival(
        &self,
        request: &Request,
        reading: &Reading,
        understood: &Understood,
    ) -> Result<bool, StoreError> {
        let now = self.store.now();
        let Understood {
            rows,
            images,
            duplicates,
            ..
        } = *understood;
        let intake = IntakeState::begin(rows, images, duplicates, now);
        let set = doc! {
            "awaiting": Bson::Null,
            "reading": serialize_to_bson(reading)?,
            "intake": serialize_to_bson(&intake)?,
            "productName": &understood.product_name,
            "notes": serialize_to_bson(&understood.notes)?,
            "startedAt": date::bson(now),
            "updatedAt": date::bson(now),
            "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
            "deadlineAt": date::bson(now.plus(request.patience())),
        };
        let accepted = self.update(awaiting(request.id), doc! {"$set": set});
        Ok(accepted.await?.is_some())
    }

    /// Ends a request whose CSV has come and cannot be used; `false` when it waits no more.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn refuse_arrival(
        &self,
        id: RequestId,
        failure: &RequestFailure,
    ) -> Result<bool, StoreError> {
        self.refuse_awaiting(awaiting(id), failure).await
    }

    /// Ends a request whose CSV could be begun to be put until `since` at the latest, and has not come;
    /// `false` when it may still come, or waits no more.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn refuse_overdue(
        &self,
        id: RequestId,
        since: Timestamp,
        failure: &RequestFailure,
    ) -> Result<bool, StoreError> {
        let mut overdue = awaiting(id);
        overdue.insert("awaiting.until", doc! {"$lte": date::bson(since)});
        let now = date::bson(self.store.now());
        overdue.insert("intake.leaseUntil", doc! {"$lte": now});
        self.refuse_awaiting(overdue, failure).await
    }

    async fn refuse_awaiting(
        &self,
        which: Document,
        failure: &RequestFailure,
    ) -> Result<bool, StoreError> {
        let mut failure = failure.clone();
        failure.rows.truncate(MAX_ROWS);
        let now = date::bson(self.store.now());
        let set = doc! {
            "status": status(RequestStatus::Failed)?,
            "failure": serialize_to_bson(&failure)?,
            "awaiting": Bson::Null,
            "updatedAt": now,
            "endedAt": now,
        };
        Ok(self.update(which, doc! {"$set": set}).await?.is_some())
    }
}

fn awaiting(id: RequestId) -> Document {
    let mut awaiting = pending(id);
    awaiting.insert("cancelledAt", Bson::Null);
    awaiting.insert("awaiting", doc! {"$ne": Bson::Null});
    awaiting
}
