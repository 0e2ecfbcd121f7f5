//! The ZIP of a request's outputs, written once somebody asks for it.
//!
//! One pass over the outputs, of bounded memory. When the time is up, whoever goes on begins behind the last
//! part that ends with a file.

use std::io;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use futures::stream::{self, StreamExt};
use tokio::io::AsyncReadExt;

use super::{Completion, CompletionError, LEASE_MARGIN};
use crate::request::{RequestId, RequestStatus};
use crate::results::zip::{self, TooLarge, Zip, ZipFile};
use crate::services::blobs::{Begun, BlobError, Key, MultipartUpload};
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{ArchiveState, Image, Request, StoreError};

/// Most images of a request whose outputs come as a ZIP.
pub const MAX_IMAGES: u64 = 1_000;
/// Most bytes of outputs: what a ZIP may have (4 GiB), and 2 MB less for what stands around them.
pub const MAX_BYTES: u64 = (1 << 32) - 2_000_000;
/// Outputs up to this size are held in memory; larger ones are read twice, first for their checksum.
const SMALL: u64 = 4 * 1024 * 1024;
/// Outputs that are fetched at once.
const AT_ONCE: usize = 4;
/// What is read of a large output at a time, in bytes.
const CHUNK: usize = 256 * 1024;

/// Why an archive was not written.
enum Fault {
    /// It cannot be, however often it is tried; the reason as its owner is told.
    Hopeless(&'static str),
    Other(CompletionError),
}

impl From<BlobError> for Fault {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound => Self::Hopeless(
                "outputs of the request are no longer there: they were removed, or have outlived \
                 OutputRetentionDays",
            ),
            error => Self::Other(error.into()),
        }
    }
}

impl From<TooLarge> for Fault {
    fn from(_: TooLarge) -> Self {
        Self::Hopeless("its outputs have more bytes than a ZIP may have (4 GiB)")
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Other(CompletionError::Output(error))
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl Completion {
    /// Writes the ZIP of a request's round, unless it is there or somebody is at it. What does not fit until
    /// `until` goes on where it stopped.
    ///
    /// # Errors
    /// When a service is away; nothing is lost by trying again.
    pub async fn archive(
        &self,
        (id, round): (RequestId, u32),
        until: Instant,
    ) -> Result<(), CompletionError> {
        let requests = self.store.requests();
        let found = requests.get(id).await?;
        let ended = found.filter(|it| it.round == round && it.status != RequestStatus::Pending);
        let Some(request) = ended else {
            return Ok(());
        };
        if self.has_archive(&request).await? {
            return Ok(requests.complete_archive(&request).await?);
        }
        let left = until.saturating_duration_since(Instant::now()) + LEASE_MARGIN;
        let lease = self.store.now().plus(left);
        let Some(request) = requests.claim_archive(&request, lease).await? else {
            return Ok(());
        };
        let begun = request.archive.as_ref().and_then(|it| it.kept.clone());
        match self.write_archive(&request, begun.clone(), until).await {
            Ok(None) => Ok(requests.complete_archive(&request).await?),
            Ok(Some(kept)) => {
                requests.release_archive(&request, Some(&kept)).await?;
                if Some(&kept) == begun.as_ref() || kept == ArchiveState::default() {
                    // Not at once again: it would come no further.
                    return Err(CompletionError::NoProgress);
                }
                Ok(queue_archive(&self.finalize, &request).await?)
            }
            Err(Fault::Hopeless(why)) => Ok(requests.fail_archive(&request, why).await?),
            Err(Fault::Other(error)) => {
                // From the start: what was kept may be what is wrong. Best effort: the lease ends by itself.
                let _ = requests.release_archive(&request, None).await;
                Err(error)
            }
        }
    }

    async fn has_archive(&self, request: &Request) -> Result<bool, BlobError> {
        let key = Key::Archive(request.id, request.round).to_string();
        self.outputs.has(&key).await
    }

    /// Writes it until its end, or until the time is up: then what is kept of it.
    async fn write_archive(
        &self,
        request: &Request,
        begun: Option<ArchiveState>,
        until: Instant,
    ) -> Result<Option<ArchiveState>, Fault> {
        let images = self.store.images().stream(request, 0);
        let images: Vec<Image> = images.try_collect().await?;
        let outputs: Vec<_> = images.iter().filter_map(Output::of).collect();
        let mut archive = Archiving::begin(self, request, begun, &outputs)?;
        let left = outputs.iter().skip(archive.state.files.len());
        let mut contents = stream::iter(left)
            .map(|output| self.read_output(output))
            .buffered(AT_ONCE);
        while let Some(content) = contents.next().await {
            let (file, content) = content?;
            archive.add(file, content).await?;
            if Instant::now() >= until {
                return Ok(Some(archive.kept));
            }
        }
        archive.upload.write(&archive.zip.end()?).await?;
        archive.upload.finish().await?;
        Ok(None)
    }

    /// An output's length and checksum, and what it has.
    async fn read_output<'a>(
        &self,
        output: &'a Output<'a>,
    ) -> Result<(ZipFile, Content<'a>), Fault> {
        let (length, mut source) = self.outputs.open_output(output.key).await?;
        let small = length <= SMALL;
        let (mut crc, mut here, mut chunk) = (flate2::Crc::new(), Vec::new(), vec![0; CHUNK]);
        let mut bytes = 0;
        loop {
            let read = source.read(&mut chunk).await?;
            if read == 0 {
                break;
            }
            crc.update(&chunk[..read]);
            bytes += read as u64;
            if small {
                here.extend_from_slice(&chunk[..read]);
            }
        }
        let file = ZipFile {
            path: output.path.clone(),
            bytes: u32::try_from(bytes).map_err(|_| TooLarge)?,
            crc: crc.sum(),
        };
        let content = if small {
            Content::Here(here)
        } else {
            Content::Kept(output.key)
        };
        Ok((file, content))
    }
}

/// An image's output, and where it is to be in the archive.
struct Output<'a> {
    path: String,
    key: &'a str,
}

impl<'a> Output<'a> {
    fn of(image: &'a Image) -> Option<Self> {
        let key = image.success.as_ref()?.output_key.as_str();
        let name = key.rsplit('/').next().unwrap_or(key);
        let path = zip::path(image.row, &image.product_name, image.position, name);
        Some(Self { path, key })
    }
}

/// What an output has.
enum Content<'a> {
    Here(Vec<u8>),
    /// It is to be read once more.
    Kept(&'a str),
}

/// An archive being written.
struct Archiving<'a> {
    completion: &'a Completion,
    zip: Zip,
    upload: MultipartUpload,
    state: ArchiveState,
    kept: ArchiveState,
}

impl<'a> Archiving<'a> {
    /// Begins one, or goes on behind what is kept of it.
    fn begin(
        completion: &'a Completion,
        request: &Request,
        begun: Option<ArchiveState>,
        outputs: &[Output<'_>],
    ) -> Result<Self, TooLarge> {
        let key = Key::Archive(request.id, request.round);
        let state = begun.unwrap_or_default();
        let mut zip = Zip::new(request.ended_at.unwrap_or(request.created_at));
        for (output, (bytes, crc)) in outputs.iter().zip(&state.files) {
            zip.file(&ZipFile {
                path: output.path.clone(),
                bytes: *bytes,
                crc: *crc,
            })?;
        }
        let kept = Begun {
            upload_id: Some(state.upload_id.clone()).filter(|id| !id.is_empty()),
            parts: state.parts.clone(),
        };
        let bucket = &completion.outputs;
        let upload = bucket.multipart(&key, "application/zip", (kept, Vec::new()));
        Ok(Self {
            completion,
            zip,
            upload: upload.in_larger_parts(),
            kept: state.clone(),
            state,
        })
    }

    async fn add(&mut self, file: ZipFile, content: Content<'_>) -> Result<(), Fault> {
        let header = self.zip.file(&file)?;
        match content {
            // In one go, so that a part that this fills ends with the file.
            Content::Here(bytes) => self.upload.write(&[header, bytes].concat()).await?,
            Content::Kept(key) => {
                self.upload.write(&header).await?;
                self.copy(key, &file).await?;
            }
        }
        self.state.files.push((file.bytes, file.crc));
        if let Some(begun) = self.upload.keep().await? {
            self.state.upload_id = begun.upload_id.unwrap_or_default();
            self.state.parts = begun.parts;
            self.kept = self.state.clone();
        }
        Ok(())
    }

    /// Copies a large output; it must be what it was when its checksum was taken.
    async fn copy(&mut self, key: &str, file: &ZipFile) -> Result<(), Fault> {
        let (_, mut source) = self.completion.outputs.open_output(key).await?;
        let (mut crc, mut chunk) = (flate2::Crc::new(), vec![0; CHUNK]);
        loop {
            let read = source.read(&mut chunk).await?;
            if read == 0 {
                break;
            }
            crc.update(&chunk[..read]);
            self.upload.write(&chunk[..read]).await?;
        }
        if crc.sum() == file.crc {
            return Ok(());
        }
        let changed = "an output was changed while it was read";
        Err(io::Error::new(io::ErrorKind::InvalidData, changed).into())
    }
}

/// Has the ZIP of a request written, or gone on with.
pub(crate) async fn queue_archive(finalize: &Queue, request: &Request) -> Result<(), QueueError> {
    let message = FinalizeMessage::Archive {
        request_id: request.id,
        round: request.round,
    };
    finalize.send_finalize(&message, Duration::ZERO).await
}
