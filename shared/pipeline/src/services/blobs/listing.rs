//! Lists of objects: one call for up to 1,000 of them.

use super::{BlobError, Blobs, written_at};
use crate::request::Timestamp;

/// Most objects of a list.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub const MOST_LISTED: usize = 1_000;

/// An object as a list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Its size.
    pub bytes: u64,
    /// When it was written; unknown of services that do not say.
    pub written_at: Option<Timestamp>,
}

impl Blobs {
    /// The first 1,000 keys below a prefix, behind one of them.
    ///
    /// # Errors
    /// When S3 is away.
    pub async fn list(&self, prefix: &str, behind: Option<&str>) -> Result<Vec<String>, BlobError> {
        let listed = self.list_objects(prefix, behind, MOST_LISTED).await?;
        Ok(listed.into_iter().map(|object| object.key).collect())
    }

    /// The first objects below a prefix in the order of their keys' bytes, behind a key: `most` of them, and no more
    /// than [`MOST_LISTED`].
    ///
    /// # Errors
    /// When S3 is away.
    pub async fn list_objects(
        &self,
        prefix: &str,
        behind: Option<&str>,
        most: usize,
    ) -> Result<Vec<ListedObject>, BlobError> {
        let most = i32::try_from(most.min(MOST_LISTED)).ok();
        let call = self.client.list_objects_v2().bucket(&self.bucket);
        let listed = call
            .prefix(prefix)
            .set_start_after(behind.map(str::to_owned))
            .set_max_keys(most)
            .send()
            .await
            .map_err(BlobError::of("list objects"))?;
        let objects = listed.contents.unwrap_or_default().into_iter();
        let object = |object: aws_sdk_s3::types::Object| {
            Some(ListedObject {
                bytes: object.size.and_then(|n| u64::try_from(n).ok())?,
                written_at: object.last_modified.as_ref().and_then(written_at),
                key: object.key?,
            })
        };
        Ok(objects.filter_map(object).collect())
    }
}
