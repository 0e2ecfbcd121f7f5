//! What can go wrong with the database.

use std::time::Duration;

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
    /// A value could not be turned into BSON.
    #[error("a value could not be turned into BSON")]
    Serialize(#[from] mongodb::bson::error::Error),
}
