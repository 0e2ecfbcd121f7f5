//! What can go wrong with the database.

use std::time::Duration;

use crate::services::secrets::SecretError;

/// Why an operation on the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer in time.
    #[error("MongoDB did not answer within {limit:?}")]
    Timeout {
        /// The bound.
        limit: Duration,
    },
    /// The driver or the server refused.
    #[error("MongoDB failed")]
    Driver(#[from] mongodb::error::Error),
    /// The connection string could not be read.
    #[error("the connection string could not be read")]
    Secret(#[from] SecretError),
    /// A value could not be turned into BSON.
    #[error("a value could not be turned into BSON")]
    Serialize(#[from] mongodb::bson::error::Error),
}
