//! A request's ZIP: whether it was asked for, and how far it is.

use mongodb::bson::{Bson, Document, doc, serialize_to_bson};
use serde::{Deserialize, Serialize};

use super::{Request, Requests, by_id};
use crate::request::Timestamp;
use crate::services::store::{StoreError, date};

/// The ZIP of a request's outputs, while it is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Archive {
    /// When somebody was told to write it.
    #[serde(default, with = "date::optional")]
    pub asked_at: Option<Timestamp>,
    /// Why it cannot be written.
    #[serde(default)]
    pub failure: Option<String>,
    /// What is kept of it.
    #[serde(default)]
    pub kept: Option<ArchiveState>,
}

/// How far an archive has been written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveState {
    /// The multipart upload that holds its beginning.
    pub upload_id: String,
    /// Entity tags of the parts written, in order.
    pub parts: Vec<String>,
    /// The files in them, in order: length and CRC-32 of each.
    pub files: Vec<(u32, u32)>,
}

impl Requests<'_> {
    /// Notes that somebody was told to write a request's ZIP.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn ask_for_archive(&self, request: &Request) -> Result<(), StoreError> {
        let set = doc! {"archive.askedAt": date::bson(self.store.now())};
        let update = self.update(ended(request), doc! {"$set": set});
        update.await.map(drop)
    }

    /// Takes the writing of a request's ZIP for one worker; `None` when somebody is at it, or its next
    /// round has begun.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn claim_archive(
        &self,
        request: &Request,
        lease_until: Timestamp,
    ) -> Result<Option<Request>, StoreError> {
        let mut free = ended(request);
        let now = date::bson(self.store.now());
        free.insert("archive.leaseUntil", doc! {"$not": {"$gt": now}});
        let set = doc! {"archive.leaseUntil": date::bson(lease_until)};
        self.update(free, doc! {"$set": set}).await
    }

    /// Leaves the writing of a request's ZIP to whoever tries next, behind what is kept of it.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn release_archive(
        &self,
        request: &Request,
        kept: Option<&ArchiveState>,
    ) -> Result<(), StoreError> {
        let set = doc! {
            "archive.leaseUntil": date::bson(self.store.now()),
            "archive.kept": serialize_to_bson(&kept)?,
        };
        let update = self.update(ended(request), doc! {"$set": set});
        update.await.map(drop)
    }

    /// Notes why a request's ZIP cannot be written.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn fail_archive(&self, request: &Request, why: &str) -> Result<(), StoreError> {
        let set = doc! {"archive.failure": why, "archive.kept": Bson::Null};
        let update = self.update(ended(request), doc! {"$set": set});
        update.await.map(drop)
    }

    /// Forgets that a ZIP was asked for, as it is there.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn complete_archive(&self, request: &Request) -> Result<(), StoreError> {
        let update = self.update(ended(request), doc! {"$unset": {"archive": ""}});
        update.await.map(drop)
    }
}

/// That round of it, once it has ended.
fn ended(request: &Request) -> Document {
    let mut ended = by_id(request.id);
    ended.insert("status", doc! {"$ne": "Pending"});
    ended.insert("round", i64::from(request.round));
    ended
}
