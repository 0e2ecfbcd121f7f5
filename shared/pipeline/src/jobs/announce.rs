//! Announces a CSV that is too large for a call: its request is recorded, and waits for the file, which
//! its sender puts by a presigned URL.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::{hex, sha256};
use crate::jobs::accept::{AcceptError, Uploads};
use crate::request::{OwnerId, RequestId, Timestamp, Wishes};
use crate::services::blobs::{ExpectedBody, Key, PresignedPut};
use crate::services::store::{Awaiting, IdempotencyKey, NewRequest, Request, Source, SourceKind};

/// How long a file may be begun to be put, from the last call that asked for it.
pub const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// What a client announced; within its bounds.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The API key it came with, by id.
    pub api_key_id: String,
    /// Makes a repeat of the call the same request.
    pub idempotency_key: Option<String>,
    /// Size of the file.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// Its media type.
    pub content_type: String,
    /// Its name, where it has one.
    pub file_name: Option<String>,
    /// What the client chose.
    pub wishes: Wishes,
}

/// A request whose file was announced.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Its id.
    pub id: RequestId,
    /// How the file is put, and until when that may be begun; `None` where nothing is awaited (any more).
    pub put: Option<(PresignedPut, Timestamp)>,
}

impl Uploads {
    /// Records a request that waits for its file. A repeat gives the same one more time.
    ///
    /// # Errors
    /// When it may not be, or a service is away: then nothing was announced.
    pub async fn announce(&self, announcement: &Announcement) -> Result<Announced, AcceptError> {
        let store = &self.intake.store;
        let (owners, requests) = (store.owners(), store.requests());
        let owner = owners.find_or_create(&announcement.api_key_id).await?;
        let new = RequestId::random();
        let key = announcement.idempotency_key.as_deref();
        let id = self
            .identify(&owner, key, || fingerprint(announcement), new)
            .await?;
        let until = store.now().plus(LIFETIME);
        let known = if id == new {
            None
        } else {
            requests.get(id).await?
        };
        match &known {
            Some(known) if !known.awaits_file() => return Ok(Announced { id, put: None }),
            Some(_) => requests.await_until(id, until).await?,
            None => {
                self.check_room(&owner).await?;
                let request = self.awaiting(id, owner, announcement, until);
                requests.insert(&request).await?;
            }
        }
        let body = ExpectedBody {
            bytes: announcement.bytes,
            sha256: &STANDARD.encode(announcement.sha256),
            content_type: &announcement.content_type,
        };
        let uploads = &self.intake.uploads;
        let put = uploads
            .presigned_put(&Key::Presigned(id), body, LIFETIME)
            .await?;
        Ok(Announced {
            id,
            put: Some((put, until)),
        })
    }

    fn awaiting(
        &self,
        id: RequestId,
        owner_id: OwnerId,
        announcement: &Announcement,
        until: Timestamp,
    ) -> Request {
        let key = announcement.idempotency_key.as_deref();
        let wishes = &announcement.wishes;
        let new = NewRequest {
            id,
            source: Source {
                kind: SourceKind::Presigned,
                bucket: None,
                key: announcement.file_name.clone(),
                version: None,
                sha256: hex(&announcement.sha256),
                bytes: announcement.bytes,
            },
            options: wishes.over(self.defaults.options),
            fresh: wishes.fresh,
            webhook_url: wishes.webhook_url.clone(),
            idempotency_key: key.map(|key| IdempotencyKey::of_upload(&owner_id, key)),
            owner_id,
            now: self.intake.store.now(),
            deadline_hours: self.defaults.deadline_hours,
            retention_days: self.defaults.retention_days,
        };
        new.awaiting(Awaiting {
            until,
            hints: wishes.hints.clone(),
        })
    }
}

/// What is announced: the file and all that was chosen. Never that of an upload.
fn fingerprint(announcement: &Announcement) -> Result<String, serde_json::Error> {
    let Announcement {
        bytes,
        sha256: hash,
        content_type,
        wishes,
        ..
    } = announcement;
    let wishes = serde_json::to_vec(wishes)?;
    let size = bytes.to_be_bytes();
    let file = [b"\0announced\0", &size[..], hash, content_type.as_bytes()];
    Ok(sha256(&[&wishes, &file.concat()]))
}
