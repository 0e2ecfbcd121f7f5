//! What a webhook says.

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::paths;
use crate::request::{Progress, RequestId, RequestStatus, Savings, Timestamp};
use crate::services::store::Request;

/// `requestId` and `status` first: what clients of the Node server read.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebhookEvent")]
pub struct Payload {
    request_id: RequestId,
    status: RequestStatus,
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: Data,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebhookData")]
struct Data {
    progress: Progress,
    savings: Savings,
    results_url: Option<String>,
}

/// The body for a request that has ended; well under the 20 kB that receivers are asked to take.
///
/// # Errors
/// Never for real requests: a struct of strings and numbers serializes.
pub fn payload(request: &Request, api_url: &str) -> Result<Vec<u8>, serde_json::Error> {
    let results_url = format!("{api_url}/{}", paths::results(request.id));
    serde_json::to_vec(&Payload {
        request_id: request.id,
        status: request.status,
        kind: match request.status {
            RequestStatus::Completed => "request.completed",
            RequestStatus::Cancelled => "request.cancelled",
            RequestStatus::Failed | RequestStatus::Pending => "request.failed",
        },
        timestamp: request.ended_at.unwrap_or(request.updated_at),
        data: Data {
            progress: request.progress(),
            savings: request.savings,
            results_url: request.failure.is_none().then_some(results_url),
        },
    })
}
