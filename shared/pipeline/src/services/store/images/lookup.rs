//! Images, looked up: by place, in order, by what is pending.

use futures::{Stream, StreamExt, TryStreamExt, stream};
use mongodb::bson::{Bson, Document, doc};

use super::{Image, Images};
use crate::request::{Counts, ImageRef, ImageStatus, RequestId};
use crate::services::store::{Request, StoreError};

/// Images that are asked for at once where all of a request are read: about a hundred kilobytes. The
/// bundled database takes ever longer over each of more (0.3 to 0.6 ms of a hundred, 2.7 of a thousand).
const PAGE: usize = 100;
/// Pages that are asked for ahead.
const PAGES: usize = 3;

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
            doc! {"$group": {
                "_id": {"status": "$status", "unchanged": "$unchanged"},
                "images": {"$sum": 1_i64},
            }},
        ];
        let groups = self.collection.aggregate(by_status);
        let groups: Vec<Document> = self
            .store
            .bounded(async { groups.await?.try_collect().await })
            .await?;
        let images = |wanted: &dyn Fn(&Document) -> bool| {
            let of = groups
                .iter()
                .filter(|group| group.get_document("_id").is_ok_and(wanted));
            of.filter_map(|group| whole(group.get("images"))).sum()
        };
        let of_status = |status| images(&|of| of.get_str("status").is_ok_and(|it| it == status));
        Ok(Counts {
            succeeded: of_status("Succeeded"),
            failed: of_status("Failed"),
            cancelled: of_status("Cancelled"),
            unchanged: images(&|of| of.get_bool("unchanged").unwrap_or(false)),
        })
    }

    /// A request's images from number `from` on, in the order of the CSV; memory does not grow with
    /// their number. They are asked for a page at a time by their ids, which follow from the numbers:
    /// cheap in any database, whoever else has images in it, and no cursor has to stay alive. The next
    /// page is on its way while one is used.
    ///
    /// Fails when MongoDB is away or refuses.
    pub fn stream(
        &self,
        request: &Request,
        from: u64,
    ) -> impl Stream<Item = Result<Image, StoreError>> + Send + Unpin + use<> {
        let (store, id, all) = (self.store.clone(), request.id, request.intake.images);
        let pages = (from..all).step_by(PAGE).map(move |first| {
            let store = store.clone();
            let count = (all - first).min(PAGE as u64);
            async move { store.images().numbered(id, first, count).await }
        });
        let images = |page: Vec<Image>| stream::iter(page.into_iter().map(Ok));
        let pages = stream::iter(pages).buffered(PAGES);
        pages.map_ok(images).try_flatten().boxed()
    }

    /// At most `limit` images of a request from number `from` on, in the order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn page(
        &self,
        request: &Request,
        from: u64,
        limit: u64,
    ) -> Result<Vec<Image>, StoreError> {
        let all = request.intake.images.saturating_sub(from).min(limit);
        let page = self.numbered(request.id, from, all).await?;
        if page.len() as u64 == all {
            return Ok(page);
        }
        // Of a request that was not taken in whole some are missing, and others follow on those.
        let which = doc! {"_id": ids_from(request.id, from)};
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.listed(which, doc! {"_id": 1}, limit).await
    }

    /// Those of so many images from number `from` on that there are, in the order of the CSV.
    async fn numbered(
        &self,
        request_id: RequestId,
        from: u64,
        count: u64,
    ) -> Result<Vec<Image>, StoreError> {
        let place = |ordinal| ImageRef {
            request_id,
            ordinal,
        };
        let places: Vec<_> = (from..from.saturating_add(count)).map(place).collect();
        let mut images = self.get_all(&places).await?;
        images.sort_unstable_by_key(|image| image.place);
        Ok(images)
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
        self.of_status((request, ImageStatus::Pending), from, limit)
            .await
    }

    /// At most `limit` images of a request that failed, from number `from` on, in the order of the CSV.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn failed(
        &self,
        request: RequestId,
        from: u64,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        self.of_status((request, ImageStatus::Failed), from, limit)
            .await
    }

    /// Those of a status that has an index of its own, in the order of that index.
    async fn of_status(
        &self,
        (request, status): (RequestId, ImageStatus),
        from: u64,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
        let which = doc! {
            "requestId": request.to_string(),
            "_id": ids_from(request, from),
            "status": status.to_string(),
        };
        let order = doc! {"requestId": 1, "_id": 1};
        self.listed(which, order, limit).await
    }

    /// At most `limit` images, in the order of an index.
    pub(super) async fn listed(
        &self,
        which: Document,
        order: Document,
        limit: i64,
    ) -> Result<Vec<Image>, StoreError> {
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
