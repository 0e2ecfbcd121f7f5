//! Requests: one document each, of bounded size whatever the CSV's.

mod archive;
mod awaiting;
mod control;
mod document;
mod ending;
mod holding;
mod intake;
mod list;
mod watch;

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{Document, doc, serialize_to_bson};
use mongodb::error::{ErrorKind, WriteFailure};
use mongodb::options::ReturnDocument;

use super::{Store, StoreError};
use crate::request::{RequestId, RequestStatus};

pub use archive::{Archive, ArchiveState};
pub use document::{
    Awaiting, FileState, IntakeState, NewRequest, Request, RequestFailure, ResultsState, Retry,
    Source, SourceKind,
};
pub use intake::Reached;
pub use list::{Listed, Newest};

/// How long after its last sign of life a request is looked at by the sweep.
const CHECK_AFTER_SECONDS: i64 = 60;

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

/// Of one round: what comes late from an earlier one changes nothing.
fn in_round(id: RequestId, round: u32) -> Document {
    doc! {"_id": id.to_string(), "status": "Pending", "round": i64::from(round)}
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
