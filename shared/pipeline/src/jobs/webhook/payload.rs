//! What a webhook says.

use serde::Serialize;

use crate::api::paths;
use crate::request::{OwnerId, Progress, RequestId, RequestStatus, Savings, Timestamp};
use crate::services::store::{Request, Said};

/// The type of the event by which a receiver is tried out.
pub const TEST: &str = "webhook.test";

/// `requestId` and `status` first: what clients of the Node server read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    request_id: RequestId,
    status: RequestStatus,
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    /// Whose it is: in notices, which an operator reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<&'a OwnerId>,
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    progress: Progress,
    savings: Savings,
    results_url: Option<String>,
}

/// What a webhook says of a request that has ended; well under the 20 kB that receivers are asked to take.
///
/// # Errors
/// Never for real requests: a struct of strings and numbers serializes.
pub fn payload(request: &Request, api_url: &str) -> Result<Said, serde_json::Error> {
    said(request, api_url, None)
}

/// What a notice says: the same, and whose request it is.
///
/// # Errors
/// As for [`payload`].
pub fn notice(request: &Request, api_url: &str) -> Result<Said, serde_json::Error> {
    said(request, api_url, Some(&request.owner_id))
}

/// The type of the event that tells how a request has ended.
#[must_use]
pub fn kind(status: RequestStatus) -> &'static str {
    match status {
        RequestStatus::Completed => "request.completed",
        RequestStatus::Cancelled => "request.cancelled",
        RequestStatus::Failed | RequestStatus::Pending => "request.failed",
    }
}

fn said(
    request: &Request,
    api_url: &str,
    owner_id: Option<&OwnerId>,
) -> Result<Said, serde_json::Error> {
    let results_url = format!("{api_url}/{}", paths::results(request.id));
    let kind = kind(request.status);
    let body = serde_json::to_string(&Payload {
        request_id: request.id,
        status: request.status,
        kind,
        timestamp: request.ended_at.unwrap_or(request.updated_at),
        owner_id,
        data: Data {
            progress: request.progress(),
            savings: request.savings,
            results_url: request.failure.is_none().then_some(results_url),
        },
    })?;
    Ok(Said {
        kind: kind.to_owned(),
        body,
    })
}
