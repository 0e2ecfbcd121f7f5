//! Which images name an output, and what a purged request's images leave behind.

use futures::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::Images;
use crate::request::{ImageRef, RequestId};
use crate::services::blobs::Key;
use crate::services::store::StoreError;
use crate::services::store::images::lookup::ids_of;

/// An image of a request that is being purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    id: String,
    /// Where it was fetched.
    pub input_url: String,
    /// The output that it names, if it is an earlier request's.
    pub named: Option<String>,
}

impl Images<'_> {
    /// Which requests' images name these outputs, each with the output's key: those for which an output was made,
    /// and those that found it again.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn naming(&self, keys: &[String]) -> Result<Vec<(String, RequestId)>, StoreError> {
        let again = [
            // In the order of the index, which is of images that found their output again only.
            doc! {"$match": {"outputKey": {"$in": keys}, "unchanged": {"$exists": true}}},
            doc! {"$sort": {"outputKey": 1, "requestId": 1}},
            doc! {"$group": {"_id": {"outputKey": "$outputKey", "requestId": "$requestId"}}},
        ];
        let again = self.collection.aggregate(again);
        let again: Vec<Document> = self
            .store
            .bounded(async { again.await?.try_collect().await })
            .await?;
        let again = again
            .iter()
            .filter_map(|group| group.get_document("_id").ok());
        let mut naming: Vec<_> = again.filter_map(named_by).collect();
        naming.extend(self.first(keys).await?);
        Ok(naming)
    }

    /// The images that these outputs were made for.
    async fn first(&self, keys: &[String]) -> Result<Vec<(String, RequestId)>, StoreError> {
        let firsts = keys.iter().filter_map(|key| Key::image_of(key));
        let ids: Vec<String> = firsts.map(|first: ImageRef| first.id()).collect();
        let found = self.collection.clone_with_type::<Document>();
        let found = found
            .find(doc! {"_id": {"$in": ids}, "outputKey": {"$in": keys}})
            .projection(doc! {"outputKey": 1, "requestId": 1});
        let found: Vec<Document> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        Ok(found.iter().filter_map(named_by).collect())
    }

    /// At most `limit` images of a request that is being purged.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn leaving(
        &self,
        request: RequestId,
        limit: i64,
    ) -> Result<Vec<Leaving>, StoreError> {
        let found = self.collection.clone_with_type::<Document>();
        let found = found
            .find(doc! {"_id": ids_of(request)})
            .sort(doc! {"_id": 1})
            .limit(limit)
            .projection(doc! {"inputUrl": 1, "outputKey": 1, "unchanged": 1});
        let found: Vec<Document> = self
            .store
            .bounded(async { found.await?.try_collect().await })
            .await?;
        Ok(found.iter().filter_map(leaving).collect())
    }

    /// Removes images.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may be removed.
    pub async fn remove(&self, images: &[Leaving]) -> Result<(), StoreError> {
        let ids: Vec<&str> = images.iter().map(|image| image.id.as_str()).collect();
        let gone = self.collection.delete_many(doc! {"_id": {"$in": ids}});
        self.store.bounded(gone).await.map(drop)
    }
}

fn named_by(image: &Document) -> Option<(String, RequestId)> {
    let request = image.get_str("requestId").ok()?.parse().ok()?;
    Some((image.get_str("outputKey").ok()?.to_owned(), request))
}

fn leaving(image: &Document) -> Option<Leaving> {
    let text = |name| image.get_str(name).ok().map(str::to_owned);
    Some(Leaving {
        id: text("_id")?,
        input_url: text("inputUrl").unwrap_or_default(),
        named: text("outputKey").filter(|_| image.get_bool("unchanged").unwrap_or(false)),
    })
}
