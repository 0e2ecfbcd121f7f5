//! Lambda: handing work over to a function, asynchronously.
//!
//! Lambda keeps an asynchronous invocation, retries it, and puts it on the function's dead-letter
//! queue in the end; nothing polls while there is nothing to do.

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde::{Deserialize, Serialize};

use crate::request::RequestId;

/// What ingest is asked to go on with: an intake that somebody else began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntakeMessage {
    /// The request.
    pub request_id: RequestId,
}

/// Why the work was not taken over. The sweep hands it over later.
#[derive(Debug, thiserror::Error)]
pub enum HandOverError {
    /// The message could not be written as JSON.
    #[error("the message could not be serialized")]
    Serialize(#[from] serde_json::Error),
    /// Lambda refused the call or was out of reach.
    #[error("Lambda did not take the invocation")]
    Call(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The ingest function, as others see it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HandOver {
    client: Client,
    function: String,
}

impl HandOver {
    /// To the function of this name or ARN.
    #[must_use]
    pub fn new(aws: &SdkConfig, function: String) -> Self {
        Self {
            client: Client::new(aws),
            function,
        }
    }

    /// Has ingest go on with a request's intake.
    ///
    /// # Errors
    /// When Lambda does not take it.
    pub async fn intake(&self, request_id: RequestId) -> Result<(), HandOverError> {
        let message = serde_json::to_vec(&IntakeMessage { request_id })?;
        self.event(message).await
    }

    /// Has ingest handle an event once more, as it came.
    ///
    /// # Errors
    /// When Lambda does not take it.
    pub async fn event(&self, payload: impl Into<Vec<u8>>) -> Result<(), HandOverError> {
        self.client
            .invoke()
            .function_name(&self.function)
            .invocation_type(InvocationType::Event)
            .payload(Blob::new(payload))
            .send()
            .await
            .map(drop)
            .map_err(|error| HandOverError::Call(Box::new(error)))
    }
}
