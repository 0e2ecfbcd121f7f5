//! What owners ask of their requests: to give them up, to do what failed again, to remove all of it.
//!
//! Each is noted on the request, and then told to finalize, which acts on the note. Should it not be
//! told, the sweep finds the request.

use std::time::Duration;

use crate::jobs::completion;
use crate::jobs::completion::archive::queue_archive;
use crate::request::{RequestStatus, Timestamp};
use crate::services::queue::{Queue, QueueError};
use crate::services::store::{Request, Retry, Store, StoreError};
use crate::telemetry::chain;

/// How long after finalize was told to write a ZIP it is told again, by whoever still waits for it.
const ASKED_ANEW_AFTER: Duration = Duration::from_secs(60);

/// Why a request is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// MongoDB failed.
    #[error("the request could not be read or changed")]
    Store(#[from] StoreError),
    /// It has ended before: nothing is left to be given up.
    #[error("the request has ended as {0}")]
    AlreadyEnded(RequestStatus),
    /// Its images are still at work.
    #[error("the request has not ended")]
    NotEnded,
    /// It was given up: its images are not to be worked on.
    #[error("the request was cancelled")]
    Cancelled,
    /// Its CSV was refused: it has no images.
    #[error("the request's CSV was refused")]
    NoResults,
    /// It is forgotten before its images could all be tried again.
    #[error("the request is forgotten at {0}")]
    ExpiresSoon(Timestamp),
    /// SQS failed.
    #[error("finalize could not be told")]
    Queue(#[from] QueueError),
    /// No image failed, or none that was asked for.
    #[error("no such image failed")]
    NothingFailed,
}

/// What it takes. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    /// Where requests and images are recorded.
    pub store: Store,
    /// Where finalize is told.
    pub finalize: Queue,
}

impl Control {
    /// Gives a request up: what is pending of it ends as cancelled. The request as it then is, which may
    /// take a while to end; one that was given up before stays as it is.
    ///
    /// # Errors
    /// When it has ended otherwise, or MongoDB is away.
    pub async fn cancel(&self, request: &Request) -> Result<Request, ControlError> {
        let requests = self.store.requests();
        if let Some(cancelled) = requests.cancel(request.id).await? {
            self.tell(request).await;
            return Ok(cancelled);
        }
        let ended = requests.get(request.id).await?;
        let ended = ended.as_ref().unwrap_or(request);
        match ended.status {
            RequestStatus::Cancelled => Ok(ended.clone()),
            status => Err(ControlError::AlreadyEnded(status)),
        }
    }

    /// Has everything of a request removed, whatever it is at. Callers see it no more.
    ///
    /// # Errors
    /// When MongoDB is away.
    pub async fn purge(&self, request: &Request) -> Result<(), ControlError> {
        self.store.requests().purge(request.id).await?;
        self.tell(request).await;
        Ok(())
    }

    /// Has failed images of a request go again, in a round of their own; the request as it then is.
    ///
    /// # Errors
    /// When the request has not ended, or has no such images, or MongoDB is away.
    pub async fn retry(&self, request: &Request, retry: &Retry) -> Result<Request, ControlError> {
        match request.status {
            RequestStatus::Pending => return Err(ControlError::NotEnded),
            RequestStatus::Cancelled => return Err(ControlError::Cancelled),
            RequestStatus::Completed | RequestStatus::Failed => {}
        }
        if request.failure.is_some() {
            return Err(ControlError::NoResults);
        }
        if self.store.now().plus(request.patience()) >= request.expires_at {
            return Err(ControlError::ExpiresSoon(request.expires_at));
        }
        let (images, next) = (self.store.images(), (request.id, request.round + 1));
        if images.failed_before(next, retry, 1).await?.is_empty() {
            return Err(ControlError::NothingFailed);
        }
        let begun = self.store.requests().begin_retry(request, retry).await?;
        // Another call was first: its round is under way.
        let begun = begun.ok_or(ControlError::NotEnded)?;
        self.tell(request).await;
        Ok(begun)
    }

    /// Has the ZIP of a request that has ended written, unless somebody was told to of late.
    ///
    /// # Errors
    /// When MongoDB or SQS is away: then nobody may have been told.
    pub async fn archive(&self, request: &Request) -> Result<(), ControlError> {
        let asked = request.archive.as_ref().and_then(|it| it.asked_at);
        let now = self.store.now();
        if asked.is_some_and(|at| now.since(at) < ASKED_ANEW_AFTER) {
            return Ok(());
        }
        // Told first: who dies before it is noted has told once too often.
        queue_archive(&self.finalize, request).await?;
        Ok(self.store.requests().ask_for_archive(request).await?)
    }

    async fn tell(&self, request: &Request) {
        let told = completion::queue_finalize(&self.finalize, request.id).await;
        if let Err(error) = told {
            tracing::error!(request = %request.id, error = chain(&error), "finalize could not be told; the sweep will");
        }
    }
}
