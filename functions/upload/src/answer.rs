//! Maps what happened to what the client is told.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::manifest::ManifestError;
use halftone_pipeline::request::RequestId;
use halftone_pipeline::services::blobs::BlobError;
use halftone_pipeline::services::store::StoreError;
use halftone_pipeline::telemetry::chain;
use lambda_http::http::{StatusCode, header};
use lambda_http::{Response, tracing};

/// Why an upload was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("the form is unusable")]
    Form(Problem),
    #[error("the CSV is unusable")]
    Manifest(#[from] ManifestError),
    #[error("the CSV could not be kept")]
    Blobs(#[from] BlobError),
    #[error("the request could not be recorded")]
    Store(#[from] StoreError),
    #[error("the idempotency key was used for another CSV")]
    KeyReused,
}

/// 202 with the request's id; its status is beside the upload's own path.
pub fn accepted(id: RequestId) -> Response<String> {
    let mut response = Response::new(serde_json::json!({ "requestId": id }).to_string());
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    // Relative (RFC 9110 section 10.2.2), so that it holds under any stage or domain name.
    if let Ok(location) = header::HeaderValue::from_str(&format!("status/{id}")) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// The problem a client is told; what it must not know goes to the log.
pub fn refused(error: &UploadError) -> Response<String> {
    problem(error).response()
}

fn problem(error: &UploadError) -> Problem {
    match error {
        UploadError::Form(problem) => problem.clone(),
        UploadError::Manifest(error) => Problem::of_manifest(error),
        UploadError::KeyReused => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key came with another CSV before. Use a new key for a new CSV.",
        ),
        UploadError::Blobs(_) | UploadError::Store(_) => {
            tracing::error!(error = chain(error), "the upload could not be accepted");
            Problem::unavailable()
        }
    }
}
