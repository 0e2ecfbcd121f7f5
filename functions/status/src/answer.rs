//! What answers look like.

use halftone_pipeline::api::problem::Problem;
use lambda_http::Response;
use lambda_http::http::{HeaderMap, StatusCode, header};
use serde::Serialize;

use crate::error::ApiError;

/// What a call is answered with.
pub type Answer = Result<Response<String>, ApiError>;

/// An answer that is asked for again and again.
pub fn polled(mut response: Response<String>, tag: &str, again: Option<u64>) -> Answer {
    let headers = response.headers_mut();
    let tag = header::HeaderValue::from_str(tag).map_err(|_| Problem::internal())?;
    headers.insert(header::ETAG, tag);
    if let Some(seconds) = again {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

pub fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

pub fn json(body: &impl Serialize) -> Answer {
    let mut response = Response::new(serde_json::to_string(body)?);
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// What was asked for is noted, and goes on behind the answer.
pub fn accepted(mut response: Response<String>) -> Response<String> {
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

pub fn redirect(url: &str) -> Answer {
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::FOUND;
    let location = header::HeaderValue::from_str(url).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::LOCATION, location);
    // The target dies before long; whoever asks again gets a fresh one.
    Ok(no_store(response))
}

pub fn no_store(mut response: Response<String>) -> Response<String> {
    let no_store = header::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}
