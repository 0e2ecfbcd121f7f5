//! Images, looked up: by place, in order, by what is pending.

use futures::{Stream, TryStreamExt};
use mongodb::bson::{Bson, Document, doc};

use super::{Image, Images};
use crate::request::{Counts, ImageRef, ImageStatus, RequestId};
use crate::services::store::StoreError;

impl Images<'_> {
    /// The images of these places, ended ones too.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get_all(&self, images: &[ImageRef]) -> Result<Vec<Image>, StoreError> {
        let ids: Vec<String> = images.iter().map(ImageRef::id).collect();
        let found = self.collection.find(doc! {"_id": {"$in": ids}});
        self.store
            .bounded(async { found.await?.try_collect().await })
            .await
    }

    /// The image of this place.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get(&self, image: ImageRef) -> Result<Option<Image>, StoreError> {
        self.store
            .bounded(self.collection.find_one(doc! {"_id": image.id()}))
            .await
    }

    /// Whether any of a request's `images` images has not ended. While most have not, the last of the
    /// CSV is one of them, and asking for that one alone is cheap in any database.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn any_pending(&self, request: RequestId, images: u64) -> Result<bool, StoreError> {
        let last = ImageRef {
            request_id: request,
            ordinal: images.saturating_sub(1),
        };
        let last = self.get(last).await?;
        if last.is_some_and(|image| image.status == ImageStatus::Pending) {
            return Ok(true);
        }
        let pending = doc! {"requestId": request.to_string(), "status": "Pending"};
        // In the order of the index: the bundled database walks over all images otherwise.
        let first = self.collection.find_one(pending).sort(doc! {"_id": 1});
        Ok(self.store.bounded(first).await?.is_some())
    }

    /// How many images of a request have ended and how: the truth behind its counters. Costs a walk
    /// over all of them.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn counts(&self, request: RequestId) -> Result<Counts, StoreError> {
        let by_status = [
            doc! {"$match": {"_id": ids_of(request)}},
            doc! {"$group": {"_id": "$status", "images": {"$sum": 1_i64}}},
        ];
        let groups = self.collection.aggregate(by_status);
        let groups: Vec<Document> = self
            .store
            .bounded(async { groups.await?.try_collect().await })
            .await?;
        let images = |status: &str| {
            let of = groups
                .iter()
                .find(|group| group.get_str("_id").is_ok_and(|of| of == status));
            of.and_then(|group| whole(group.get("images"))).unwrap_or(0)
        };
        Ok(Counts {
            succeeded: images("Succeeded"),
            failed: images("Failed"),
            cancelled: images("Cancelled"),
        })
    }

    /// A request's images from number `from` on, in the order of the CSV; memory does not grow with
    /// their number.
    ///
    /// # Errors
    /// When MongoDB is away or refuses, at the start or on the way.
    pub async fn stream(
        &self,
        request: RequestId,
        from: u64,
    ) -> Result<impl Stream<Item = Result<Image, StoreError>> + Unpin + use<>, StoreError> {
        let all = self.collection.find(doc! {"_id": ids_from(request, from)});
        // Each batch of a cursor is one call to the server.
        let all = all.sort(doc! {"_id": 1}).batch_size(1_000);
        Ok(self.store.bounded(all).await?.map_err(StoreError::from))
    }

    /// At most `limit` images of a request from number `from` on, in the order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn page(
        &self,
        request: RequestId,
        from: u64,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let which = doc! {"_id": ids_from(request, from)};
        let page = self
            .collection
            .find(which)
            .sort(doc! {"_id": 1})
            .limit(limit);
        self.store
            .bounded(async { page.await?.try_collect().await })
            .await
    }

    /// At most `limit` pending images of a request from number `from` on, in the order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn pending(
        &self,
        request: RequestId,
        from: u64,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let which = doc! {
            "requestId": request.to_string(),
            "_id": ids_from(request, from),
            "status": "Pending",
        };
        // The order of the index over what is pending.
        let order = doc! {"requestId": 1, "_id": 1};
        let page = self.collection.find(which).sort(order).limit(limit);
        self.store
            .bounded(async { page.await?.try_collect().await })
            .await
    }
}

/// All ids of a request's images: they begin with its id and a slash, and `0` follows on `/`.
pub(super) fn ids_of(request: RequestId) -> Document {
    doc! {"$gte": format!("{request}/"), "$lt": format!("{request}0")}
}

/// Those from number `from` on.
fn ids_from(request_id: RequestId, ordinal: u64) -> Document {
    let first = ImageRef {
        request_id,
        ordinal,
    };
    doc! {"$gte": first.id(), "$lt": format!("{request_id}0")}
}

/// A number as servers return it: of either width.
pub(super) fn whole(number: Option<&Bson>) -> Option<u64> {
    match number? {
        Bson::Int32(number) => u64::try_from(*number).ok(),
        Bson::Int64(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}
