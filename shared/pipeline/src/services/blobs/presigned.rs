//! URLs by which others write an object: exactly the one that they announced.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;

use super::{BlobError, Blobs, Key};

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedBody<'a> {
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in base64.
    pub sha256: &'a str,
    /// Its media type.
    pub content_type: &'a str,
}

/// A PUT that its holder may make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresignedPut {
    /// Where to.
    pub url: String,
    /// The headers that it must have, as they are; `Host` goes without saying.
    pub headers: BTreeMap<String, String>,
}

impl Blobs {
    /// A PUT of one object for `lifetime`. Length, checksum and type are signed: S3 refuses any other
    /// body, which a presigned PUT cannot be kept from otherwise.
    ///
    /// # Errors
    /// When the lifetime is unusable or there are no credentials.
    pub async fn presigned_put(
        &self,
        key: &Key,
        body: ExpectedBody<'_>,
        lifetime: Duration,
    ) -> Result<PresignedPut, BlobError> {
        let call = self.client.put_object().bucket(&self.bucket);
        let call = call
            .key(key.to_string())
            .content_length(i64::try_from(body.bytes).unwrap_or(i64::MAX))
            .content_type(body.content_type)
            .checksum_sha256(body.sha256);
        let presigned = call
            .presigned(PresigningConfig::expires_in(lifetime)?)
            .await;
        let presigned = presigned.map_err(BlobError::of("presign a URL"))?;
        let headers = presigned
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(PresignedPut {
            url: presigned.uri().to_owned(),
            headers: headers.collect(),
        })
    }
}
