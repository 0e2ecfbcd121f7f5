//! `POST /api/v1/webhook`: a receiver to point webhooks at while trying things out.
//!
//! It acts on nothing: it says what came in the log. A call with a signature must have a right one, by
//! the key of the owner whose request it tells of; a call without (ours all have one) is logged as
//! unverified.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::jobs::webhook::keys::MasterKey;
use halftone_pipeline::jobs::webhook::signature::{self, Secret};
use halftone_pipeline::request::{OwnerId, RequestId, Timestamp};
use halftone_pipeline::services::store::{Store, StoreError};
use lambda_http::http::{HeaderMap, StatusCode};
use lambda_http::tracing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// How much of a body the log shows.
const SHOWN_BYTES: usize = 2_048;

/// What is read of a body.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    /// Of a request.
    #[serde(rename_all = "camelCase")]
    Request { request_id: RequestId },
    /// That it is a test, and whose.
    Test { data: Test },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    owner_id: OwnerId,
}

/// The answer to a webhook that was taken.
#[derive(Serialize, JsonSchema)]
pub struct Receipt {
    message: &'static str,
}

impl Receipt {
    /// The one that there is.
    pub fn taken() -> Self {
        let message = "Webhook received";
        Self { message }
    }
}

/// Takes one webhook.
pub async fn receive(
    store: &Store,
    master: &MasterKey,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), ApiError> {
    let signed = signed(headers);
    if let Some(signed) = signed {
        let keys = keys(store, master, body).await?;
        verify(&keys, signed, body, store.now())?;
    }
    // Escaped: whoever calls must not write lines of their own into the log.
    let shown = body[..body.len().min(SHOWN_BYTES)].escape_ascii();
    tracing::info!(verified = signed.is_some(), body = %shown, "a webhook came in");
    Ok(())
}

/// Id, timestamp and signatures of a call that has the latter.
fn signed(headers: &HeaderMap) -> Option<(&str, &str, &str)> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let signatures = text("webhook-signature").filter(|signatures| !signatures.is_empty())?;
    let id = text("webhook-id").unwrap_or_default();
    let timestamp = text("webhook-timestamp").unwrap_or_default();
    Some((id, timestamp, signatures))
}

/// The keys of whose request or test the body tells; none when it tells of none.
async fn keys(store: &Store, master: &MasterKey, body: &[u8]) -> Result<Vec<Secret>, StoreError> {
    let Ok(told) = serde_json::from_slice(body) else {
        return Ok(Vec::new());
    };
    let owner = match told {
        Told::Request { request_id } => {
            let Some(request) = store.requests().get(request_id).await? else {
                return Ok(Vec::new());
            };
            Some(store.owners().get(&request.owner_id).await?)
        }
        Told::Test { data } => store.owners().named(&data.owner_id.0).await?,
    };
    let keys = owner.map(|owner| master.of(&owner, store.now()).signing());
    Ok(keys.unwrap_or_default())
}

fn verify(
    keys: &[Secret],
    signed: (&str, &str, &str),
    body: &[u8],
    now: Timestamp,
) -> Result<(), Problem> {
    signature::verify(keys, signed, body, now).map_err(|error| {
        tracing::warn!(%error, "a webhook with a wrong signature came in");
        let detail = "The webhook's signature is not right.";
        Problem::new(
            StatusCode::UNAUTHORIZED,
            ProblemCode::WrongSignature,
            detail,
        )
    })
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
        let keys: Vec<Secret> = vec!["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap()];
        let now = Timestamp::now();
        let right = headers(&signature::sign(&keys, "msg_1", now, b"{}"), now);
        let check = |keys: &[Secret], body| verify(keys, signed(&right).unwrap(), body, now);
        assert!(check(&keys, b"{}").is_ok());
        for (keys, body) in [(&keys[..], &b"{ }"[..]), (&[], b"{}")] {
            assert_eq!(check(keys, body).unwrap_err().code, "wrong_signature");
        }
        assert_eq!(signed(&HeaderMap::new()), None);
        assert_eq!(signed(&headers("", now)), None);
    }
}
