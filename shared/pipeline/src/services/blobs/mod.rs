//! S3: the objects of the product, by name, and the reading and writing of them.

mod key;
mod listing;
mod multipart;
mod presigned;
mod reading;
mod removal;
mod renewal;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig, PresigningConfigError};
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ChecksumMode, TaggingDirective};
use bytes::Bytes;
use tokio::io::AsyncRead;

use crate::request::Timestamp;

pub use key::{Key, file_name};
pub use listing::{ListedObject, MOST_LISTED};
pub use multipart::{Begun, MultipartUpload};
pub use presigned::{ExpectedBody, PresignedPut};

/// Why S3 did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The object is not there.
    #[error("there is no such object")]
    NotFound,
    /// An object of this key is there already.
    #[error("the object exists already")]
    Exists,
    /// S3 refused the call or was out of reach.
    #[error("S3 failed to {action}")]
    Call {
        /// What was asked of it.
        action: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An object that was begun cannot be gone on with: it is whole, or was given up.
    #[error("the multipart upload is there no more")]
    NoUpload,
    /// S3 kept objects that were to be deleted.
    #[error("S3 refused to delete {count} objects, the first with {code}")]
    Kept {
        /// How many.
        count: usize,
        /// What S3 said of the first of them.
        code: String,
    },
    /// A key cannot be written down for a call.
    #[error("the call could not be built")]
    Build(#[from] aws_sdk_s3::error::BuildError),
    /// A presigned URL cannot live that long.
    #[error("the presigned URL's lifetime is unusable")]
    Presigning(#[from] PresigningConfigError),
}

impl BlobError {
    fn of<E, R>(action: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        move |error| match error.code() {
            Some("NoSuchKey" | "NotFound" | "NoSuchVersion") => Self::NotFound,
            Some("NoSuchUpload") => Self::NoUpload,
            Some("PreconditionFailed" | "ConditionalRequestConflict") => Self::Exists,
            _ => Self::Call {
                action,
                source: Box::new(error),
            },
        }
    }
}

/// What is known of an object without reading it.
#[derive(Clone, Debug)]
pub struct ObjectHead {
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in base64, where it was sent with it and S3 has checked it.
    pub sha256: Option<String>,
    /// Its media type.
    pub content_type: String,
    /// When it was written; unknown of services that do not say.
    pub written_at: Option<Timestamp>,
    /// Its user metadata, names in lower case without `x-amz-meta-`.
    pub metadata: std::collections::HashMap<String, String>,
}

/// One bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blobs {
    client: Client,
    bucket: String,
}

impl Blobs {
    /// The bucket of this name.
    #[must_use]
    pub fn new(aws: &SdkConfig, bucket: String) -> Self {
        // Emulators are reached by address, where bucket subdomains cannot work.
        let path_style = aws.endpoint_url().is_some();
        let config = aws_sdk_s3::config::Builder::from(aws)
            .force_path_style(path_style)
            .build();
        Self {
            client: Client::from_conf(config),
            bucket,
        }
    }

    /// Another bucket through the same client.
    #[must_use]
    pub fn of_bucket(&self, bucket: &str) -> Self {
        Self {
            client: self.client.clone(),
            bucket: bucket.to_owned(),
        }
    }

    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Writes an object, replacing what is there.
    ///
    /// # Errors
    /// When S3 does not take it.
    pub async fn put(&self, key: &Key, content_type: &str, body: Bytes) -> Result<(), BlobError> {
        let written = self.put_tagged(key, content_type, body).await;
        written.map(drop)
    }

    /// Writes an object unless there is one; `cache_control` is what whoever reads it is told.
    ///
    /// # Errors
    /// [`BlobError::Exists`] when there is one; otherwise when S3 does not take it.
    pub async fn put_new(
        &self,
        key: &Key,
        content_type: &str,
        cache_control: &str,
        body: Bytes,
    ) -> Result<(), BlobError> {
        let terms = (Some("*"), Some(cache_control));
        let written = self.put_if(key, content_type, body, terms).await;
        written.map(drop)
    }

    /// The same; the entity tag that it then has.
    ///
    /// # Errors
    /// When S3 does not take it.
    pub async fn put_tagged(
        &self,
        key: &Key,
        content_type: &str,
        body: Bytes,
    ) -> Result<String, BlobError> {
        self.put_if(key, content_type, body, (None, None)).await
    }

    async fn put_if(
        &self,
        key: &Key,
        content_type: &str,
        body: Bytes,
        (none_match, cache_control): (Option<&str>, Option<&str>),
    ) -> Result<String, BlobError> {
        let call = self.client.put_object().bucket(&self.bucket);
        call.key(key.to_string())
            .content_type(content_type)
            .set_if_none_match(none_match.map(str::to_owned))
            .set_cache_control(cache_control.map(str::to_owned))
            .body(ByteStream::from(body))
            .send()
            .await
            .map(|written| written.e_tag.unwrap_or_default())
            .map_err(BlobError::of("write an object"))
    }

    /// Opens an output, by the key that is on record; its length, and what it has.
    ///
    /// # Errors
    /// When it is not there or S3 is away.
    pub async fn open_output(
        &self,
        key: &str,
    ) -> Result<(u64, impl AsyncRead + Send + Unpin + use<>), BlobError> {
        let call = self.client.get_object().bucket(&self.bucket).key(key);
        let object = call.send().await.map_err(BlobError::of("open an object"))?;
        let length = object.content_length().and_then(|n| u64::try_from(n).ok());
        Ok((
            length.unwrap_or(u64::MAX),
            Box::pin(object.body.into_async_read()),
        ))
    }

    /// Whether there is an object of this key.
    ///
    /// # Errors
    /// When S3 is away.
    pub async fn has(&self, key: &str) -> Result<bool, BlobError> {
        match self.head(key, None).await {
            Ok(_) => Ok(true),
            Err(BlobError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Looks at an object of any key, such as one a client dropped.
    ///
    /// # Errors
    /// When it is not there or S3 is away.
    pub async fn head(&self, key: &str, version: Option<&str>) -> Result<ObjectHead, BlobError> {
        let call = self.client.head_object().bucket(&self.bucket).key(key);
        let call = call.set_version_id(version.map(str::to_owned));
        let head = call
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .map_err(BlobError::of("look at an object"))?;
        Ok(ObjectHead {
            bytes: head
                .content_length()
                .and_then(|n| u64::try_from(n).ok())
                .unwrap_or(0),
            sha256: head.checksum_sha256().map(str::to_owned),
            content_type: head.content_type().unwrap_or_default().to_owned(),
            written_at: head.last_modified().and_then(written_at),
            metadata: head.metadata().cloned().unwrap_or_default(),
        })
    }

    /// Copies an object of another bucket here, within S3.
    ///
    /// # Errors
    /// When it is not there or S3 is away.
    pub async fn copy_from(
        &self,
        (bucket, key, version): (&str, &str, Option<&str>),
        to: &Key,
    ) -> Result<(), BlobError> {
        let mut source = format!("{bucket}/{}", key::encode(key));
        if let Some(version) = version {
            source = format!("{source}?versionId={version}");
        }
        let call = self
            .client
            .copy_object()
            .bucket(&self.bucket)
            .key(to.to_string());
        // Tags stay behind: copying them takes rights that nobody needs to have otherwise.
        call.copy_source(source)
            .tagging_directive(TaggingDirective::Replace)
            .send()
            .await
            .map(drop)
            .map_err(BlobError::of("copy an object"))
    }

    /// A URL that lets its holder read one object for `lifetime` (at most 7 days, and never
    /// longer than the function's own credentials). A browser saves it as a file, whatever it is.
    ///
    /// # Errors
    /// When the lifetime is unusable or there are no credentials.
    pub async fn presigned_url(&self, key: &Key, lifetime: Duration) -> Result<String, BlobError> {
        let key = key.to_string();
        let name = key.rsplit('/').next().unwrap_or_default();
        let disposition = format!("attachment; filename=\"{name}\"");
        let call = self.client.get_object().bucket(&self.bucket).key(&key);
        url(call
            .response_content_disposition(disposition)
            .presigned(PresigningConfig::expires_in(lifetime)?)
            .await)
    }

    /// The same for an output, by the key that is on record; a browser shows it.
    ///
    /// # Errors
    /// When the lifetime is unusable or there are no credentials.
    pub async fn presigned_output(
        &self,
        key: &str,
        lifetime: Duration,
    ) -> Result<String, BlobError> {
        let call = self.client.get_object().bucket(&self.bucket).key(key);
        url(call
            .presigned(PresigningConfig::expires_in(lifetime)?)
            .await)
    }

    /// The same for a look at an output: a URL is signed for one method.
    ///
    /// # Errors
    /// When the lifetime is unusable or there are no credentials.
    pub async fn presigned_head(&self, key: &str, lifetime: Duration) -> Result<String, BlobError> {
        let call = self.client.head_object().bucket(&self.bucket).key(key);
        url(call
            .presigned(PresigningConfig::expires_in(lifetime)?)
            .await)
    }

    /// An object whose size is not known beforehand: begins it, or goes on behind what S3 holds of it and
    /// the bytes that were kept elsewhere.
    #[must_use]
    pub fn multipart(
        &self,
        key: &Key,
        content_type: &str,
        kept: (Begun, Vec<u8>),
    ) -> MultipartUpload {
        MultipartUpload::new(self.clone(), key.to_string(), content_type.to_owned(), kept)
    }
}

fn written_at(at: &DateTime) -> Option<Timestamp> {
    Timestamp::from_unix_millis(at.to_millis().ok()?)
}

fn url<E>(presigned: Result<PresignedRequest, SdkError<E>>) -> Result<String, BlobError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let presigned = presigned.map_err(BlobError::of("presign a URL"))?;
    Ok(presigned.uri().to_owned())
}
