//! The AWS clients' shared configuration: credentials and region from the function's
//! environment, and how long a call may take.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};

/// Longest wait for a connection to AWS, which is in the same region.
const CONNECT: Duration = Duration::from_secs(2);

/// Loads what every AWS client of this process shares. No call takes longer than `within`, all its
/// tries together: the SDK itself would wait for ever for a service that does not answer.
pub async fn load(within: Duration) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT.min(within))
        .operation_timeout(within);
    loader().timeout_config(timeouts.build()).load().await
}

/// The same before it is loaded, for whoever needs another endpoint or other credentials.
#[must_use]
pub fn loader() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
}
