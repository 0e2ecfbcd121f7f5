//! What is recorded of a request; of bounded size whatever the CSV's.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Archive, CHECK_AFTER_SECONDS};
use crate::manifest::{Bookmark, Hints, Reading, RowError, Understood};
use crate::request::{
    Counts, Mark, OutputOptions, OwnerId, Pace, Phase, Progress, RequestId, RequestStatus,
    ResultsFile, Savings, Timestamp, marks,
};
use crate::services::store::{IdempotencyKey, date};

/// How a CSV came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Posted to the API.
    Upload,
    /// Put into the drop bucket.
    Drop,
    /// Announced to the API, and put by a presigned URL.
    Presigned,
}

/// Where a request's CSV came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The way it came.
    pub kind: SourceKind,
    /// For a drop: its bucket.
    pub bucket: Option<String>,
    /// For a drop: its key; for others: its file name, where it had one.
    pub key: Option<String>,
    /// For a drop: its version.
    pub version: Option<String>,
    /// SHA-256 of the CSV in hexadecimal; empty for a CSV that was never read whole. For one that was
    /// announced: that of the file, workbook or CSV.
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
    /// Where the CSV goes on behind them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bookmark: Option<Bookmark>,
    /// Until then somebody is at it.
    #[serde(with = "date")]
    pub lease_until: Timestamp,
}

impl IntakeState {
    /// That of a CSV of which nothing has been taken in: free for whoever is first to claim it.
    pub(super) fn begin(rows: u64, images: u64, duplicates: u64, now: Timestamp) -> Self {
        Self {
            complete: false,
            rows,
            images,
            duplicates,
            checkpoint: 0,
            next_ordinal: 0,
            bookmark: None,
            lease_until: now,
        }
    }
}

/// What a request waits for: its CSV, which is to be put under its presigned key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Awaiting {
    /// Until when it may be begun to be put: the presigned URL's life.
    #[serde(with = "date")]
    pub until: Timestamp,
    /// How it is to be read.
    pub hints: Hints,
}

/// How far one of a request's results files has been written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileState {
    /// The multipart upload that holds its beginning, once it has a part.
    pub upload_id: Option<String>,
    /// Entity tags of the parts written, in order.
    pub parts: Vec<String>,
    /// Bytes behind them, in the object that keeps what fills no part.
    pub rest: u64,
}

/// How far a request's results have been written: where whoever goes on with it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultsState {
    /// The files, in the order of [`ResultsFile::ALL`].
    pub files: [FileState; ResultsFile::ALL.len()],
    /// Entity tag of the object that keeps what fills no part.
    pub rest_tag: String,
    /// Line of the last row that is written.
    pub row: u64,
    /// Rows of products up to there.
    #[serde(default)]
    pub products: u64,
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
    /// The rows to blame; the first 1,000. Lists are without them.
    #[serde(default)]
    pub rows: Vec<RowError>,
}

/// Which failed images go again (all of them, or those of one error or one host), and how far that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// Those that failed with this code.
    pub code: Option<String>,
    /// Those of this host.
    pub host: Option<String>,
    /// They are all pending, and the counters say so; what is left is to queue them.
    #[serde(default)]
    pub counted: bool,
}

/// A [`Mark`] as it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredMark {
    #[serde(with = "date")]
    at: Timestamp,
    ended: u64,
}

impl From<StoredMark> for Mark {
    fn from(StoredMark { at, ended }: StoredMark) -> Self {
        Self { at, ended }
    }
}

impl From<Mark> for StoredMark {
    fn from(Mark { at, ended }: Mark) -> Self {
        Self { at, ended }
    }
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
    /// All of it is made anew, whatever was made before.
    #[serde(default)]
    pub fresh: bool,
    /// Whom to tell of its end.
    pub webhook_url: Option<String>,
    /// Its state.
    pub status: RequestStatus,
    /// Counted from 1; a retry of failed images begins the next.
    pub round: u32,
    /// The first product's name.
    pub product_name: String,
    /// Its CSV, while that has not come.
    #[serde(default)]
    pub awaiting: Option<Awaiting>,
    /// How its CSV is read; `None` for one that was refused, or has not come.
    pub reading: Option<Reading>,
    /// What is to be known of its CSV beside that; a few sentences.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How far its CSV has been taken in.
    pub intake: IntakeState,
    /// How many of its images have ended.
    pub counts: Counts,
    /// Whether images may have ended that were never counted: then only the images know.
    #[serde(default)]
    pub counts_in_doubt: bool,
    /// While they are, and until then, a look of finalize is on its way that begins no sooner.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "date::optional"
    )]
    pub next_look_at: Option<Timestamp>,
    /// What they saved.
    pub savings: Savings,
    /// How far its results are, where it took more than one go.
    #[serde(default)]
    pub results: Option<ResultsState>,
    /// Its ZIP, while that was asked for and is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// Why it failed before any image.
    pub failure: Option<RequestFailure>,
    /// Base of its outputs' URLs; known once it ended.
    pub output_base: Option<String>,
    /// When its owner gave it up.
    #[serde(default, with = "date::optional")]
    pub cancelled_at: Option<Timestamp>,
    /// When its owner wanted everything of it removed: it is gone for callers.
    #[serde(default, with = "date::optional")]
    pub purged_at: Option<Timestamp>,
    /// Until when others may come to name its outputs.
    #[serde(default, with = "date::optional")]
    pub held_until: Option<Timestamp>,
    /// Requests whose outputs its purge has removed, and the CDN is still to forget.
    #[serde(default)]
    pub stale: Vec<RequestId>,
    /// Which failed images are still to go again in this round.
    #[serde(default)]
    pub retry: Option<Retry>,
    /// The key that makes repeats of its upload the same request.
    #[serde(default)]
    pub idempotency_key: Option<IdempotencyKey>,
    /// When it was recorded.
    #[serde(with = "date")]
    pub created_at: Timestamp,
    /// When its round began; `None` in those that are older than this field.
    #[serde(default, with = "date::optional")]
    pub started_at: Option<Timestamp>,
    /// How many images had ended when, the last two times that were looked at.
    #[serde(default)]
    pub marks: Vec<StoredMark>,
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
    /// All of it is made anew, whatever was made before.
    pub fresh: bool,
    /// Whom to tell of its end.
    pub webhook_url: Option<String>,
    /// The key that makes repeats of its upload the same request.
    pub idempotency_key: Option<IdempotencyKey>,
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
        let Understood {
            rows,
            images,
            duplicates,
            ..
        } = *understood;
        let intake = IntakeState::begin(rows, images, duplicates, self.now);
        let name = understood.product_name.clone();
        let request = self.request(RequestStatus::Pending, intake, None);
        Request {
            product_name: name,
            reading: Some(reading),
            notes: understood.notes.clone(),
            ..request
        }
    }

    /// A request whose CSV is still to come.
    #[must_use]
    pub fn awaiting(self, awaiting: Awaiting) -> Request {
        let intake = IntakeState::begin(0, 0, 0, self.now);
        Request {
            awaiting: Some(awaiting),
            ..self.request(RequestStatus::Pending, intake, None)
        }
    }

    /// A request that ended before it began.
    #[must_use]
    pub fn refused(self, mut failure: RequestFailure) -> Request {
        failure.rows.truncate(1_000);
        let intake = IntakeState {
            complete: true,
            ..IntakeState::begin(0, 0, 0, self.now)
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
            fresh: self.fresh,
            webhook_url: self.webhook_url,
            status,
            round: 1,
            product_name: String::new(),
            awaiting: None,
            reading: None,
            notes: Vec::new(),
            intake,
            counts: Counts::default(),
            counts_in_doubt: false,
            next_look_at: None,
            savings: Savings::default(),
            ended_at: failure.is_some().then_some(now),
            results: None,
            archive: None,
            failure,
            output_base: None,
            cancelled_at: None,
            purged_at: None,
            held_until: None,
            stale: Vec::new(),
            retry: None,
            idempotency_key: self.idempotency_key,
            created_at: now,
            started_at: Some(now),
            marks: Vec::new(),
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

    /// How far it is, and how fast it goes at `now`.
    #[must_use]
    pub fn progress_at(&self, now: Timestamp) -> Progress {
        let mut progress = self.progress();
        if matches!(progress.phase, Some(Phase::Intake | Phase::Compressing)) {
            let (marks, ended) = (self.marks(), self.counts.ended());
            let heard = (now, self.updated_at);
            progress.pace = Some(Pace::since(&marks, ended, progress.pending, heard));
        }
        progress
    }

    /// The marks to be recorded now, if any.
    #[must_use]
    pub fn next_marks(&self, now: Timestamp) -> Option<Vec<Mark>> {
        let ended = self.counts.ended();
        marks(&self.marks(), Mark { at: now, ended })
    }

    fn marks(&self) -> Vec<Mark> {
        self.marks.iter().copied().map(Mark::from).collect()
    }

    /// What it is at; `None` once it has ended.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        if self.status != RequestStatus::Pending {
            None
        } else if self.cancelled_at.is_some() {
            Some(Phase::Cancelling)
        } else if self.awaiting.is_some() {
            Some(Phase::Awaiting)
        } else if !self.intake.complete || self.retry.is_some() {
            Some(Phase::Intake)
        } else if self.counts.ended() < self.intake.images {
            Some(Phase::Compressing)
        } else {
            Some(Phase::Finishing)
        }
    }

    /// Whether its images may all have ended, as far as the counters know.
    #[must_use]
    pub fn may_be_done(&self) -> bool {
        self.seems_done() || self.phase() == Some(Phase::Compressing) && self.counts_in_doubt
    }

    /// How long its round has, from its beginning to its deadline.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let begun = self.started_at.unwrap_or(self.created_at);
        self.deadline_at.since(begun)
    }

    /// Whether its images are still to be worked on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status == RequestStatus::Pending && self.cancelled_at.is_none()
    }

    /// Whether it waits for its CSV.
    #[must_use]
    pub fn awaits_file(&self) -> bool {
        self.awaiting.is_some() && self.is_open()
    }

    /// Whether the counters say that it may be ended.
    #[must_use]
    pub fn seems_done(&self) -> bool {
        self.phase() == Some(Phase::Finishing)
    }
}
