//! Accepts an uploaded CSV: checks it whole, keeps it, records the request. From then on nothing of
//! it can get lost, whatever happens to the call.

use std::time::Instant;

use bytes::Bytes;

use crate::hash::sha256;
use crate::jobs::intake::{Csv, Intake};
use crate::manifest::{
    Dialect, Hints, Look, ManifestError, ManifestLimits, Reading, Understood, Workbook, is_zip,
    validate,
};
use crate::request::{OwnerId, RequestDefaults, RequestId, Wishes};
use crate::services::blobs::{BlobError, Key};
use crate::services::store::{IdempotencyKey, Known, NewRequest, Source, SourceKind, StoreError};
use crate::telemetry::chain;

/// Longest `Idempotency-Key`, in bytes.
pub const MAX_KEY_BYTES: usize = 255;

/// What a client sent.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The API key it came with, by id.
    pub api_key_id: String,
    /// Makes a repeat of the call the same request.
    pub idempotency_key: Option<String>,
    /// The CSV.
    pub file: Bytes,
    /// Its name, where it had one.
    pub file_name: Option<String>,
    /// What the client chose.
    pub wishes: Wishes,
}

/// Why an upload was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The CSV cannot be used.
    #[error("the CSV is unusable")]
    Manifest(#[from] ManifestError),
    /// The idempotency key came with something else before.
    #[error("the idempotency key was used for another upload")]
    KeyReused,
    /// The owner has as many pending requests as anybody may have.
    #[error("there are {0} pending requests")]
    TooManyPending(usize),
    /// S3 failed.
    #[error("the CSV could not be kept")]
    Blobs(#[from] BlobError),
    /// MongoDB failed.
    #[error("the request could not be recorded")]
    Store(#[from] StoreError),
    /// The fingerprint could not be made.
    #[error("the options could not be serialized")]
    Serialize(#[from] serde_json::Error),
}

/// An upload that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Its request.
    pub id: RequestId,
    /// What its CSV was understood as.
    pub understood: Understood,
}

/// What accepting uploads works with. Cheap to clone.
#[derive(Clone)]
pub struct Uploads {
    /// Records and queues the images.
    pub intake: Intake,
    /// How much one CSV may ask for.
    pub limits: ManifestLimits,
    /// What every request gets.
    pub defaults: RequestDefaults,
    /// How many pending requests an owner may have.
    pub max_pending: usize,
}

impl Uploads {
    /// Reads an upload as accepting it would, and keeps nothing. A workbook becomes its first sheet's
    /// CSV.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn understand(&self, upload: &mut Upload) -> Result<(Reading, Understood), ManifestError> {
        let workbook = is_zip(&upload.file).then(|| Workbook::read(&upload.file));
        let note = match workbook.transpose()? {
            Some(workbook) => {
                let note = workbook.note();
                upload.file = workbook.csv.into();
                Some(note)
            }
            None => None,
        };
        let mut look = Look::at(&upload.file[..])?;
        look.of_workbook = note.is_some();
        let format = upload.wishes.over(self.defaults.options).format;
        let read = || {
            let (reading, titles) = reading(&look, &upload.wishes.hints)?;
            let mut understood = validate(&upload.file[..], &reading, &titles, self.limits)?;
            understood.advise(&titles, format);
            Ok((reading, understood))
        };
        noted(read(), note.flatten())
    }

    /// Accepts an upload and takes in as much of it as `until` allows; the rest is ingest's.
    ///
    /// # Errors
    /// When it cannot be used, or a service is away: then nothing was accepted.
    pub async fn accept(
        &self,
        mut upload: Upload,
        until: Instant,
    ) -> Result<Accepted, AcceptError> {
        let (reading, understood) = self.understand(&mut upload)?;
        let store = &self.intake.store;
        let owner = store.owners().find_or_create(&upload.api_key_id).await?;
        let new = RequestId::random();
        let key = upload.idempotency_key.as_deref();
        let id = self
            .identify(&owner, key, || fingerprint(&upload), new)
            .await?;
        // A repeat does the work of a first call that died before it was done, and nothing else.
        if id == new || store.requests().get(id).await?.is_none() {
            self.check_room(&owner).await?;
            let request = self.new_request(id, owner, &upload);
            let csv = upload.file.clone();
            let uploads = &self.intake.uploads;
            // Kept first, then recorded: both may be done twice.
            uploads.put(&Key::Csv(id), "text/csv", csv).await?;
            let request = request.accepted(reading, &understood);
            store.requests().insert(&request).await?;
            self.begin(id, upload.file, until).await;
        }
        Ok(Accepted { id, understood })
    }

    /// Whether an owner may have one more request. Calls at the same moment may all be let through: it
    /// keeps the house in order, and is no lock.
    pub(super) async fn check_room(&self, owner: &OwnerId) -> Result<(), AcceptError> {
        let requests = self.intake.store.requests();
        let pending = requests.pending_of(owner, self.max_pending).await?;
        if pending < self.max_pending {
            Ok(())
        } else {
            Err(AcceptError::TooManyPending(pending))
        }
    }

    /// The id that a call has from its first time on.
    pub(super) async fn identify(
        &self,
        owner: &OwnerId,
        key: Option<&str>,
        fingerprint: impl FnOnce() -> Result<String, serde_json::Error>,
        new: RequestId,
    ) -> Result<RequestId, AcceptError> {
        let Some(key) = key else {
            return Ok(new);
        };
        let store = &self.intake.store;
        let key = IdempotencyKey::of_upload(owner, key);
        let asked = Known {
            request_id: new,
            fingerprint: fingerprint()?,
        };
        let expires_at = store
            .now()
            .plus_seconds(self.defaults.retention_days * 86_400);
        let known = store
            .idempotency()
            .take(&key, asked.clone(), expires_at)
            .await?;
        if known.fingerprint == asked.fingerprint {
            Ok(known.request_id)
        } else {
            Err(AcceptError::KeyReused)
        }
    }

    fn new_request(&self, id: RequestId, owner_id: OwnerId, upload: &Upload) -> NewRequest {
        NewRequest {
            id,
            source: Source {
                kind: SourceKind::Upload,
                bucket: None,
                key: upload.file_name.clone(),
                version: None,
                sha256: sha256(&[&upload.file]),
                bytes: upload.file.len() as u64,
            },
            options: upload.wishes.over(self.defaults.options),
            fresh: upload.wishes.fresh,
            webhook_url: upload.wishes.webhook_url.clone(),
            idempotency_key: (upload.idempotency_key.as_ref())
                .map(|key| IdempotencyKey::of_upload(&owner_id, key)),
            owner_id,
            now: self.intake.store.now(),
            deadline_hours: self.defaults.deadline_hours,
            retention_days: self.defaults.retention_days,
        }
    }

    /// From here on the request is durable: what fails now is made good by the sweep, and the
    /// client need not know.
    async fn begin(&self, id: RequestId, csv: Bytes, until: Instant) {
        if let Err(error) = self.intake.go_on(id, Csv::Here(csv), until).await {
            tracing::error!(request = %id, error = chain(&error), "the sweep will go on with the intake");
        }
    }
}

/// How a CSV is to be read, and the titles of its columns.
///
/// # Errors
/// When its header is none that can be used.
pub fn reading(look: &Look, hints: &Hints) -> Result<(Reading, Vec<String>), ManifestError> {
    let (dialect, titles) = Dialect::of(look, &hints.mapping)?;
    let hints = hints.clone();
    Ok((Reading { dialect, hints }, titles))
}

/// Says beside what a sheet was understood as, or why it was not, that there are others.
pub(super) fn noted(
    read: Result<(Reading, Understood), ManifestError>,
    note: Option<String>,
) -> Result<(Reading, Understood), ManifestError> {
    let Some(note) = note else { return read };
    match read {
        Ok((reading, mut understood)) => {
            understood.notes.insert(0, note + ".");
            Ok((reading, understood))
        }
        Err(error) => Err(ManifestError::Sheet {
            error: Box::new(error),
            note,
        }),
    }
}

/// What an upload asks for: the file and all that was chosen.
fn fingerprint(upload: &Upload) -> Result<String, serde_json::Error> {
    let wishes = serde_json::to_vec(&upload.wishes)?;
    Ok(sha256(&[&wishes, b"\0", &upload.file]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::OptionName;

    #[test]
    fn a_fingerprint_is_of_the_file_and_of_every_choice() {
        let upload = |file: &'static str, choices: &[(OptionName, &str)]| {
            let mut wishes = Wishes::default();
            for (option, value) in choices {
                wishes.set(*option, value).unwrap();
            }
            fingerprint(&Upload {
                api_key_id: "key".into(),
                idempotency_key: None,
                file: Bytes::from(file),
                file_name: None,
                wishes,
            })
            .unwrap()
        };
        let plain = upload("a", &[]);
        assert_eq!(plain, upload("a", &[]));
        let others = [
            upload("b", &[]),
            upload("a", &[(OptionName::Quality, "50")]),
            upload("a", &[(OptionName::Format, "webp")]),
            upload("a", &[(OptionName::Copyright, "keep")]),
            upload("a", &[(OptionName::WebhookUrl, "https://a/")]),
        ];
        for other in others {
            assert_ne!(plain, other);
        }
    }
}
