//! MongoDB (8.0 or newer, for its client bulk write): the state of requests, images and webhook
//! deliveries.
//!
//! Everything that changes state is a conditional update, so that doing it twice is doing it
//! once. No type of the driver leaves this module.

mod date;
mod deliveries;
mod error;
mod hosts;
mod idempotency;
mod images;
mod indexes;
mod link;
mod owners;
mod requests;
mod sources;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use mongodb::Collection;
use tokio::sync::OnceCell;

use crate::request::{Clock, Timestamp};
use crate::services::secrets::{Secret, SecretError};
use link::Link;

pub use deliveries::{
    Attempt, Channel, Deliveries, Delivery, DeliveryId, DeliveryState, MAX_ATTEMPTS, MAX_LISTED,
    Said,
};
pub use error::StoreError;
pub use hosts::{Hosts, SlowDown};
pub use idempotency::{Idempotency, IdempotencyKey, Known};
pub use images::{
    EndedCopies, Ends, FailedAlike, Image, ImageEnd, ImageSuccess, Images, Leaving, PictureRecord,
    Try,
};
pub use owners::{Owner, Owners};
pub use requests::{
    Archive, ArchiveState, Awaiting, FileState, IntakeState, Listed, NewRequest, Newest, Reached,
    Request, RequestFailure, Requests, ResultsState, Retry, Source, SourceKind,
};
pub use sources::{KnownSource, SourceId, SourceState, Sources};

/// Where the connection string is from.
#[derive(Clone)]
pub enum Uri {
    /// It holds no secret.
    Plain(String),
    /// It is read at the start, and again when the database cannot be used.
    Secret(Secret),
}

impl Uri {
    async fn read(&self) -> Result<String, SecretError> {
        match self {
            Self::Plain(uri) => Ok(uri.clone()),
            Self::Secret(secret) => secret.read().await,
        }
    }
}

/// How the store is reached.
#[derive(Clone)]
pub struct StoreConfig {
    /// Connection string.
    pub uri: Uri,
    /// Database name.
    pub database: String,
    /// Longest wait for a server, and for one operation on it.
    pub timeout: Duration,
}

/// The database. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Store {
    link: Arc<Link>,
    timeout: Duration,
    clock: Clock,
    indexes: Arc<OnceCell<()>>,
}

impl Store {
    /// Prepares a client. Connects to nothing yet (but looks up a `mongodb+srv` name).
    ///
    /// # Errors
    /// When the connection string is unusable.
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        Ok(Self {
            link: Arc::new(Link::new(config.clone()).await?),
            timeout: config.timeout,
            clock: Clock::default(),
            indexes: Arc::default(),
        })
    }

    /// The clock of everything that is stored or due.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What time it is by that clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes sure of the indexes, once per process. For the sweep: no call waits for an index.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        self.indexes
            .get_or_try_init(|| indexes::create(self))
            .await
            .copied()
    }

    /// The requests.
    #[must_use]
    pub fn requests(&self) -> Requests<'_> {
        Requests::new(self)
    }

    /// The images of the requests.
    #[must_use]
    pub fn images(&self) -> Images<'_> {
        Images::new(self)
    }

    /// The webhook deliveries.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries<'_> {
        Deliveries::new(self)
    }

    /// Which uploads and drops are repeats.
    #[must_use]
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency::new(self)
    }

    /// Who owns requests.
    #[must_use]
    pub fn owners(&self) -> Owners<'_> {
        Owners::new(self)
    }

    /// Hosts that said "slow down".
    #[must_use]
    pub fn hosts(&self) -> Hosts<'_> {
        Hosts::new(self)
    }

    /// Sources that were compressed before.
    #[must_use]
    pub fn sources(&self) -> Sources<'_> {
        Sources::new(self)
    }

    fn collection<T: Send + Sync>(&self, name: &str) -> Collection<T> {
        self.link.database().collection(name)
    }

    /// Bounds one operation: a server that accepts connections but does not answer would
    /// otherwise hold the function until it is killed.
    async fn bounded<T>(
        &self,
        operation: impl IntoFuture<Output = mongodb::error::Result<T>>,
    ) -> Result<T, StoreError> {
        let operation = async {
            let done = operation.await;
            if let Err(error) = &done {
                // Boxed: it is rare, and would make every operation's future larger.
                self.link.doubt(error).boxed().await;
            }
            done
        };
        match tokio::time::timeout(self.timeout, operation).await {
            Ok(result) => result.map_err(StoreError::from),
            Err(_) => Err(StoreError::Timeout {
                limit: self.timeout,
            }),
        }
    }
}
