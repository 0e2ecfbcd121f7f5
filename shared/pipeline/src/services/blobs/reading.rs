//! Objects that are read: small ones whole, others a range at a time, so that whoever takes long over
//! what was read holds no answer of S3 open.

use std::io;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use bytes::Bytes;
use futures::stream::{self, Stream, TryStreamExt};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

use super::{BlobError, Blobs, Key};

/// Bytes asked for at once.
const RANGE: u64 = 4 * 1024 * 1024;
/// Tries of a range whose answer breaks off.
const TRIES: u32 = 3;

/// What is still to be read of an object.
struct Rest {
    blobs: Blobs,
    key: String,
    /// All of it must be of the object that was opened.
    e_tag: String,
    from: u64,
    bytes: u64,
}

impl Blobs {
    /// Opens an object for reading from its start, a range at a time.
    ///
    /// # Errors
    /// When it is not there or S3 is away. Reading fails when it is replaced meanwhile.
    pub async fn open(
        &self,
        key: &Key,
    ) -> Result<impl AsyncRead + Send + Unpin + use<>, BlobError> {
        self.open_at(key, 0).await
    }

    /// The same from some byte on. Behind its end there is nothing to read.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub async fn open_at(
        &self,
        key: &Key,
        from: u64,
    ) -> Result<impl AsyncRead + Send + Unpin + use<>, BlobError> {
        let key = key.to_string();
        let (first, e_tag, bytes) = match self.range(&key, from, None).await {
            Ok(object) => {
                let bytes = size(&object);
                let e_tag = object.e_tag.clone().unwrap_or_default();
                (body(object).await?, e_tag, bytes)
            }
            // Of an empty object there is no range, nor behind an object.
            Err(error) if is_no_range(&error) => (Bytes::new(), String::new(), 0),
            Err(error) => return Err(BlobError::of("open an object")(error)),
        };
        let rest = Rest {
            blobs: self.clone(),
            key,
            e_tag,
            from: from + first.len() as u64,
            bytes,
        };
        let first = stream::iter([Ok(first)]);
        let all = stream::StreamExt::chain(first, rest.ranges());
        Ok(StreamReader::new(Box::pin(all)))
    }

    /// A small object whole, and its entity tag.
    ///
    /// # Errors
    /// When it is not there or S3 is away.
    pub async fn get(&self, key: &Key) -> Result<(Bytes, String), BlobError> {
        let call = self.client.get_object().bucket(&self.bucket);
        let call = call.key(key.to_string()).send().await;
        let object = call.map_err(BlobError::of("read an object"))?;
        let e_tag = object.e_tag.clone().unwrap_or_default();
        Ok((body(object).await?, e_tag))
    }

    async fn range(
        &self,
        key: &str,
        from: u64,
        e_tag: Option<&str>,
    ) -> Result<GetObjectOutput, SdkError<GetObjectError>> {
        let call = self.client.get_object().bucket(&self.bucket).key(key);
        let to = from + RANGE - 1;
        call.range(format!("bytes={from}-{to}"))
            .set_if_match(e_tag.map(str::to_owned))
            .send()
            .await
    }
}

impl Rest {
    fn ranges(self) -> impl Stream<Item = io::Result<Bytes>> {
        stream::try_unfold(self, async |mut rest| {
            if rest.from >= rest.bytes {
                return Ok(None);
            }
            let range = rest.next().await.map_err(io::Error::other)?;
            rest.from += range.len() as u64;
            Ok(Some((range, rest)))
        })
        .try_filter(|range| std::future::ready(!range.is_empty()))
    }

    async fn next(&self) -> Result<Bytes, BlobError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let range = self.blobs.range(&self.key, self.from, Some(&self.e_tag));
            // Not as a write that found an object: it is another one by now.
            let object = range.await.map_err(|error| BlobError::Call {
                action: "read on in an object",
                source: Box::new(error),
            })?;
            match body(object).await {
                Err(error) if tries < TRIES => {
                    tracing::debug!(error = crate::telemetry::chain(&error), "a range broke off");
                }
                Ok(range) if range.is_empty() => return Err(BlobError::NotFound),
                read => return read,
            }
        }
    }
}

/// The size of the object that a range is of.
fn size(range: &GetObjectOutput) -> u64 {
    let of = range
        .content_range()
        .and_then(|range| range.rsplit('/').next());
    let whole = || range.content_length().and_then(|n| u64::try_from(n).ok());
    of.and_then(|of| of.parse().ok())
        .or_else(whole)
        .unwrap_or(0)
}

async fn body(object: GetObjectOutput) -> Result<Bytes, BlobError> {
    let read = object.body.collect().await;
    let read = read.map_err(|error| BlobError::Call {
        action: "read an object",
        source: Box::new(error),
    })?;
    Ok(read.into_bytes())
}

fn is_no_range(error: &SdkError<GetObjectError>) -> bool {
    let response = error.raw_response();
    response.is_some_and(|response| response.status().as_u16() == 416)
}
