//! Maps what happened to what the client is told.

use halftone_pipeline::api::paths;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::accept::{AcceptError, Accepted, MAX_KEY_BYTES};
use halftone_pipeline::jobs::announce::Announced;
use halftone_pipeline::manifest::Understood;
use halftone_pipeline::request::OutputOptions;
use halftone_pipeline::telemetry::chain;
use lambda_http::http::{StatusCode, header};
use lambda_http::{Response, tracing};

/// Seconds after which one of many pending requests may have ended.
const AFTER_ONE_HAS_ENDED: u32 = 30;

/// Why an upload was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("the call is unusable")]
    Refused(Problem),
    #[error(transparent)]
    Accept(#[from] AcceptError),
}

impl From<Problem> for UploadError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// 202 with the request's id and what its CSV was understood as; its status is beside the upload's own
/// path.
pub fn accepted(accepted: &Accepted) -> Response<String> {
    let Accepted { id, understood } = accepted;
    let body = serde_json::json!({ "requestId": id, "understood": understood });
    let mut response = Response::new(body.to_string());
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    if let Ok(location) = header::HeaderValue::from_str(&paths::status_beside_upload(*id)) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// 201 with where the announced file is to be put, and how; 200 without, where none is awaited (any more).
pub fn announced(announced: &Announced) -> Response<String> {
    let Announced { id, put } = announced;
    let (url, headers, until) = match put {
        Some((put, until)) => (Some(&put.url), Some(&put.headers), Some(until)),
        None => (None, None, None),
    };
    let body = serde_json::json!({
        "requestId": id,
        "uploadUrl": url,
        "headers": headers,
        "expiresAt": until,
    });
    let mut response = Response::new(body.to_string());
    if put.is_some() {
        *response.status_mut() = StatusCode::CREATED;
    }
    let headers = response.headers_mut();
    let json = header::HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    // Whoever has the URL may put the file.
    let no_store = header::HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, no_store);
    if let Ok(location) = header::HeaderValue::from_str(&paths::request_beside_requests(*id)) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// CPU time of one image at the default memory, in seconds, and its price in dollars: medians of
/// `cargo local bench sizing` over the sample photographs, fetching not counted.
const SECONDS_AN_IMAGE: f64 = 0.0308;
const USD_AN_IMAGE: f64 = 0.73e-6;

/// 200 with what a CSV was understood as, how its outputs would be made, its first images, and what all of them may
/// take. Nothing was kept.
pub fn understood(understood: &Understood, options: OutputOptions) -> Response<String> {
    // Counts of images are far below what a float has digits for.
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let images = (understood.images - understood.duplicates) as f64;
    let body = serde_json::json!({
        "understood": understood,
        "options": options,
        "images": understood.first_images,
        "estimate": {
            "computeSeconds": images * SECONDS_AN_IMAGE,
            "usd": images * USD_AN_IMAGE,
        },
    });
    let mut response = Response::new(body.to_string());
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The problem a client is told; what it must not know goes to the log.
pub fn refused(error: &UploadError) -> Response<String> {
    problem(error).response()
}

/// API Gateway lets nobody through without a key, so this is a fault of the deployment.
pub fn no_api_key() -> Problem {
    let detail = "The call came without an API key; send it in the header x-api-key.";
    Problem::new(StatusCode::FORBIDDEN, "no_api_key", detail)
}

pub fn invalid_idempotency_key() -> Problem {
    let detail =
        format!("The Idempotency-Key must be 1 to {MAX_KEY_BYTES} visible ASCII characters.");
    Problem::new(StatusCode::BAD_REQUEST, "invalid_idempotency_key", detail)
}

fn problem(error: &UploadError) -> Problem {
    match error {
        UploadError::Refused(problem) => problem.clone(),
        UploadError::Accept(AcceptError::Manifest(error)) => Problem::of_manifest(error),
        UploadError::Accept(AcceptError::KeyReused) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key came with another CSV or other options before. Use a new key for \
             a new request.",
        ),
        UploadError::Accept(AcceptError::TooManyPending(pending)) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_pending",
            format!(
                "{pending} of your requests are pending, as many as may be (MaxPendingRequests). \
                 Please try again when one has ended, or cancel one."
            ),
        )
        .after(AFTER_ONE_HAS_ENDED),
        UploadError::Accept(error) => {
            tracing::error!(error = chain(error), "the upload could not be accepted");
            match error {
                AcceptError::Serialize(_) => Problem::internal(),
                _ => Problem::unavailable(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_too_many_is_told_when_to_come_again() {
        let response = refused(&AcceptError::TooManyPending(500).into());
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "30");
        let body = response.into_body();
        assert!(body.contains(r#""code":"too_many_pending""#), "{body}");
        assert!(body.contains("MaxPendingRequests"), "{body}");
    }
}
