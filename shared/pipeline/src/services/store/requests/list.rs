//! An owner's requests, the newest first.

use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};

use super::{Request, Requests, status};
use crate::request::{OwnerId, RequestId, RequestStatus, Timestamp};
use crate::services::store::{StoreError, date};

/// A place in a list of requests: that of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// When it was recorded.
    pub created_at: Timestamp,
    /// Its id, which tells requests of the same moment apart.
    pub id: RequestId,
}

/// Which requests of an owner are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Newest {
    /// Of this status only.
    pub status: Option<RequestStatus>,
    /// Recorded at this moment or later.
    pub since: Option<Timestamp>,
    /// Behind this one.
    pub behind: Option<Listed>,
}

impl Requests<'_> {
    /// At most `limit` requests of an owner, the newest first, from an index. They come without what
    /// may be large and no list shows: `reading`, `results`, `archive`, `notes`, and a failure's rows.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn newest(
        &self,
        owner: &OwnerId,
        asked: Newest,
        limit: i64,
    ) -> Result<Vec<Request>, StoreError> {
        let found = self.collection.find(filter(owner, asked)?);
        let found = found
            .sort(doc! {"createdAt": -1, "_id": -1})
            .limit(limit)
            .projection(
                doc! {"reading": 0, "results": 0, "archive": 0, "notes": 0, "failure.rows": 0},
            );
        self.store
            .bounded(async { found.await?.try_collect().await })
            .await
    }
}

impl Requests<'_> {
    /// How many requests of an owner are pending; counts no further than to `most`.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn pending_of(&self, owner: &OwnerId, most: usize) -> Result<usize, StoreError> {
        let pending = Newest {
            status: Some(RequestStatus::Pending),
            ..Newest::default()
        };
        let collection = self.collection.clone_with_type::<Document>();
        let found = collection
            .find(filter(owner, pending)?)
            .sort(doc! {"createdAt": -1, "_id": -1})
            .limit(i64::try_from(most).unwrap_or(i64::MAX))
            .projection(doc! {"_id": 1});
        let found: Vec<Document> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        Ok(found.len())
    }
}

fn filter(owner: &OwnerId, asked: Newest) -> Result<Document, StoreError> {
    let mut filter = doc! {"ownerId": &owner.0, "purgedAt": Bson::Null};
    if let Some(asked) = asked.status {
        // Not by equality: the bundled database then takes the index of what is due, and finds nothing.
        filter.insert("status", doc! {"$in": [status(asked)?]});
    }
    let mut created = Document::new();
    if let Some(since) = asked.since {
        created.insert("$gte", date::bson(since));
    }
    if let Some(behind) = asked.behind {
        let at = date::bson(behind.created_at);
        created.insert("$lte", at);
        filter.insert(
            "$or",
            [
                doc! {"createdAt": {"$lt": at}},
                doc! {"_id": {"$lt": behind.id.to_string()}},
            ],
        );
    }
    if !created.is_empty() {
        filter.insert("createdAt", created);
    }
    Ok(filter)
}
