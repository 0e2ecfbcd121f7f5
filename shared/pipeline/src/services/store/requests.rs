//! Requests: one document each, of bounded size whatever the CSV's.

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, doc, serialize_to_bson};
use mongodb::error::{ErrorKind, WriteFailure};
use mongodb::options::ReturnDocument;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, date};
use crate::manifest::{Reading, RowError, Understood};
use crate::request::{
    Counts, OutputOptions, OwnerId, Phase, Progress, RequestId, RequestStatus, Savings, Timestamp,
};

/// How long after its last sign of life a request is looked at by the sweep.
const CHECK_AFTER_SECONDS: i64 = 60;
/// How long after one look of the sweep the next is due.
const CHECK_AGAIN_AFTER_SECONDS: i64 = 5 * 60;

/// How a CSV came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Posted to the API.
    Upload,
    /// Put into the drop bucket.
    Drop,
}

/// Where a request's CSV came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The way it came.
    pub kind: SourceKind,
    /// For a drop: its bucket.
    pub bucket: Option<String>,
    /// For a drop: its key; for an upload: its file name, where it had one.
    pub key: Option<String>,
    /// For a drop: its version.
    pub version: Option<String>,
    /// SHA-256 of the CSV in hexadecimal; empty for a CSV that was never read whole.
    pub sha256: String,
    /// Size of the CSV.
    pub bytes: u64,
}

/// How far a CSV has been taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntakeState {
    /// Every image is recorded and queued.
    pub complete: bool,
    /// Rows in the CSV.
    pub rows: u64,
    /// Images in the CSV.
    pub images: u64,
    /// Images whose URL stands in it before.
    pub duplicates: u64,
    /// The images of every row up to this line are recorded and queued.
    pub checkpoint: u64,
    /// Images on those rows: the number of the next one.
    pub next_ordinal: u64,
    /// Until then somebody is at it.
    #[serde(with = "date")]
    pub lease_until: Timestamp,
}

/// The files in which a request's results are written, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultsFile {
    /// What became of each row.
    #[default]
    Report,
    /// The CSV as it came, with its outputs in the place of its images.
    Source,
}

/// How far a results CSV has been written: where whoever goes on with it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultsState {
    /// Which of the two files it is.
    pub file: ResultsFile,
    /// The multipart upload that holds its beginning.
    pub upload_id: String,
    /// Entity tags of the parts written, in order.
    pub parts: Vec<String>,
    /// Line of the last row that is in them.
    pub row: u64,
    /// Number of the first image that is not in them.
    pub next_ordinal: u64,
    /// Images in them.
    pub counts: Counts,
    /// What those saved.
    pub savings: Savings,
}

/// Why a request could not be taken in at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestFailure {
    /// Stable code.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// The rows to blame; the first 1,000.
    pub rows: Vec<RowError>,
}

/// One request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: RequestId,
    /// Whose it is.
    pub owner_id: OwnerId,
    /// Where its CSV came from.
    pub source: Source,
    /// What its sender chose.
    pub options: OutputOptions,
    /// Whom to tell of its end.
    pub webhook_url: Option<String>,
    /// Its state.
    pub status: RequestStatus,
    /// Counted from 1; a retry of failed images begins the next.
    pub round: u32,
    /// The first product's name.
    pub product_name: String,
    /// How its CSV is read; `None` for one that was refused.
    pub reading: Option<Reading>,
    /// How far its CSV has been taken in.
    pub intake: IntakeState,
    /// How many of its images have ended.
    pub counts: Counts,
    /// Whether images may have ended that were never counted: then only the images know.
    #[serde(default)]
    pub counts_in_doubt: bool,
    /// What they saved.
    pub savings: Savings,
    /// How far its results CSV is, where it took more than one go.
    #[serde(default)]
    pub results: Option<ResultsState>,
    /// Why it failed before any image.
    pub failure: Option<RequestFailure>,
    /// Base of its outputs' URLs; known once it ended.
    pub output_base: Option<String>,
    /// When it was recorded.
    #[serde(with = "date")]
    pub created_at: Timestamp,
    /// When something last happened to it.
    #[serde(with = "date")]
    pub updated_at: Timestamp,
    /// When it left `Pending`.
    #[serde(with = "date::optional")]
    pub ended_at: Option<Timestamp>,
    /// When the sweep looks at it next.
    #[serde(with = "date")]
    pub next_check_at: Timestamp,
    /// When what has not ended by then ends as failed.
    #[serde(with = "date")]
    pub deadline_at: Timestamp,
    /// When it is forgotten, with its images and objects.
    #[serde(with = "date")]
    pub expires_at: Timestamp,
}

/// What is known of a request when it comes in.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// Its id.
    pub id: RequestId,
    /// Whose it is.
    pub owner_id: OwnerId,
    /// Where its CSV came from.
    pub source: Source,
    /// What its sender chose.
    pub options: OutputOptions,
    /// Whom to tell of its end.
    pub webhook_url: Option<String>,
    /// When it came in.
    pub now: Timestamp,
    /// Hours after which what has not ended ends as failed.
    pub deadline_hours: i64,
    /// Days after which it is forgotten.
    pub retention_days: i64,
}

impl NewRequest {
    /// A request whose CSV is usable.
    #[must_use]
    pub fn accepted(self, reading: Reading, understood: &Understood) -> Request {
        let intake = IntakeState {
            complete: false,
            rows: understood.rows,
            images: understood.images,
            duplicates: understood.duplicates,
            checkpoint: 0,
            next_ordinal: 0,
            // Free for whoever is first to claim it.
            lease_until: self.now,
        };
        let name = understood.product_name.clone();
        let request = self.request(RequestStatus::Pending, intake, None);
        Request {
            product_name: name,
            reading: Some(reading),
            ..request
        }
    }

    /// A request that ended before it began.
    #[must_use]
    pub fn refused(self, mut failure: RequestFailure) -> Request {
        failure.rows.truncate(1_000);
        let intake = IntakeState {
            complete: true,
            rows: 0,
            images: 0,
            duplicates: 0,
            checkpoint: 0,
            next_ordinal: 0,
            lease_until: self.now,
        };
        self.request(RequestStatus::Failed, intake, Some(failure))
    }

    fn request(
        self,
        status: RequestStatus,
        intake: IntakeState,
        failure: Option<RequestFailure>,
    ) -> Request {
        let now = self.now;
        Request {
            id: self.id,
            owner_id: self.owner_id,
            source: self.source,
            options: self.options,
            webhook_url: self.webhook_url,
            status,
            round: 1,
            product_name: String::new(),
            reading: None,
            intake,
            counts: Counts::default(),
            counts_in_doubt: false,
            savings: Savings::default(),
            ended_at: failure.is_some().then_some(now),
            results: None,
            failure,
            output_base: None,
            created_at: now,
            updated_at: now,
            next_check_at: now.plus_seconds(CHECK_AFTER_SECONDS),
            deadline_at: now.plus_seconds(self.deadline_hours * 3_600),
            expires_at: now.plus_seconds(self.retention_days * 86_400),
        }
    }
}

impl Request {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress::new(self.intake.images, self.counts, self.phase())
    }

    /// What it is at; `None` once it has ended.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        if self.status != RequestStatus::Pending {
            None
        } else if !self.intake.complete {
            Some(Phase::Intake)
        } else if self.counts.ended() < self.intake.images {
            Some(Phase::Compressing)
        } else {
            Some(Phase::Finishing)
        }
    }

    /// Whether the counters say that it may be ended.
    #[must_use]
    pub fn seems_done(&self) -> bool {
        self.phase() == Some(Phase::Finishing)
    }
}

/// The `requests` collection.
pub struct Requests<'a> {
    store: &'a Store,
    collection: Collection<Request>,
}

impl<'a> Requests<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            collection: store.collection("requests"),
        }
    }

    /// Records a request; `false` when there is one of this id already.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn insert(&self, request: &Request) -> Result<bool, StoreError> {
        match self
            .store
            .bounded(self.collection.insert_one(request))
            .await
        {
            Ok(_) => Ok(true),
            Err(StoreError::Driver(error)) if is_duplicate(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The request of this id.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        self.store
            .bounded(self.collection.find_one(by_id(id)))
            .await
    }

    /// The requests of these ids.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get_all(
        &self,
        ids: impl IntoIterator<Item = RequestId>,
    ) -> Result<Vec<Request>, StoreError> {
        let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
        let found = self.collection.find(doc! {"_id": {"$in": ids}});
        self.store
            .bounded(async { found.await?.try_collect().await })
            .await
    }

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
        free.insert("intake.complete", false);
        free.insert("intake.leaseUntil", doc! {"$lte": date::bson(now)});
        let until = date::bson(now.plus_seconds(lease_seconds));
        self.update(free, doc! {"$set": {"intake.leaseUntil": until}})
            .await
    }

    /// Gives an intake back before its lease ends, for whoever tries next.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn release_intake(&self, id: RequestId) -> Result<(), StoreError> {
        let now = date::bson(self.store.now());
        self.update(pending(id), doc! {"$set": {"intake.leaseUntil": now}})
            .await
            .map(drop)
    }

    /// Notes that every image up to line `row`, of which there are `next_ordinal`, is recorded and
    /// queued, and stays at it.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn checkpoint_intake(
        &self,
        id: RequestId,
        (row, next_ordinal): (u64, u64),
        lease_seconds: i64,
    ) -> Result<(), StoreError> {
        let now = self.store.now();
        let set = doc! {
            "intake.checkpoint": number(row),
            "intake.nextOrdinal": number(next_ordinal),
            "intake.leaseUntil": date::bson(now.plus_seconds(lease_seconds)),
            "updatedAt": date::bson(now),
            "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
        };
        self.update(pending(id), doc! {"$set": set}).await.map(drop)
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
            "intake.leaseUntil": now,
            "nextCheckAt": now,
        };
        self.update(pending(id), doc! {"$set": set}).await.map(drop)
    }

    /// Puts the counters right. They are a hint: images that end at the same moment may be missed
    /// until the next time.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn repair_counts(&self, id: RequestId, counts: Counts) -> Result<(), StoreError> {
        let set = doc! {"counts": serialize_to_bson(&counts)?};
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
        free.insert("intake.complete", true);
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
        id: RequestId,
        state: Option<&ResultsState>,
    ) -> Result<(), StoreError> {
        let now = date::bson(self.store.now());
        let set = doc! {
            "resultsLeaseUntil": now,
            "nextCheckAt": now,
            "results": serialize_to_bson(&state)?,
        };
        self.update(pending(id), doc! {"$set": set}).await.map(drop)
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

    /// Moves the counters by images that just ended; the request as it then is, or `None` when
    /// it is no longer pending.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn count(
        &self,
        id: RequestId,
        counts: Counts,
        savings: Savings,
    ) -> Result<Option<Request>, StoreError> {
        let now = self.store.now();
        let change = doc! {
            "$inc": {
                "counts.succeeded": number(counts.succeeded),
                "counts.failed": number(counts.failed),
                "savings.bytesIn": number(savings.bytes_in),
                "savings.bytesOut": number(savings.bytes_out),
            },
            "$set": {
                "updatedAt": date::bson(now),
                "nextCheckAt": date::bson(now.plus_seconds(CHECK_AFTER_SECONDS)),
            },
        };
        self.update(pending(id), change).await
    }

    /// Ends a request with the true counts; `false` when somebody else already has.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn end(
        &self,
        id: RequestId,
        counts: Counts,
        savings: Savings,
        output_base: &str,
    ) -> Result<bool, StoreError> {
        let now = date::bson(self.store.now());
        let ended = if counts.succeeded > 0 {
            RequestStatus::Completed
        } else {
            RequestStatus::Failed
        };
        let set = doc! {
            "status": status(ended)?,
            "results": mongodb::bson::Bson::Null,
            "counts": serialize_to_bson(&counts)?,
            "savings": serialize_to_bson(&savings)?,
            "outputBase": output_base,
            "updatedAt": now,
            "endedAt": now,
        };
        Ok(self
            .update(pending(id), doc! {"$set": set})
            .await?
            .is_some())
    }

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

    async fn update(
        &self,
        which: Document,
        change: Document,
    ) -> Result<Option<Request>, StoreError> {
        let update = self.collection.find_one_and_update(which, change);
        self.store
            .bounded(update.return_document(ReturnDocument::After))
            .await
    }
}

fn by_id(id: RequestId) -> Document {
    doc! {"_id": id.to_string()}
}

fn pending(id: RequestId) -> Document {
    doc! {"_id": id.to_string(), "status": "Pending"}
}

/// The word that is stored, which is the one that is shown.
fn status(status: RequestStatus) -> Result<mongodb::bson::Bson, StoreError> {
    Ok(serialize_to_bson(&status)?)
}

/// BSON has no unsigned numbers.
fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Server error 11000, `DuplicateKey`.
pub(super) fn is_duplicate(error: &mongodb::error::Error) -> bool {
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == 11_000)
}
