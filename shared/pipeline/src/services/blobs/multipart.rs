//! Writes an object of unknown size: one PUT while it is small, a multipart upload beyond.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::{BlobError, Blobs};

/// Size of a part: the least that S3 takes (but for the last), so that little has to be held or kept
/// elsewhere; at most 10,000 parts.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART_BYTES: usize = 5 * 1024 * 1024;

/// Size of a part of an object that is kept wherever its writer says: see [`keep`](MultipartUpload::keep).
const LARGER_PART_BYTES: usize = 8 * 1024 * 1024;

/// What S3 holds of an object that is not whole: what it takes to go on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// The multipart upload, once it has a part.
    pub upload_id: Option<String>,
    /// Entity tags of the parts written, in order.
    pub parts: Vec<String>,
}

/// An object being written; at most one part is held in memory. Dropped without
/// [`finish`](Self::finish), it leaves no object (a lifecycle rule removes its parts).
pub struct MultipartUpload {
    blobs: Blobs,
    key: String,
    content_type: String,
    /// Bytes behind the parts written.
    buffer: Vec<u8>,
    /// From how many on they are made a part.
    part_bytes: usize,
    begun: Begun,
}

impl MultipartUpload {
    pub(super) fn new(
        blobs: Blobs,
        key: String,
        content_type: String,
        (begun, rest): (Begun, Vec<u8>),
    ) -> Self {
        Self {
            blobs,
            key,
            content_type,
            buffer: rest,
            part_bytes: PART_BYTES,
            begun,
        }
    }

    /// Appends to the object.
    ///
    /// # Errors
    /// When a part is full and S3 does not take it.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= self.part_bytes {
            self.send_part().await?;
        }
        Ok(())
    }

    /// With parts of more than the least that S3 takes, so that one may end where its writer [keeps](Self::keep) it.
    #[must_use]
    pub fn in_larger_parts(mut self) -> Self {
        self.part_bytes = LARGER_PART_BYTES;
        self
    }

    /// Makes a part of what no part has yet, where that is enough for one; what S3 holds, if that is everything
    /// so far.
    ///
    /// # Errors
    /// When S3 does not take it.
    pub async fn keep(&mut self) -> Result<Option<Begun>, BlobError> {
        if self.buffer.len() >= PART_BYTES {
            self.send_part().await?;
        }
        let is_all = self.buffer.is_empty() && self.begun.upload_id.is_some();
        Ok(is_all.then(|| self.begun.clone()))
    }

    /// Leaves the object for later: what S3 holds of it, and the bytes behind that, which are fewer than
    /// a part and must be kept elsewhere.
    #[must_use]
    pub fn pause(self) -> (Begun, Vec<u8>) {
        (self.begun, self.buffer)
    }

    /// Completes the object: from here on it can be read.
    ///
    /// # Errors
    /// When S3 does not take it.
    pub async fn finish(mut self) -> Result<(), BlobError> {
        if self.begun.upload_id.is_none() {
            return self.put_whole().await;
        }
        if !self.buffer.is_empty() {
            self.send_part().await?;
        }
        let part = |(number, e_tag)| {
            let part = CompletedPart::builder().part_number(number);
            part.e_tag(e_tag).build()
        };
        let parts = (1..).zip(self.begun.parts).map(part).collect();
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let call = self
            .blobs
            .client
            .complete_multipart_upload()
            .bucket(&self.blobs.bucket);
        let call = call
            .key(self.key)
            .set_upload_id(self.begun.upload_id)
            .multipart_upload(parts);
        call.send()
            .await
            .map(drop)
            .map_err(BlobError::of("complete an object"))
    }

    async fn put_whole(self) -> Result<(), BlobError> {
        let call = self
            .blobs
            .client
            .put_object()
            .bucket(&self.blobs.bucket)
            .key(self.key);
        let call = call
            .content_type(self.content_type)
            .body(ByteStream::from(self.buffer));
        call.send()
            .await
            .map(drop)
            .map_err(BlobError::of("write an object"))
    }

    async fn send_part(&mut self) -> Result<(), BlobError> {
        let upload_id = self.upload_id().await?;
        let number = i32::try_from(self.begun.parts.len() + 1).unwrap_or(i32::MAX);
        let body = std::mem::take(&mut self.buffer);
        let call = self
            .blobs
            .client
            .upload_part()
            .bucket(&self.blobs.bucket)
            .key(&self.key);
        let call = call
            .upload_id(upload_id)
            .part_number(number)
            .body(ByteStream::from(body));
        let part = call.send().await.map_err(BlobError::of("write a part"))?;
        self.begun.parts.push(part.e_tag.unwrap_or_default());
        Ok(())
    }

    async fn upload_id(&mut self) -> Result<String, BlobError> {
        if let Some(id) = &self.begun.upload_id {
            return Ok(id.clone());
        }
        let call = self
            .blobs
            .client
            .create_multipart_upload()
            .bucket(&self.blobs.bucket);
        let call = call.key(&self.key).content_type(&self.content_type);
        let created = call
            .send()
            .await
            .map_err(BlobError::of("start an object"))?;
        let id = created.upload_id().unwrap_or_default().to_owned();
        self.begun.upload_id = Some(id.clone());
        Ok(id)
    }
}
