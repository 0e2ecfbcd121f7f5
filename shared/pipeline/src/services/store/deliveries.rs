//! Webhook deliveries: what was tried, and what is due.

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{doc, serialize_to_bson};
use mongodb::options::UpdateOptions;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Request, Store, StoreError, date};
use crate::request::{RequestId, Timestamp};

/// How long an attempt may take before another worker may make it again.
const LEASE_SECONDS: i64 = 120;
/// How long after it was queued an attempt is due again, should its message get lost.
const AGAIN_AFTER_SECONDS: i64 = 5 * 60;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// An attempt is due, now or later.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

/// One attempt, as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When it was made.
    #[serde(with = "date")]
    pub at: Timestamp,
    /// What the receiver answered, where it did.
    pub status: Option<u16>,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}

/// The webhook of one round of a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The request it tells of.
    #[serde(rename = "_id", deserialize_with = "request_of")]
    pub request_id: RequestId,
    /// The round of the request it tells of.
    pub round: u32,
    /// Where it goes.
    pub url: String,
    /// How it stands.
    pub state: DeliveryState,
    /// Attempts made; bounded by the schedule.
    pub attempts: Vec<Attempt>,
    /// How many: the number of the next one.
    pub attempt: u32,
    /// When the next one is due.
    #[serde(with = "date")]
    pub next_attempt_at: Timestamp,
}

/// The delivery's id: the request's, and from the second round on the round.
fn id_of((request, round): (RequestId, u32)) -> String {
    match round {
        1 => request.to_string(),
        round => format!("{request}/{round}"),
    }
}

fn request_of<'de, D: Deserializer<'de>>(source: D) -> Result<RequestId, D::Error> {
    let id = String::deserialize(source)?;
    let request = id.split('/').next().unwrap_or_default();
    request.parse().map_err(de::Error::custom)
}

/// The `deliveries` collection.
pub struct Deliveries<'a> {
    store: &'a Store,
    collection: Collection<Delivery>,
}

impl<'a> Deliveries<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            collection: store.collection("deliveries"),
        }
    }

    /// Records that the webhook of a request's round is due, unless it is recorded already.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn schedule(&self, request: &Request, url: &str) -> Result<(), StoreError> {
        let now = date::bson(self.store.now());
        let new = doc! {"$setOnInsert": {
            "round": i64::from(request.round),
            "url": url,
            "state": "Pending",
            "attempts": [],
            "attempt": 0_i64,
            "nextAttemptAt": now,
            "leaseUntil": now,
            "createdAt": now,
            "expiresAt": date::bson(request.expires_at),
        }};
        let which = doc! {"_id": id_of((request.id, request.round))};
        let update = self.collection.update_one(which, new);
        let upsert = UpdateOptions::builder().upsert(true).build();
        self.store
            .bounded(update.with_options(upsert))
            .await
            .map(drop)
    }

    /// The delivery of the webhook of a request's round.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get(&self, of: (RequestId, u32)) -> Result<Option<Delivery>, StoreError> {
        let which = doc! {"_id": id_of(of)};
        self.store.bounded(self.collection.find_one(which)).await
    }

    /// Takes attempt number `attempt`, for one worker only; `None` when it was made already or
    /// somebody is at it.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn claim(
        &self,
        of: (RequestId, u32),
        attempt: u32,
    ) -> Result<Option<Delivery>, StoreError> {
        let now = self.store.now();
        let free = doc! {
            "_id": id_of(of),
            "state": "Pending",
            "attempt": i64::from(attempt),
            "leaseUntil": {"$lte": date::bson(now)},
        };
        let lease = date::bson(now.plus_seconds(LEASE_SECONDS));
        let take = doc! {"$set": {"leaseUntil": lease, "nextAttemptAt": lease}};
        self.store
            .bounded(self.collection.find_one_and_update(free, take))
            .await
    }

    /// Records attempt number `attempt` and what follows: another one at `next`, or the end.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn record(
        &self,
        of: (RequestId, u32),
        attempt: u32,
        made: &Attempt,
        (state, next): (DeliveryState, Timestamp),
    ) -> Result<(), StoreError> {
        let which = doc! {"_id": id_of(of), "attempt": i64::from(attempt)};
        let change = doc! {
            "$push": {"attempts": serialize_to_bson(made)?},
            "$set": {
                "state": serialize_to_bson(&state)?,
                "attempt": i64::from(attempt) + 1,
                "nextAttemptAt": date::bson(next),
                "leaseUntil": date::bson(self.store.now()),
            },
        };
        self.store
            .bounded(self.collection.update_one(which, change))
            .await
            .map(drop)
    }

    /// Removes what is recorded of a request's webhooks.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn remove(&self, request: &Request) -> Result<(), StoreError> {
        let ids: Vec<_> = (1..=request.round)
            .map(|round| id_of((request.id, round)))
            .collect();
        let gone = self.collection.delete_many(doc! {"_id": {"$in": ids}});
        self.store.bounded(gone).await.map(drop)
    }

    /// Deliveries whose next attempt is overdue, the longest waiting first; each is put off, so
    /// that the next call finds others.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn due(&self, limit: i64) -> Result<Vec<Delivery>, StoreError> {
        let now = self.store.now();
        let due = doc! {"state": "Pending", "nextAttemptAt": {"$lte": date::bson(now)}};
        let found = self
            .collection
            .find(due)
            .sort(doc! {"nextAttemptAt": 1})
            .limit(limit);
        let found: Vec<Delivery> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        let ids: Vec<String> = found
            .iter()
            .map(|due| id_of((due.request_id, due.round)))
            .collect();
        // Only what is still due: a worker may have taken it in between.
        let these = doc! {"_id": {"$in": ids}, "state": "Pending", "nextAttemptAt": {"$lte": date::bson(now)}};
        let later = date::bson(now.plus_seconds(AGAIN_AFTER_SECONDS));
        let put_off = doc! {"$set": {"nextAttemptAt": later}};
        self.store
            .bounded(self.collection.update_many(these, put_off))
            .await?;
        Ok(found)
    }
}
