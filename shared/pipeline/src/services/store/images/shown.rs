//! What owners ask of a request's images: where a row's begin, how they failed, which hosts are next.

use futures::TryStreamExt;
use mongodb::bson::{Document, doc};

use super::Images;
use crate::request::{ImageRef, RequestId};
use crate::services::store::StoreError;
use crate::services::store::images::lookup::whole;

/// Failed images that are counted by error and host.
const COUNTED: i64 = 1_000;
/// Pending images that are looked at for their hosts.
const AHEAD: i64 = 100;

/// How many images failed alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedAlike {
    /// With this code.
    pub code: String,
    /// At this host.
    pub host: String,
    /// So many.
    pub images: u64,
}

impl Images<'_> {
    /// The number of the first image of a CSV's row, among the first `images` of a request; of the first
    /// row behind it if it has none. A few point reads: images are numbered as the rows are.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn first_of_row(
        &self,
        request_id: RequestId,
        row: u64,
        images: u64,
    ) -> Result<u64, StoreError> {
        let (mut low, mut high) = (0, images);
        while low < high {
            let ordinal = low.midpoint(high);
            let image = ImageRef {
                request_id,
                ordinal,
            };
            match self.get(image).await? {
                Some(image) if image.row < row => low = ordinal + 1,
                // What is not there yet comes later.
                _ => high = ordinal,
            }
        }
        Ok(low)
    }

    /// How the first 1,000 images that failed did so, the most frequent first.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn failed_alike(&self, request: RequestId) -> Result<Vec<FailedAlike>, StoreError> {
        let alike = [
            doc! {"$match": {"requestId": request.to_string(), "status": "Failed"}},
            doc! {"$sort": {"requestId": 1, "_id": 1}},
            doc! {"$limit": COUNTED},
            doc! {"$group": {
                "_id": {"code": "$error.code", "host": "$host"},
                "images": {"$sum": 1_i64},
            }},
        ];
        let groups = self.collection.aggregate(alike);
        let groups: Vec<Document> = self
            .store
            .bounded(async { groups.await?.try_collect().await })
            .await?;
        let mut alike: Vec<_> = groups.iter().filter_map(failed_alike).collect();
        alike.sort_by(|a, b| {
            let order = b.images.cmp(&a.images);
            order.then_with(|| (&a.code, &a.host).cmp(&(&b.code, &b.host)))
        });
        Ok(alike)
    }

    /// The hosts of the next images that are pending.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn hosts_ahead(&self, request: RequestId) -> Result<Vec<String>, StoreError> {
        let ahead = self.collection.clone_with_type::<Document>();
        let ahead = ahead
            .find(doc! {"requestId": request.to_string(), "status": "Pending"})
            .sort(doc! {"requestId": 1, "_id": 1})
            .limit(AHEAD)
            .projection(doc! {"host": 1});
        let ahead: Vec<Document> = self
            .store
            .bounded(async { ahead.await?.try_collect().await })
            .await?;
        let hosts = ahead.iter().filter_map(|image| image.get_str("host").ok());
        let mut hosts: Vec<_> = hosts.map(str::to_owned).collect();
        hosts.sort_unstable();
        hosts.dedup();
        Ok(hosts)
    }
}

fn failed_alike(group: &Document) -> Option<FailedAlike> {
    let of = group.get_document("_id").ok()?;
    Some(FailedAlike {
        code: of.get_str("code").ok()?.to_owned(),
        host: of.get_str("host").unwrap_or_default().to_owned(),
        images: whole(group.get("images"))?,
    })
}
