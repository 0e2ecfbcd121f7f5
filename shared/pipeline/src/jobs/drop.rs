//! Makes a request of a CSV that was put into the drop bucket.
//!
//! The same object gives the same request however often its event comes. What it became is
//! written to the outputs bucket as `results/<key>.request.json`.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::Read;
use std::str::FromStr;

use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio_util::io::SyncIoBridge;

use crate::jobs::completion;
use crate::jobs::intake::{self, Intake, IntakeError};
use crate::manifest::{self, Limits, ManifestError, Summary};
use crate::request::{Options, Owner, RequestId, RequestStatus};
use crate::services::blobs::{BlobError, Blobs, Key, ObjectHead};
use crate::services::fetch;
use crate::services::queue::{Queue, QueueError};
use crate::services::store::{NewRequest, Request, RequestFailure, Source, SourceKind, StoreError};

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

impl Dropped {
    /// The request this object is.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        let version = self.version.as_deref().unwrap_or(&self.e_tag);
        RequestId::of_drop(&self.bucket, &self.key, version)
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
    /// Where finalize is told.
    pub finalize: Queue,
    /// Who owns dropped requests.
    pub owner: Owner,
    /// Largest CSV taken.
    pub max_bytes: u64,
    /// What comes out unless the object's metadata says otherwise.
    pub options: Options,
    /// Days after which a request is forgotten.
    pub retention_days: i64,
}

/// Written beside the results: which request an object became.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Note<'a> {
    request_id: RequestId,
    status: RequestStatus,
    status_path: String,
    bucket: &'a str,
    key: &'a str,
    version: Option<&'a str>,
}

/// What the sender of an object chose, from its metadata.
struct Choice {
    webhook_url: Option<String>,
    options: Options,
}

impl Choice {
    fn read(&mut self, metadata: &HashMap<String, String>) -> Result<(), RequestFailure> {
        if let Some(url) = metadata.get("webhook-url") {
            fetch::check_url(url)
                .map_err(|error| failure("invalid_webhook_url", error.to_string()))?;
            self.webhook_url = Some(url.clone());
        }
        let options = &mut self.options;
        let said = |name: &str| metadata.get(name);
        choose(&mut options.quality, said("quality"), "invalid_quality")?;
        choose(&mut options.format, said("format"), "invalid_format")?;
        choose(
            &mut options.copyright,
            said("copyright"),
            "invalid_copyright",
        )?;
        Ok(())
    }
}

/// Sets an option to what the metadata says of it, if anything; `code` is for what cannot be used.
fn choose<T: FromStr<Err: Display>>(
    option: &mut T,
    said: Option<&String>,
    code: &str,
) -> Result<(), RequestFailure> {
    if let Some(text) = said {
        let unusable = |error: T::Err| failure(code, error.to_string());
        *option = text.parse().map_err(unusable)?;
    }
    Ok(())
}

impl Drops {
    /// Takes in one dropped CSV.
    ///
    /// # Errors
    /// When a service is away. A CSV that is unusable is no error: its request fails.
    pub async fn take_in(&self, dropped: &Dropped) -> Result<(), DropError> {
        let id = dropped.request_id();
        let store = &self.intake.store;
        store.prepare().await?;
        let known = store.requests().get(id).await?;
        let repeated = known.is_some();
        let request = match known {
            Some(request) => request,
            None => self.record(id, dropped).await?,
        };
        self.write_note(dropped, &request).await?;
        match request.status {
            RequestStatus::Pending if repeated => self.resume(id).await,
            RequestStatus::Pending => self.go_on(&request).await,
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
            Ok((new, summary)) => new.accepted(summary),
            Err((new, failure)) => new.refused(failure),
        };
        let store = &self.intake.store;
        if !store.requests().insert(&request).await?
            && let Some(first) = store.requests().get(id).await?
        {
            return Ok(first);
        }
        if let Some(failure) = &request.failure {
            tracing::info!(request = %id, code = failure.code, "the dropped CSV was refused");
        }
        Ok(request)
    }

    async fn examine(
        &self,
        id: RequestId,
        dropped: &Dropped,
        head: &ObjectHead,
    ) -> Result<Result<(NewRequest, Summary), (NewRequest, RequestFailure)>, DropError> {
        let (choice, complaint) = self.choice(head);
        let mut new = self.new_request(id, dropped, head, choice);
        if let Some(failure) = complaint {
            return Ok(Err((new, failure)));
        }
        if head.bytes > self.max_bytes {
            let (is, most) = (head.bytes, self.max_bytes);
            let message =
                format!("the file has {is} bytes; at most {most} are taken (MaxDropBytes)");
            return Ok(Err((new, failure("file_too_large", message))));
        }
        let csv = Key::Csv(id);
        let from = (
            dropped.bucket.as_str(),
            dropped.key.as_str(),
            dropped.version.as_deref(),
        );
        self.intake.uploads.copy_from(from, &csv).await?;
        let source = SyncIoBridge::new(self.intake.uploads.open(&csv).await?);
        let limits = self.intake.limits;
        let read = tokio::task::spawn_blocking(move || validate(source, limits)).await?;
        match read {
            Ok((summary, sha256)) => {
                new.source.sha256 = sha256;
                Ok(Ok((new, summary)))
            }
            Err(error) if error.is_transient() => Err(DropError::Read(error)),
            Err(error) => Ok(Err((new, failure_of(&error)))),
        }
    }

    fn new_request(
        &self,
        id: RequestId,
        dropped: &Dropped,
        head: &ObjectHead,
        choice: Choice,
    ) -> NewRequest {
        NewRequest {
            id,
            owner: self.owner.clone(),
            source: Source {
                kind: SourceKind::Drop,
                bucket: Some(dropped.bucket.clone()),
                key: Some(dropped.key.clone()),
                version: dropped.version.clone(),
                sha256: String::new(),
                bytes: head.bytes,
            },
            options: choice.options,
            webhook_url: choice.webhook_url,
            lease_seconds: intake::LEASE_SECONDS,
            retention_days: self.retention_days,
        }
    }

    /// Reads `x-amz-meta-webhook-url`, `x-amz-meta-quality`, `x-amz-meta-format` and
    /// `x-amz-meta-copyright`; what cannot be used of them is a complaint that fails the request.
    fn choice(&self, head: &ObjectHead) -> (Choice, Option<RequestFailure>) {
        let mut choice = Choice {
            webhook_url: None,
            options: self.options,
        };
        let complaint = choice.read(&head.metadata).err();
        (choice, complaint)
    }

    async fn write_note(&self, dropped: &Dropped, request: &Request) -> Result<(), DropError> {
        let note = serde_json::to_vec(&Note {
            request_id: request.id,
            status: request.status,
            status_path: format!("/api/v1/images/status/{}", request.id),
            bucket: &dropped.bucket,
            key: &dropped.key,
            version: dropped.version.as_deref(),
        })?;
        let key = Key::DropNote {
            dropped: dropped.key.clone(),
        };
        Ok(self
            .outputs
            .put(&key, "application/json", Bytes::from(note))
            .await?)
    }

    /// Runs the intake unless it is complete or somebody is at it.
    async fn resume(&self, id: RequestId) -> Result<(), DropError> {
        let requests = self.intake.store.requests();
        match requests.claim_intake(id, intake::LEASE_SECONDS).await? {
            Some(request) => self.go_on(&request).await,
            None => Ok(()),
        }
    }

    async fn go_on(&self, request: &Request) -> Result<(), DropError> {
        let taken = self.intake.run_from_blob(request).await;
        if taken.is_err() {
            // Best effort: the lease ends by itself.
            let _ = self.intake.release(request.id).await;
        }
        if taken?.is_some_and(|request| request.seems_done()) {
            completion::queue_finalize(&self.finalize, request.id).await?;
        }
        Ok(())
    }

    async fn tell(&self, request: &Request) -> Result<(), DropError> {
        let Some(url) = &request.webhook_url else {
            return Ok(());
        };
        self.intake
            .store
            .deliveries()
            .schedule(request, url)
            .await?;
        Ok(completion::queue_webhook(&self.finalize, request.id).await?)
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

/// Validates a CSV and hashes it in the same pass.
fn validate(source: impl Read, limits: Limits) -> Result<(Summary, String), ManifestError> {
    let mut source = Hashing {
        source,
        hash: Sha256::new(),
    };
    let summary = manifest::validate(&mut source, limits)?;
    Ok((summary, hex(&source.hash.finalize())))
}

/// The SHA-256 of bytes in memory, as [`Source::sha256`] has it.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hashing<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use halftone_codec::{Copyright, OutputFormat};

    use super::*;

    #[test]
    fn a_csv_is_hashed_while_it_is_validated() {
        let csv = b"S. No.,Product Name,Input Image Urls\n1,A,https://a/1.jpg\n";
        let limits = Limits {
            max_rows: 9,
            max_urls_per_row: 9,
        };
        let (summary, hash) = validate(&csv[..], limits).unwrap();
        assert_eq!((summary.rows, hash), (1, sha256(csv)));
    }

    #[test]
    fn metadata_is_a_choice_or_a_complaint() {
        let read = |metadata: &[(&str, &str)]| {
            let mut choice = Choice {
                webhook_url: None,
                options: Options::default(),
            };
            let owned = metadata.iter().map(|(a, b)| ((*a).into(), (*b).into()));
            let complaint = choice.read(&owned.collect()).err();
            (choice.options, complaint.map(|failure| failure.code))
        };
        let asked = [("quality", "70"), ("format", "png"), ("copyright", "keep")];
        let (options, complaint) = read(&asked);
        assert_eq!((options.quality.get(), complaint), (70, None));
        assert_eq!(options.format, OutputFormat::Png);
        assert_eq!(options.copyright, Copyright::Keep);
        for (name, value, code) in [
            ("webhook-url", "ftp://a", "invalid_webhook_url"),
            ("quality", "0", "invalid_quality"),
            ("format", "tiff", "invalid_format"),
            ("copyright", "yes", "invalid_copyright"),
        ] {
            assert_eq!(read(&[(name, value)]).1.as_deref(), Some(code));
        }
    }

    #[test]
    fn objects_without_a_version_are_told_apart_by_their_tag() {
        let dropped = |e_tag: &str| Dropped {
            bucket: "b".into(),
            key: "k".into(),
            version: None,
            e_tag: e_tag.into(),
        };
        assert_ne!(dropped("1").request_id(), dropped("2").request_id());
    }
}
