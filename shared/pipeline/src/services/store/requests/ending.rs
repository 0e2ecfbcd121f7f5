//! A request's counters, its results, and its end.

use mongodb::bson::{Bson, Document, doc, serialize_to_bson};

use super::{
    CHECK_AFTER_SECONDS, Request, RequestFailure, Requests, ResultsState, in_round, number,
    pending, status,
};
use crate::request::{Counts, RequestId, RequestStatus, Savings, Timestamp};
use crate::services::store::{StoreError, date};

impl Requests<'_> {
    /// Puts the counters right, but for images that end at the same moment: they stay in doubt.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn repair_counts(&self, id: RequestId, counts: Counts) -> Result<(), StoreError> {
        let set = doc! {"counts": serialize_to_bson(&counts)?, "countsInDoubt": true};
        self.update(pending(id), doc! {"$set": set}).await.map(drop)
    }

    /// Notes that images of a request may have ended uncounted. The request after it; `None` when it
    /// has ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn doubt_counts(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let set = doc! {"$set": {"countsInDoubt": true}};
        self.update(pending(id), set).await
    }

    /// Notes that a look at a request is on its way which begins no sooner than `at`.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn expect_look(&self, id: RequestId, at: Timestamp) -> Result<(), StoreError> {
        let change = doc! {"$max": {"nextLookAt": date::bson(at)}};
        self.update(pending(id), change).await.map(drop)
    }

    /// Takes the writing of a request's results for one worker; `None` when somebody is at it or
    /// the request has ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn claim_results(
        &self,
        id: RequestId,
        lease_seconds: i64,
    ) -> Result<Option<Request>, StoreError> {
        let now = self.store.now();
        let mut free = pending(id);
        free.insert("purgedAt", Bson::Null);
        // One that was given up ends with what was taken in.
        let whole = [
            doc! {"intake.complete": true, "retry": Bson::Null},
            doc! {"cancelledAt": {"$ne": Bson::Null}},
        ];
        free.insert("$or", whole);
        free.insert("resultsLeaseUntil", doc! {"$not": {"$gt": date::bson(now)}});
        let until = date::bson(now.plus_seconds(lease_seconds));
        let set = doc! {"resultsLeaseUntil": until, "nextCheckAt": until};
        self.update(free, doc! {"$set": set}).await
    }

    /// Leaves the writing of a request's results to whoever tries next; `state` is where to begin,
    /// where anything was kept.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn release_results(
        &self,
        (id, round): (RequestId, u32),
        state: Option<&ResultsState>,
    ) -> Result<(), StoreError> {
        let now = date::bson(self.store.now());
        let set = doc! {
            "resultsLeaseUntil": now,
            "nextCheckAt": now,
            "results": serialize_to_bson(&state)?,
        };
        self.update(in_round(id, round), doc! {"$set": set})
            .await
            .map(drop)
    }

    /// Ends a request that could not be taken in; `false` when it has ended already.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn refuse(
        &self,
        id: RequestId,
        failure: &RequestFailure,
    ) -> Result<bool, StoreError> {
        let now = date::bson(self.store.now());
        let set = doc! {
            "status": status(RequestStatus::Failed)?,
            "failure": serialize_to_bson(failure)?,
            "updatedAt": now,
            "endedAt": now,
        };
        let ended = self.update(pending(id), doc! {"$set": set}).await?;
        Ok(ended.is_some())
    }

    /// Moves the counters by images that just ended in this round; the request as it then is, or
    /// `None` when it is no longer pending in it.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn count(
        &self,
        (id, round): (RequestId, u32),
        counts: Counts,
        savings: Savings,
    ) -> Result<Option<Request>, StoreError> {
        let now = self.store.now();
        let change = doc! {
            "$inc": {
                "counts.succeeded": number(counts.succeeded),
                "counts.failed": number(counts.failed),
                "counts.unchanged": number(counts.unchanged),
                "savings.bytesIn": number(savings.bytes_in),
                "savings.bytesOut": number(savings.bytes_out),
            },
            "$set": {
                "updatedAt": date::bson(now),
                "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
            },
        };
        self.update(in_round(id, round), change).await
    }

    /// Ends a round of a request with the true counts; how it ended, `None` when somebody else has
    /// ended it. One that was given up meanwhile is `Cancelled`, however its images ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn end(
        &self,
        (id, round): (RequestId, u32),
        counts: Counts,
        savings: Savings,
        output_base: &str,
    ) -> Result<Option<RequestStatus>, StoreError> {
        let given_up = (
            RequestStatus::Cancelled,
            Bson::from(doc! {"$ne": Bson::Null}),
        );
        for (end, cancelled_at) in [(counts.end(), Bson::Null), given_up] {
            let set = self.ended(end, counts, savings, output_base)?;
            let mut which = in_round(id, round);
            which.insert("purgedAt", Bson::Null);
            which.insert("cancelledAt", cancelled_at);
            if self.update(which, doc! {"$set": set}).await?.is_some() {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    fn ended(
        &self,
        end: RequestStatus,
        counts: Counts,
        savings: Savings,
        output_base: &str,
    ) -> Result<Document, StoreError> {
        let now = date::bson(self.store.now());
        Ok(doc! {
            "status": status(end)?,
            "results": Bson::Null,
            "counts": serialize_to_bson(&counts)?,
            "savings": serialize_to_bson(&savings)?,
            "outputBase": output_base,
            "updatedAt": now,
            "endedAt": now,
        })
    }
}
