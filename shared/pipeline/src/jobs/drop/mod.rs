//! Makes a request of a CSV that was put into the drop bucket.
//!
//! The same object gives the same request however often its event comes. What it became is
//! written to the outputs bucket as `results/<key>.request.json`.

mod arrival;
mod content;
mod wishes;

use std::io;
use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;
use tokio::io::AsyncReadExt;
use tokio::runtime::Handle;
use tokio_util::io::SyncIoBridge;

use crate::api::paths;
use crate::jobs::intake::{Csv, Intake, IntakeError};
use crate::jobs::notify::Notifier;
use crate::jobs::report;
use crate::manifest::{ManifestError, ManifestLimits, Reading, Understood, Workbook, is_zip};
use crate::request::{OwnerId, RequestDefaults, RequestId, RequestStatus, Wishes};
use crate::services::blobs::{BlobError, Blobs, Key, ObjectHead};
use crate::services::queue::QueueError;
use crate::services::store::{
    IdempotencyKey, Known, NewRequest, Request, RequestFailure, Source, SourceKind, StoreError,
};

use content::How;

/// An object in the drop bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its bucket.
    pub bucket: String,
    /// Its key, decoded.
    pub key: String,
    /// Its version, where the bucket has versions.
    pub version: Option<String>,
    /// Its entity tag: tells versions apart where the bucket has none.
    pub e_tag: String,
}

/// Whether a key is a folder, as consoles and copying programs make them: an empty object of that name.
#[must_use]
pub fn is_folder(key: &str) -> bool {
    key.ends_with('/')
}

impl Dropped {
    /// What makes a repeated event about this object a repeat.
    #[must_use]
    pub fn idempotency_key(&self) -> IdempotencyKey {
        let version = self.version.as_deref().unwrap_or(&self.e_tag);
        IdempotencyKey::of_drop(&self.bucket, &self.key, version)
    }
}

/// Why a dropped CSV could not be taken in; its event may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// S3 failed.
    #[error("the dropped CSV could not be read or kept")]
    Blobs(#[from] BlobError),
    /// The CSV could not be read to its end.
    #[error("the dropped CSV could not be read")]
    Read(#[source] ManifestError),
    /// The reading thread ended early.
    #[error("the dropped CSV could not be validated")]
    Validate(#[from] tokio::task::JoinError),
    /// MongoDB failed.
    #[error("the request could not be recorded")]
    Store(#[from] StoreError),
    /// Intake stopped half way.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// SQS failed.
    #[error("finalize could not be told")]
    Queue(#[from] QueueError),
    /// The note could not be serialized.
    #[error("the note could not be serialized")]
    Serialize(#[from] serde_json::Error),
}

/// What taking in a dropped CSV works with.
pub struct Drops {
    /// Records and queues the images.
    pub intake: Intake,
    /// Where the notes go.
    pub outputs: Blobs,
    /// The API key, by id, whose owner gets what is in no owner's folder.
    pub owner_key: String,
    /// Largest CSV taken.
    pub max_bytes: u64,
    /// How much one CSV may ask for.
    pub limits: ManifestLimits,
    /// What every request gets.
    pub defaults: RequestDefaults,
    /// The ARN of the topic that notices go to, where there are any.
    pub notice_topic: Option<String>,
}

/// Written beside the results: which request an object became.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Note<'a> {
    request_id: RequestId,
    /// Whose it is.
    owner_id: &'a OwnerId,
    status: RequestStatus,
    status_path: String,
    bucket: &'a str,
    key: &'a str,
    version: Option<&'a str>,
    /// What is to be known of its CSV.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
    /// Why it was refused, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RequestFailure>,
}

/// Largest dropped workbook, in bytes: it is read whole, in memory.
const MAX_WORKBOOK_BYTES: u64 = 16 * 1024 * 1024;
impl Drops {
    /// Takes in one dropped CSV, as far as `until` allows; the rest is for a further run.
    ///
    /// # Errors
    /// When a service is away. A CSV that is unusable is no error: its request fails.
    pub async fn take_in(&self, dropped: &Dropped, until: Instant) -> Result<(), DropError> {
        let store = &self.intake.store;
        let new = Known {
            request_id: RequestId::random(),
            fingerprint: String::new(),
        };
        let expires_at = store
            .now()
            .plus_seconds(self.defaults.retention_days * 86_400);
        let key = dropped.idempotency_key();
        let id = store
            .idempotency()
            .take(&key, new, expires_at)
            .await?
            .request_id;
        let request = match store.requests().get(id).await? {
            Some(request) => request,
            None => self.record(id, dropped).await?,
        };
        self.write_note(dropped, &request).await?;
        match request.status {
            RequestStatus::Pending => {
                self.intake.go_on(id, Csv::Kept, until).await?;
                Ok(())
            }
            // Should the webhook have been queued before, its repeat does nothing.
            RequestStatus::Failed if request.failure.is_some() => self.tell(&request).await,
            _ => Ok(()),
        }
    }

    /// Keeps the CSV, validates it and records the request it is.
    async fn record(&self, id: RequestId, dropped: &Dropped) -> Result<Request, DropError> {
        let bucket = self.outputs.of_bucket(&dropped.bucket);
        let head = bucket
            .head(&dropped.key, dropped.version.as_deref())
            .await?;
        let request = match self.examine(id, dropped, &head).await? {
            Ok((new, reading, understood)) => new.accepted(reading, &understood),
            Err((new, failure)) => new.refused(failure),
        };
        let store = &self.intake.store;
        if !store.requests().insert(&request).await?
            && let Some(first) = store.requests().get(id).await?
        {
            return Ok(first);
        }
        if let Some(failure) = &request.failure {
            report::request(request.status);
            tracing::info!(request = %id, code = failure.code, "the dropped CSV was refused");
        }
        Ok(request)
    }

    async fn examine(
        &self,
        id: RequestId,
        dropped: &Dropped,
        head: &ObjectHead,
    ) -> Result<Examined, DropError> {
        let (wishes, complaint) = wishes::read(&head.metadata);
        let how = How {
            hints: wishes.hints.clone(),
            format: wishes.over(self.defaults.options).format,
            sheet: None,
        };
        let mut new = self.new_request(id, dropped, head, wishes).await?;
        if let Some(failure) = complaint {
            return Ok(Err((new, failure)));
        }
        if head.bytes > self.max_bytes {
            return Ok(Err((new, self.too_large(head.bytes))));
        }
        let csv = Key::Csv(id);
        let from = (
            dropped.bucket.as_str(),
            dropped.key.as_str(),
            dropped.version.as_deref(),
        );
        self.intake.uploads.copy_from(from, &csv).await?;
        match self.understand(&csv, head.bytes, how).await? {
            Ok((reading, understood, sha256)) => {
                new.source.sha256 = sha256;
                Ok(Ok((new, reading, understood)))
            }
            Err(failure) => Ok(Err((new, failure))),
        }
    }

    /// What a kept file is understood as, or why it cannot be used. A workbook becomes its first sheet's
    /// CSV.
    async fn understand(
        &self,
        csv: &Key,
        bytes: u64,
        mut how: How,
    ) -> Result<Result<(Reading, Understood, String), RequestFailure>, DropError> {
        match self.unfold(csv, bytes).await? {
            Ok(sheet) => how.sheet = sheet,
            Err(error) => return Ok(Err(failure_of(&error))),
        }
        match self.read(csv, how).await? {
            Ok(read) => Ok(Ok(read)),
            Err(error) if error.is_transient() => Err(DropError::Read(error)),
            Err(error) => Ok(Err(failure_of(&error))),
        }
    }

    fn too_large(&self, bytes: u64) -> RequestFailure {
        let most = self.max_bytes;
        let message =
            format!("the file has {bytes} bytes; at most {most} are taken (MaxDropBytes)");
        failure("file_too_large", message)
    }

    /// Puts a workbook's first sheet in its place, as CSV, and tells what is to be said of the others;
    /// anything else stays as it is.
    async fn unfold(&self, csv: &Key, bytes: u64) -> Result<Unfolded, DropError> {
        let uploads = &self.intake.uploads;
        let mut source = uploads.open(csv).await?;
        let mut file = Vec::new();
        let start = (&mut source).take(4).read_to_end(&mut file).await;
        start.map_err(|error| DropError::Read(error.into()))?;
        if !is_zip(&file) {
            return Ok(Ok(None));
        }
        if bytes > MAX_WORKBOOK_BYTES {
            let max = MAX_WORKBOOK_BYTES;
            return Ok(Err(ManifestError::LargeWorkbook { max }));
        }
        let rest = source.read_to_end(&mut file).await;
        rest.map_err(|error| DropError::Read(error.into()))?;
        match tokio::task::spawn_blocking(move || Workbook::read(&file)).await? {
            Ok(workbook) => {
                let note = workbook.note();
                uploads.put(csv, "text/csv", workbook.csv.into()).await?;
                Ok(Ok(Some(note)))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// Reads a kept CSV, as a rule once.
    async fn read(&self, csv: &Key, how: How) -> Result<content::Validated, DropError> {
        let source = SyncIoBridge::new(self.intake.uploads.open(csv).await?);
        let (uploads, csv, limits) = (self.intake.uploads.clone(), csv.clone(), self.limits);
        let runtime = Handle::current();
        let again = move || {
            let opened = runtime.block_on(uploads.open(&csv));
            opened.map(SyncIoBridge::new).map_err(io::Error::other)
        };
        let read = move || content::read(source, again, &how, limits);
        Ok(tokio::task::spawn_blocking(read).await?)
    }

    async fn new_request(
        &self,
        id: RequestId,
        dropped: &Dropped,
        head: &ObjectHead,
        wishes: Wishes,
    ) -> Result<NewRequest, StoreError> {
        let store = &self.intake.store;
        Ok(NewRequest {
            id,
            owner_id: self.owner_of(&dropped.key).await?,
            source: Source {
                kind: SourceKind::Drop,
                bucket: Some(dropped.bucket.clone()),
                key: Some(dropped.key.clone()),
                version: dropped.version.clone(),
                sha256: String::new(),
                bytes: head.bytes,
            },
            options: wishes.over(self.defaults.options),
            fresh: wishes.fresh,
            webhook_url: wishes.webhook_url,
            // A repeated event about a drop that was purged must not bring it back.
            idempotency_key: None,
            now: store.now(),
            deadline_hours: self.defaults.deadline_hours,
            retention_days: self.defaults.retention_days,
        })
    }

    /// Whose a dropped CSV is: the owner's in whose folder it is, named by the owner's id, or else the
    /// first API key's.
    async fn owner_of(&self, key: &str) -> Result<OwnerId, StoreError> {
        let owners = self.intake.store.owners();
        if let Some((folder, _)) = key.split_once('/')
            && let Some(owner) = owners.named(folder).await?
        {
            return Ok(owner.id);
        }
        owners.find_or_create(&self.owner_key).await
    }

    async fn write_note(&self, dropped: &Dropped, request: &Request) -> Result<(), DropError> {
        let note = serde_json::to_vec(&Note {
            request_id: request.id,
            owner_id: &request.owner_id,
            status: request.status,
            status_path: format!("/{}", paths::status(request.id)),
            bucket: &dropped.bucket,
            key: &dropped.key,
            version: dropped.version.as_deref(),
            notes: &request.notes,
            error: request.failure.as_ref(),
        })?;
        let key = Key::DropNote {
            dropped: dropped.key.clone(),
        };
        Ok(self
            .outputs
            .put(&key, "application/json", Bytes::from(note))
            .await?)
    }

    async fn tell(&self, request: &Request) -> Result<(), DropError> {
        let notifier = self.notifier();
        notifier.schedule(request).await?;
        Ok(notifier.tell(request).await?)
    }

    fn notifier(&self) -> Notifier {
        Notifier {
            store: self.intake.store.clone(),
            finalize: self.intake.finalize.clone(),
            topic: self.notice_topic.clone(),
        }
    }
}

fn failure(code: &str, message: impl Into<String>) -> RequestFailure {
    RequestFailure {
        code: code.to_owned(),
        message: message.into(),
        rows: Vec::new(),
    }
}

fn failure_of(error: &ManifestError) -> RequestFailure {
    RequestFailure {
        rows: error.rows().to_vec(),
        ..failure(error.code(), error.to_string())
    }
}

/// A usable CSV's request, how it is read, and what it was understood as; or an unusable one's, and why.
type Examined = Result<(NewRequest, Reading, Understood), (NewRequest, RequestFailure)>;

/// Whether it is a sheet of a workbook, and what is to be said of the others; or why it cannot be read.
type Unfolded = Result<Option<Option<String>>, ManifestError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_without_a_version_are_told_apart_by_their_tag() {
        let dropped = |e_tag: &str| Dropped {
            bucket: "b".into(),
            key: "k".into(),
            version: None,
            e_tag: e_tag.into(),
        };
        assert_ne!(
            dropped("1").idempotency_key(),
            dropped("2").idempotency_key()
        );
    }
}
