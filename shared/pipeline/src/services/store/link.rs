//! The client, which is made anew when its connection string was changed.

use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use mongodb::error::{Error, ErrorKind};
use mongodb::options::{Acknowledgment, ClientOptions, WriteConcern};
use mongodb::{Client, Database};
use tokio::sync::Mutex;

use super::{StoreConfig, StoreError, Uri};
use crate::telemetry::chain;

/// Most connections of one process to each server, beside the one or two that watch it.
const CONNECTIONS: u32 = 4;
/// How long a connection is kept that nobody uses; what MongoDB advises for AWS Lambda.
const IDLE: Duration = Duration::from_secs(60);
/// The wait for a server that can be used, as a share of what an operation may take.
const SELECTION: f64 = 0.75;
/// The longest such wait, where operations may take very long: one that is away is not a slow one.
const MAX_SELECTION: Duration = Duration::from_millis(7_500);
/// How often a connection string is read again while the database cannot be used.
const EVERY: Duration = Duration::from_secs(20);

/// The database, and where its connection string is from.
pub(super) struct Link {
    database: RwLock<Database>,
    config: StoreConfig,
    /// The connection string in use, and when it was read.
    read: Mutex<(String, Instant)>,
}

impl Link {
    pub(super) async fn new(config: StoreConfig) -> Result<Self, StoreError> {
        let uri = config.uri.read().await?;
        let database = database(&uri, &config).await?;
        Ok(Self {
            database: RwLock::new(database),
            config,
            read: Mutex::new((uri, Instant::now())),
        })
    }

    pub(super) fn database(&self) -> Database {
        let database = self.database.read();
        database.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// After a failure that a changed connection string explains: reads it again, and uses it from
    /// the next operation on.
    pub(super) async fn doubt(&self, error: &Error) {
        if !matches!(self.config.uri, Uri::Secret(_)) || !explains(error) {
            return;
        }
        // Those who come second wait: ending before the first, they would cut it off where one error
        // ends all that is done at once.
        let mut read = self.read.lock().await;
        if read.1.elapsed() < EVERY {
            return;
        }
        let renewed = self.renewed(&read.0).await;
        read.1 = Instant::now();
        match renewed {
            Ok(Some((uri, database))) => {
                tracing::info!("the connection string was changed; it is used from now on");
                read.0 = uri;
                *self
                    .database
                    .write()
                    .unwrap_or_else(PoisonError::into_inner) = database;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(
                error = chain(&error),
                "the connection string could not be read again"
            ),
        }
    }

    async fn renewed(&self, known: &str) -> Result<Option<(String, Database)>, StoreError> {
        let uri = self.config.uri.read().await?;
        if uri == known {
            return Ok(None);
        }
        let database = database(&uri, &self.config).await?;
        Ok(Some((uri, database)))
    }
}

/// Whether another password or another host would help.
fn explains(error: &Error) -> bool {
    matches!(
        *error.kind,
        ErrorKind::Authentication { .. } | ErrorKind::ServerSelection { .. }
    )
}

async fn database(uri: &str, config: &StoreConfig) -> Result<Database, StoreError> {
    let mut options = ClientOptions::parse(uri).await?;
    options.app_name = Some("halftone".to_owned());
    // The driver's own default of 30 s outlives an API call. Before the operation's own time is up, so
    // that it is told apart from a server that is slow, and the connection string can be read again.
    let selection = config.timeout.mul_f64(SELECTION).min(MAX_SELECTION);
    options.server_selection_timeout = Some(selection);
    options.connect_timeout = Some(selection);
    // What is acknowledged must survive the loss of a server.
    let durable = WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true);
    options.write_concern = Some(durable.build());
    // A function handles one event at a time. Thousands of instances share the connections that a
    // cluster has, and an instance that is frozen does not need its own.
    options.max_pool_size = Some(CONNECTIONS);
    options.max_idle_time = Some(IDLE);
    Ok(Client::with_options(options)?.database(&config.database))
}
