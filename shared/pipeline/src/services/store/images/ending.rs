//! Images that end without having been worked on: copies with the first of their URL, and all that is
//! pending at a deadline. There may be a million of them, more than one update does in its time: they end
//! so many at a time, and what has ended is not looked at again.

use std::collections::{BTreeMap, HashMap};

use futures::TryStreamExt;
use mongodb::bson::{Bson, Document, doc, serialize_to_document};
use mongodb::options::{UpdateManyModel, WriteModel};

use super::lookup::whole;
use super::{ImageEnd, Images, end_of};
use crate::request::{ImageFailure, ImageRef, RequestId};
use crate::services::queue::ImageMessage;
use crate::services::store::{StoreError, date};

/// How images of one request ended, by their numbers.
pub type Ends = BTreeMap<u64, ImageEnd>;

/// Copies that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndedCopies {
    /// How many, by the number of the image that they are copies of.
    pub of: BTreeMap<u64, u64>,
    /// Whether there may be more.
    pub more: bool,
}

impl Images<'_> {
    /// How those of these images have ended that have, by request and the message's round.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn ends(
        &self,
        messages: &[ImageMessage],
    ) -> Result<BTreeMap<(RequestId, u32), Ends>, StoreError> {
        let round = |message: &ImageMessage| (message.image, message.round);
        let rounds: HashMap<ImageRef, u32> = messages.iter().map(round).collect();
        let places: Vec<ImageRef> = rounds.keys().copied().collect();
        let mut ends = BTreeMap::<_, Ends>::new();
        for image in self.get_all(&places).await? {
            let place = image.place;
            if let (Some(round), Some(end)) = (rounds.get(&place), image.end()) {
                let of_round = ends.entry((place.request_id, *round)).or_default();
                of_round.insert(place.ordinal, end);
            }
        }
        Ok(ends)
    }

    /// Ends at most `limit` copies, pending in a round of a request, of images that ended so.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may have ended.
    pub async fn end_copies(
        &self,
        round: (RequestId, u32),
        ends: &Ends,
        limit: usize,
    ) -> Result<EndedCopies, StoreError> {
        let mut pending = BTreeMap::<u64, Vec<Bson>>::new();
        let mut found = 0;
        for copy in self.pending_copies(round, ends, limit).await? {
            found += 1;
            let first = whole(copy.get("sameAs")).filter(|first| ends.contains_key(first));
            if let (Some(first), Some(id)) = (first, copy.get("_id")) {
                pending.entry(first).or_default().push(id.clone());
            }
        }
        let more = found == limit;
        let mut models = Vec::new();
        for (first, ids) in &pending {
            models.extend(
                ends.get(first)
                    .map(|end| self.end_all(ids, round.1, end))
                    .transpose()?,
            );
        }
        if models.is_empty() {
            return Ok(EndedCopies {
                more,
                ..EndedCopies::default()
            });
        }
        let client = self.collection.client();
        let write = client.bulk_write(models).ordered(false).verbose_results();
        let written = self.store.bounded(write).await?;
        let ended = |place| {
            let update = written.update_results.get(&place);
            update.map_or(0, |update| update.modified_count)
        };
        let of = pending.into_keys().enumerate();
        let of = of.map(|(place, first)| (first, ended(place)));
        Ok(EndedCopies {
            of: of.collect(),
            more,
        })
    }

    /// Ends at most `limit` pending images of a request with the same failure; how many there were.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may have ended.
    pub async fn fail_pending(
        &self,
        request: RequestId,
        failure: &ImageFailure,
        limit: usize,
    ) -> Result<u64, StoreError> {
        let pending = doc! {"requestId": request.to_string(), "status": "Pending"};
        let order = doc! {"requestId": 1, "_id": 1};
        let found = self.few(pending, order, limit).await?;
        let ids: Vec<_> = found.iter().flat_map(|image| image.get("_id")).collect();
        let these = doc! {"_id": {"$in": ids}, "status": "Pending"};
        let now = date::bson(self.store.now());
        let set =
            doc! {"status": "Failed", "error": serialize_to_document(failure)?, "updatedAt": now};
        let update = self.collection.update_many(these, doc! {"$set": set});
        Ok(self.store.bounded(update).await?.modified_count)
    }

    async fn pending_copies(
        &self,
        (request, round): (RequestId, u32),
        ends: &Ends,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let firsts: Vec<i64> = ends
            .keys()
            .filter_map(|first| i64::try_from(*first).ok())
            .collect();
        let copies = doc! {
            "requestId": request.to_string(),
            // Not by equality: the bundled database then misses copies that are there.
            "sameAs": {"$in": firsts},
            "status": "Pending",
            "round": i64::from(round),
        };
        let order = doc! {"requestId": 1, "sameAs": 1, "status": 1};
        self.few(copies, order, limit).await
    }

    /// The ids of at most `limit` images, and whose copies they are. In the order of an index: the
    /// bundled database walks over all images otherwise.
    async fn few(
        &self,
        which: Document,
        order: Document,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let images = self.collection.clone_with_type::<Document>();
        let few = images
            .find(which)
            .sort(order)
            .projection(doc! {"sameAs": 1});
        let few = few.limit(limit.try_into().unwrap_or(i64::MAX));
        self.store
            .bounded(async { few.await?.try_collect().await })
            .await
    }

    fn end_all(&self, ids: &[Bson], round: u32, end: &ImageEnd) -> Result<WriteModel, StoreError> {
        let mut set = end_of(end)?;
        set.insert("updatedAt", date::bson(self.store.now()));
        let model = UpdateManyModel::builder()
            .namespace(self.collection.namespace())
            .filter(doc! {"_id": {"$in": ids}, "status": "Pending", "round": i64::from(round)})
            .update(doc! {"$set": set});
        Ok(WriteModel::UpdateMany(model.build()))
    }
}
