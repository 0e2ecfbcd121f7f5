//! The AWS clients' shared configuration: credentials and region from the function's
//! environment.

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};

/// Loads what every AWS client of this process shares.
pub async fn load() -> SdkConfig {
    loader().load().await
}

/// The same before it is loaded, for whoever needs another endpoint or other credentials.
#[must_use]
pub fn loader() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
}
