//! CSVs that were announced: each starts the request that waits for it.
//!
//! Whoever hears of one (its event, the event once more, the sweep) first looks whether the file is there,
//! and takes the request only then: who holds it has seen the file, so that no event is passed over for
//! somebody who has not. A file that nobody waits for (any more) is removed.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{DropError, Drops, How, failure};
use crate::codes::ProblemCode;
use crate::hash::hex;
use crate::jobs::completion;
use crate::jobs::intake::Csv;
use crate::jobs::report;
use crate::request::{RequestId, RequestStatus};
use crate::services::blobs::{BlobError, Key, ObjectHead};
use crate::services::store::{Request, RequestFailure};

/// How long a file may be on its way when its URL has expired, in seconds: S3 takes what was begun before.
const ON_ITS_WAY: i64 = 60 * 60;
/// How long after its time is up a worker is believed to be dead, in seconds.
const LEASE_MARGIN: i64 = 60;

impl Drops {
    /// The file of a request was put.
    ///
    /// # Errors
    /// When a service is away; it is to be done again.
    pub async fn arrived(&self, id: RequestId, until: Instant) -> Result<(), DropError> {
        let request = self.intake.store.requests().get(id).await?;
        if !request.is_some_and(|request| request.awaits_file()) {
            self.remove_file(id).await?;
        }
        self.go_on(id, until).await
    }

    /// Goes on with a request: with its file, where it waits for that, and with its images.
    ///
    /// # Errors
    /// When a service is away; it is to be done again.
    pub async fn go_on(&self, id: RequestId, until: Instant) -> Result<(), DropError> {
        let request = self.intake.store.requests().get(id).await?;
        if let Some(request) = request.filter(Request::awaits_file) {
            let uploads = &self.intake.uploads;
            match uploads.head(&Key::Presigned(id).to_string(), None).await {
                Ok(head) => self.receive(id, &head, until).await?,
                Err(BlobError::NotFound) => return self.give_up(&request).await,
                Err(error) => return Err(error.into()),
            }
        }
        self.intake.go_on(id, Csv::Kept, until).await?;
        Ok(())
    }

    /// Has a request begin with the file that has come, unless somebody else is at it.
    async fn receive(
        &self,
        id: RequestId,
        head: &ObjectHead,
        until: Instant,
    ) -> Result<(), DropError> {
        let (store, requests) = (&self.intake.store, self.intake.store.requests());
        let left = until.saturating_duration_since(Instant::now());
        let lease = store.now().plus(left).plus_seconds(LEASE_MARGIN);
        let Some(request) = requests.claim_arrival(id, lease).await? else {
            return Ok(());
        };
        let begun = self.begin(&request, head).await;
        if !matches!(begun, Ok(true)) {
            // Best effort where it failed: the lease ends by itself.
            let released = requests.release_intake(id).await;
            begun?;
            if released?.is_some() {
                // It was given up meanwhile, and finalize waits for the end of this.
                completion::queue_finalize(&self.intake.finalize, id).await?;
            }
        }
        self.remove_file(id).await
    }

    /// Begins with a file, or ends its request with what is wrong with it; whether it still waited.
    async fn begin(&self, request: &Request, head: &ObjectHead) -> Result<bool, DropError> {
        let (id, requests) = (request.id, self.intake.store.requests());
        let hints = request.awaiting.as_ref().map(|it| it.hints.clone());
        let how = How {
            hints: hints.unwrap_or_default(),
            format: request.options.format,
            sheet: None,
        };
        if let Some(failure) = self.other_file(request, head) {
            return self.refuse(request, &failure).await;
        }
        let uploads = &self.intake.uploads;
        let (from, csv) = (Key::Presigned(id).to_string(), Key::Csv(id));
        uploads
            .copy_from((uploads.bucket(), &from, None), &csv)
            .await?;
        match self.understand(&csv, head.bytes, how).await? {
            Ok((reading, understood, _)) => Ok(requests
                .accept_arrival(request, &reading, &understood)
                .await?),
            Err(failure) => self.refuse(request, &failure).await,
        }
    }

    /// What is wrong with a file that is not the one that was announced. S3 takes no other by the
    /// presigned URL; this is for whatever else may write there.
    fn other_file(&self, request: &Request, head: &ObjectHead) -> Option<RequestFailure> {
        let decoded = head
            .sha256
            .as_ref()
            .and_then(|sha| STANDARD.decode(sha).ok());
        let sha256 = decoded.map(|bytes| hex(&bytes));
        let announced = &request.source;
        if head.bytes > self.max_bytes {
            return Some(self.too_large(head.bytes));
        }
        if head.bytes == announced.bytes && sha256.as_ref() == Some(&announced.sha256) {
            return None;
        }
        let message = format!(
            "the file that was put has {} bytes and the SHA-256 {}; announced were {} bytes and {}",
            head.bytes,
            sha256.as_deref().unwrap_or("unknown"),
            announced.bytes,
            announced.sha256
        );
        Some(failure(ProblemCode::OtherFile, message))
    }

    async fn refuse(&self, request: &Request, failure: &RequestFailure) -> Result<bool, DropError> {
        self.notifier().schedule(request).await?;
        let requests = self.intake.store.requests();
        let refused = requests.refuse_arrival(request.id, failure).await?;
        if refused {
            self.ended(request, failure).await?;
        }
        Ok(refused)
    }

    /// Ends a request whose file has not come in time; one that still has time waits on.
    async fn give_up(&self, request: &Request) -> Result<(), DropError> {
        let since = self.intake.store.now().plus_seconds(-ON_ITS_WAY);
        if request.awaiting.as_ref().is_none_or(|it| it.until > since) {
            return Ok(());
        }
        let failure = failure(
            ProblemCode::NeverUploaded,
            "the file was not put within the time of its URL; announce it again",
        );
        self.notifier().schedule(request).await?;
        let requests = self.intake.store.requests();
        if requests.refuse_overdue(request.id, since, &failure).await? {
            self.ended(request, &failure).await?;
        }
        Ok(())
    }

    async fn ended(&self, request: &Request, failure: &RequestFailure) -> Result<(), DropError> {
        report::request(RequestStatus::Failed);
        tracing::info!(request = %request.id, code = failure.code, "the announced CSV was refused");
        self.tell(request).await
    }

    async fn remove_file(&self, id: RequestId) -> Result<(), DropError> {
        let file = Key::Presigned(id).to_string();
        Ok(self.intake.uploads.delete(&[file]).await?)
    }
}
