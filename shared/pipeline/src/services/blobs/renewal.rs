//! Objects that live longer: lifecycle rules go by their age.

use aws_sdk_s3::types::{MetadataDirective, TaggingDirective};

use super::{BlobError, Blobs, key};

impl Blobs {
    /// Makes an object as young as a new one, by copying it onto itself within S3; it stays what it is.
    ///
    /// # Errors
    /// When it is not there or S3 is away.
    pub async fn renew(
        &self,
        key: &str,
        content_type: &str,
        cache_control: &str,
    ) -> Result<(), BlobError> {
        let call = self.client.copy_object().bucket(&self.bucket).key(key);
        // S3 copies nothing onto itself that stays the same in all: the headers are given anew.
        call.copy_source(format!("{}/{}", self.bucket, key::encode(key)))
            .metadata_directive(MetadataDirective::Replace)
            .tagging_directive(TaggingDirective::Replace)
            .content_type(content_type)
            .cache_control(cache_control)
            .send()
            .await
            .map(drop)
            .map_err(BlobError::of("renew an object"))
    }
}
