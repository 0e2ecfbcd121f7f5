//! MongoDB: the state of requests, images and webhook deliveries.
//!
//! Everything that changes state is a conditional update, so that doing it twice is doing it
//! once. No type of the driver leaves this module.

mod date;
mod deliveries;
mod error;
mod images;
mod indexes;
mod requests;

use std::time::Duration;

use mongodb::options::{Acknowledgment, ClientOptions, WriteConcern};
use mongodb::{Client, Collection, Database};
use tokio::sync::OnceCell;

use crate::settings::{self, ConfigError};

pub use deliveries::{Attempt, Deliveries, Delivery, DeliveryState};
pub use error::StoreError;
pub use images::{Image, ImageSuccess, Images, PictureRecord};
pub use requests::{
    Counts, Intake, NewRequest, Request, RequestFailure, Requests, Source, SourceKind,
};

/// How the store is reached.
#[derive(Clone)]
pub struct StoreConfig {
    /// Connection string; holds a secret unless it authenticates by IAM.
    pub uri: String,
    /// Database name.
    pub database: String,
    /// Longest wait for a server, and for one operation on it.
    pub timeout: Duration,
}

impl StoreConfig {
    /// Reads `MONGODB_URI` and `MONGODB_DATABASE`.
    ///
    /// # Errors
    /// When one is missing.
    pub fn from_env(timeout: Duration) -> Result<Self, ConfigError> {
        let uri = settings::text("MONGODB_URI")?;
        Ok(Self {
            uri,
            database: settings::text("MONGODB_DATABASE")?,
            timeout,
        })
    }
}

/// The database. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Store {
    database: Database,
    timeout: Duration,
    indexes: std::sync::Arc<OnceCell<()>>,
}

impl Store {
    /// Prepares a client. Connects to nothing yet (but looks up a `mongodb+srv` name).
    ///
    /// # Errors
    /// When the connection string is unusable.
    pub async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let mut options = ClientOptions::parse(&config.uri).await?;
        options.app_name = Some("halftone".to_owned());
        // The driver's own default of 30 s outlives an API call.
        options.server_selection_timeout = Some(config.timeout);
        options.connect_timeout = Some(config.timeout);
        // What is acknowledged must survive the loss of a server.
        let durable = WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true);
        options.write_concern = Some(durable.build());
        // A function handles one event at a time, a batch of ten images at most.
        options.max_pool_size = Some(16);
        let database = Client::with_options(options)?.database(&config.database);
        Ok(Self {
            database,
            timeout: config.timeout,
            indexes: std::sync::Arc::default(),
        })
    }

    /// Makes sure of the indexes, once per process. For the functions that create documents.
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

    fn collection<T: Send + Sync>(&self, name: &str) -> Collection<T> {
        self.database.collection(name)
    }

    /// Bounds one operation: a server that accepts connections but does not answer would
    /// otherwise hold the function until it is killed.
    async fn bounded<T>(
        &self,
        operation: impl IntoFuture<Output = mongodb::error::Result<T>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.timeout, operation.into_future()).await {
            Ok(result) => result.map_err(StoreError::from),
            Err(_) => Err(StoreError::Timeout {
                limit: self.timeout,
            }),
        }
    }
}
