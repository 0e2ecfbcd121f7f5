//! The bounds of every exchange, as `template.yaml` sets them.

use std::time::Duration;

use super::FetchConfig;
use crate::settings::{self, ConfigError};

/// Redirects followed on the way to an image.
const MAX_REDIRECTS: u8 = 5;
/// Longest wait for a webhook receiver's connection.
const WEBHOOK_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl FetchConfig {
    /// How images are fetched.
    ///
    /// # Errors
    /// When a bound is missing from the environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            connect_timeout: settings::seconds("FETCH_CONNECT_TIMEOUT_SECONDS")?,
            idle_timeout: settings::seconds("FETCH_IDLE_TIMEOUT_SECONDS")?,
            total_timeout: settings::seconds("FETCH_TOTAL_TIMEOUT_SECONDS")?,
            max_bytes: settings::parsed("MAX_IMAGE_BYTES")?,
            max_redirects: MAX_REDIRECTS,
            allowed_networks: settings::list("ALLOWED_NETWORKS")?,
        })
    }

    /// How webhooks are posted: nothing is followed and next to nothing is read.
    ///
    /// # Errors
    /// When a bound is missing from the environment.
    pub fn for_webhooks_from_env() -> Result<Self, ConfigError> {
        let timeout = settings::seconds("WEBHOOK_TIMEOUT_SECONDS")?;
        Ok(Self {
            connect_timeout: WEBHOOK_CONNECT_TIMEOUT.min(timeout),
            idle_timeout: timeout,
            total_timeout: timeout,
            max_bytes: 0,
            max_redirects: 0,
            allowed_networks: settings::list("ALLOWED_NETWORKS")?,
        })
    }
}
