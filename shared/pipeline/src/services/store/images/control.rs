//! Images of a request that was given up, or whose failed images go again; a page at a time.

use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};

use super::{Images, date};
use crate::request::{ImageRef, RequestId};
use crate::services::store::images::lookup::whole;
use crate::services::store::{Image, Retry, StoreError};

impl Images<'_> {
    /// Ends at most `limit` pending images of a request as cancelled; whether there were any.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn cancel_pending(&self, request: RequestId, limit: i64) -> Result<bool, StoreError> {
        let page = self.pending(request, 0, limit).await?;
        let ids: Vec<_> = page.iter().map(|image| image.place.id()).collect();
        if ids.is_empty() {
            return Ok(false);
        }
        let which = doc! {"_id": {"$in": ids}, "status": "Pending"};
        let set = doc! {
            "status": "Cancelled",
            "error": Bson::Null,
            "updatedAt": date::bson(self.store.now()),
        };
        let update = self.collection.update_many(which, doc! {"$set": set});
        self.store.bounded(update).await?;
        Ok(true)
    }

    /// At most `limit` images of a request that failed before round `round` and are to go again, in the
    /// order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn failed_before(
        &self,
        (request, round): (RequestId, u32),
        retry: &Retry,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let mut which = doc! {
            "requestId": request.to_string(),
            "status": "Failed",
            "round": {"$lt": i64::from(round)},
        };
        if let Some(code) = &retry.code {
            which.insert("error.code", code);
        }
        if let Some(host) = &retry.host {
            which.insert("host", host);
        }
        // The order of the index over what has failed.
        let order = doc! {"requestId": 1, "_id": 1};
        self.listed(which, order, limit).await
    }

    /// Puts those of these images that failed in an earlier round back, as if they had never been
    /// tried, to be worked on in round `round`.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may have been put back.
    pub async fn put_back(&self, images: &[ImageRef], round: u32) -> Result<(), StoreError> {
        let ids: Vec<_> = images.iter().map(ImageRef::id).collect();
        let round = i64::from(round);
        let failed = doc! {"_id": {"$in": ids}, "status": "Failed", "round": {"$lt": round}};
        let now = date::bson(self.store.now());
        let set = doc! {
            "status": "Pending",
            "round": round,
            "tries": 0_i64,
            "notBefore": now,
            "error": Bson::Null,
            "updatedAt": now,
        };
        let update = self.collection.update_many(failed, doc! {"$set": set});
        self.store.bounded(update).await.map(drop)
    }

    /// How many images of a request are pending.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn count_pending(&self, request: RequestId) -> Result<u64, StoreError> {
        let pending = [
            doc! {"$match": {"requestId": request.to_string(), "status": "Pending"}},
            // In the order of the index, as any_pending.
            doc! {"$sort": {"requestId": 1, "_id": 1}},
            doc! {"$group": {"_id": Bson::Null, "images": {"$sum": 1_i64}}},
        ];
        let counted = self.collection.aggregate(pending);
        let counted: Vec<Document> = self
            .store
            .bounded(async { counted.await?.try_collect().await })
            .await?;
        let images = counted.first().and_then(|group| whole(group.get("images")));
        Ok(images.unwrap_or(0))
    }
}
