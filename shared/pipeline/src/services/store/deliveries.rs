//! Deliveries of webhooks and notices: what was tried, and what is due.

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{doc, serialize_to_bson};
use mongodb::options::{ReturnDocument, UpdateOptions};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Request, Store, StoreError, date};
use crate::request::{RequestId, Timestamp};

/// How long an attempt may take before another worker may make it again.
const LEASE_SECONDS: i64 = 120;
/// How long after it was queued an attempt is due again, should its message get lost.
const AGAIN_AFTER_SECONDS: i64 = 5 * 60;
/// How many attempts are kept of a delivery, the latest.
pub const MAX_ATTEMPTS: i32 = 20;
/// How many rounds' deliveries are listed, the latest.
pub const MAX_LISTED: u32 = 100;

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

/// By which way an end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// To the request's own receiver.
    Webhook,
    /// To whoever has subscribed to the stack's topic.
    Notice,
}

/// Which delivery: of the end of a request's round, by one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryId {
    /// The request it tells of.
    pub request_id: RequestId,
    /// The round of the request it tells of.
    pub round: u32,
    /// How.
    pub channel: Channel,
}

impl From<(RequestId, u32)> for DeliveryId {
    /// The webhook of a request's round.
    fn from((request_id, round): (RequestId, u32)) -> Self {
        Self {
            request_id,
            round,
            channel: Channel::Webhook,
        }
    }
}

impl DeliveryId {
    /// The notice of the end of a request's round.
    #[must_use]
    pub fn notice(request_id: RequestId, round: u32) -> Self {
        Self {
            request_id,
            round,
            channel: Channel::Notice,
        }
    }

    /// What its receiver knows it by: the same over all attempts.
    #[must_use]
    pub fn message_id(&self) -> String {
        format!("msg_{}_{}", self.request_id, self.round)
    }

    /// Its `_id`: the request's, from the second round on with the round, and a mark of a notice.
    fn key(&self) -> String {
        let Self {
            request_id, round, ..
        } = self;
        match (self.channel, round) {
            (Channel::Webhook, 1) => request_id.to_string(),
            (Channel::Webhook, round) => format!("{request_id}/{round}"),
            (Channel::Notice, round) => format!("{request_id}/{round}/notice"),
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        let mut parts = key.split('/');
        let request_id = parts.next()?.parse().ok()?;
        let round = parts.next().map_or(Some(1), |round| round.parse().ok())?;
        let channel = match parts.next() {
            None => Channel::Webhook,
            Some(_) => Channel::Notice,
        };
        Some(Self {
            request_id,
            round,
            channel,
        })
    }
}

impl<'de> Deserialize<'de> for DeliveryId {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let key = String::deserialize(source)?;
        Self::of_key(&key).ok_or_else(|| de::Error::custom("no delivery has such an id"))
    }
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
    /// What went wrong, where something did; stable, for programs.
    #[serde(default)]
    pub code: Option<String>,
    /// The same in words.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: u64,
}

/// What a delivery says: fixed by its first attempt, so that a repeat is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The body.
    pub body: String,
}

/// What is told of the end of one round of a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Which it is.
    #[serde(rename = "_id")]
    pub id: DeliveryId,
    /// Where it goes: a URL, or the topic's ARN.
    pub url: String,
    /// How it stands.
    pub state: DeliveryState,
    /// The latest attempts, [`MAX_ATTEMPTS`] at the most.
    pub attempts: Vec<Attempt>,
    /// How many were made: the number of the next one.
    pub attempt: u32,
    /// The number of the attempt with which it was last sent anew: its schedule begins there.
    #[serde(default)]
    pub first_attempt: u32,
    /// How often it was sent anew.
    #[serde(default)]
    pub replays: u32,
    /// What it says, once an attempt was made.
    #[serde(default)]
    pub said: Option<Said>,
    /// When the next one is due.
    #[serde(with = "date")]
    pub next_attempt_at: Timestamp,
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

    /// Records that the end of a request's round is due to be told by one way, at a URL or a topic's ARN,
    /// unless it is recorded already.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn schedule(
        &self,
        request: &Request,
        (channel, url): (Channel, &str),
    ) -> Result<(), StoreError> {
        let now = date::bson(self.store.now());
        let id = DeliveryId {
            request_id: request.id,
            round: request.round,
            channel,
        };
        let new = doc! {"$setOnInsert": {
            "url": url,
            "state": "Pending",
            "attempts": [],
            "attempt": 0_i64,
            "nextAttemptAt": now,
            "leaseUntil": now,
            "createdAt": now,
            "expiresAt": date::bson(request.expires_at),
        }};
        let which = doc! {"_id": id.key()};
        let update = self.collection.update_one(which, new);
        let upsert = UpdateOptions::builder().upsert(true).build();
        self.store
            .bounded(update.with_options(upsert))
            .await
            .map(drop)
    }

    /// One delivery.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get(&self, id: impl Into<DeliveryId>) -> Result<Option<Delivery>, StoreError> {
        let which = doc! {"_id": id.into().key()};
        self.store.bounded(self.collection.find_one(which)).await
    }

    /// The webhooks of a request, those of the latest [`MAX_LISTED`] rounds, the newest first.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn webhooks_of(&self, request: &Request) -> Result<Vec<Delivery>, StoreError> {
        let from = request.round.saturating_sub(MAX_LISTED - 1).max(1);
        let key = |round| DeliveryId::from((request.id, round)).key();
        let keys: Vec<_> = (from..=request.round).map(key).collect();
        let found = self.collection.find(doc! {"_id": {"$in": keys}});
        let found = async { found.await?.try_collect().await };
        let mut found: Vec<Delivery> = self.store.bounded(found).await?;
        found.sort_by_key(|delivery| std::cmp::Reverse(delivery.id.round));
        Ok(found)
    }

    /// Has a delivery that has ended sent anew, from the beginning of its schedule; `None` when somebody
    /// else has, or an attempt was made meanwhile.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn replay(&self, ended: &Delivery) -> Result<Option<Delivery>, StoreError> {
        let now = date::bson(self.store.now());
        let attempt = i64::from(ended.attempt);
        let which = doc! {
            "_id": ended.id.key(),
            "attempt": attempt,
            "state": {"$in": ["Delivered", "Failed"]},
        };
        let change = doc! {
            "$inc": {"replays": 1_i64},
            "$set": {
                "state": "Pending",
                "firstAttempt": attempt,
                "nextAttemptAt": now,
                "leaseUntil": now,
            },
        };
        let update = self.collection.find_one_and_update(which, change);
        self.store
            .bounded(update.return_document(ReturnDocument::After))
            .await
    }

    /// Takes attempt number `attempt`, for one worker only; `None` when it was made already or
    /// somebody is at it.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn claim(
        &self,
        id: impl Into<DeliveryId>,
        attempt: u32,
    ) -> Result<Option<Delivery>, StoreError> {
        let now = self.store.now();
        let free = doc! {
            "_id": id.into().key(),
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

    /// Records an attempt at a delivery as it was claimed, what it said, and what follows: another one at
    /// `next`, or the end.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn record(
        &self,
        claimed: &Delivery,
        made: &Attempt,
        said: Option<&Said>,
        (state, next): (DeliveryState, Timestamp),
    ) -> Result<(), StoreError> {
        let attempt = i64::from(claimed.attempt);
        let which = doc! {"_id": claimed.id.key(), "attempt": attempt};
        let latest = doc! {"$each": [serialize_to_bson(made)?], "$slice": -MAX_ATTEMPTS};
        let change = doc! {
            "$push": {"attempts": latest},
            "$set": {
                "state": serialize_to_bson(&state)?,
                "attempt": attempt + 1,
                "said": serialize_to_bson(&said)?,
                "nextAttemptAt": date::bson(next),
                "leaseUntil": date::bson(self.store.now()),
            },
        };
        self.store
            .bounded(self.collection.update_one(which, change))
            .await
            .map(drop)
    }

    /// Removes what is recorded of a request's webhooks and notices.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn remove(&self, request: &Request) -> Result<(), StoreError> {
        let ids = (1..=request.round).flat_map(|round| {
            let notice = DeliveryId::notice(request.id, round);
            [DeliveryId::from((request.id, round)).key(), notice.key()]
        });
        let ids: Vec<_> = ids.collect();
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
        let ids: Vec<String> = found.iter().map(|due| due.id.key()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_and_way_has_a_key_of_its_own() {
        let id = RequestId::random();
        for (delivery, key) in [
            (DeliveryId::from((id, 1)), id.to_string()),
            (DeliveryId::from((id, 12)), format!("{id}/12")),
            (DeliveryId::notice(id, 1), format!("{id}/1/notice")),
        ] {
            assert_eq!(delivery.key(), key);
            assert_eq!(DeliveryId::of_key(&key), Some(delivery));
        }
        assert_eq!(DeliveryId::of_key("nobody"), None);
        assert_eq!(DeliveryId::of_key(&format!("{id}/x")), None);
    }
}
