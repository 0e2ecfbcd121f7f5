//! `POST /api/v1/webhook`: a receiver to point webhooks at while trying things out.
//!
//! It acts on nothing: it says what came in the log. A call with a signature must have a right
//! one; a call without (there is none unless keys are set up) is logged as unverified.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::webhook::signature::{self, Secret};
use halftone_pipeline::request::Timestamp;
use lambda_http::http::{HeaderMap, StatusCode};
use lambda_http::tracing;

/// How much of a body the log shows.
const SHOWN_BYTES: usize = 2_048;

/// Takes one webhook.
pub fn receive(secrets: &[Secret], headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let signatures = text("webhook-signature");
    if !signatures.is_empty() {
        let signed = (text("webhook-id"), text("webhook-timestamp"), signatures);
        signature::verify(secrets, signed, body, Timestamp::now()).map_err(|error| {
            tracing::warn!(%error, "a webhook with a wrong signature came in");
            let detail = "The webhook's signature is not right.";
            Problem::new(StatusCode::UNAUTHORIZED, "wrong_signature", detail)
        })?;
    }
    // Escaped: whoever calls must not write lines of their own into the log.
    let shown = body[..body.len().min(SHOWN_BYTES)].escape_ascii();
    tracing::info!(verified = !signatures.is_empty(), body = %shown, "a webhook came in");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(signature: &str, at: Timestamp) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_1".parse().unwrap());
        headers.insert("webhook-timestamp", at.unix_seconds().into());
        headers.insert("webhook-signature", signature.parse().unwrap());
        headers
    }

    #[test]
    fn a_signature_must_be_right_where_there_is_one() {
        let secrets: Vec<Secret> = vec!["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap()];
        let now = Timestamp::now();
        let right = signature::sign(&secrets, "msg_1", now, b"{}");
        assert!(receive(&secrets, &headers(&right, now), b"{}").is_ok());
        assert!(receive(&secrets, &headers(&right, now), b"{ }").is_err());
        assert!(receive(&[], &headers(&right, now), b"{}").is_err());
        assert!(receive(&secrets, &HeaderMap::new(), b"{}").is_ok());
    }
}
