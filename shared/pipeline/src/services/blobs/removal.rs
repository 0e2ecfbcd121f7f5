//! Objects that are removed.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::{BlobError, Blobs};

/// Most keys of one call.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const AT_ONCE: usize = 1_000;

impl Blobs {
    /// Deletes objects; those that are not there need not be.
    ///
    /// # Errors
    /// When S3 is away or keeps some of them.
    pub async fn delete(&self, keys: &[String]) -> Result<(), BlobError> {
        for keys in keys.chunks(AT_ONCE) {
            self.delete_page(keys).await?;
        }
        Ok(())
    }

    async fn delete_page(&self, keys: &[String]) -> Result<(), BlobError> {
        let identifier = |key: &String| ObjectIdentifier::builder().key(key).build();
        let objects = keys.iter().map(identifier).collect::<Result<Vec<_>, _>>()?;
        let delete = Delete::builder().set_objects(Some(objects)).quiet(true);
        let call = self.client.delete_objects().bucket(&self.bucket);
        let deleted = call
            .delete(delete.build()?)
            .send()
            .await
            .map_err(BlobError::of("delete objects"))?;
        match deleted.errors() {
            [] => Ok(()),
            [first, ..] => Err(BlobError::Kept {
                count: deleted.errors().len(),
                code: first.code().unwrap_or_default().to_owned(),
            }),
        }
    }
}
