//! `POST /api/v1/webhooks/test`: one signed event to a receiver, now.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::jobs::webhook::keys::MasterKey;
use halftone_pipeline::jobs::webhook::trial;
use halftone_pipeline::request::{OptionName, Wishes};
use halftone_pipeline::services::fetch::Fetcher;
use halftone_pipeline::services::store::Store;
use lambda_http::http::StatusCode;
use lambda_http::tracing;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::deliveries::Fault;
use crate::error::ApiError;

/// Largest body of the call, in bytes: the longest URL and some room.
const MAX_BODY_BYTES: usize = 16 * 1_024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    url: String,
}

/// The answer: how the receiver took it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebhookTest")]
pub struct TestBody {
    delivered: bool,
    /// The event's `webhook-id`.
    webhook_id: String,
    /// What the receiver answered, where it did.
    status: Option<u16>,
    duration_ms: u64,
    error: Option<Fault>,
}

/// The URL that is to be tried: of the same rules as `webhookUrl`.
pub fn url(body: &[u8]) -> Result<String, Problem> {
    let asked = match serde_json::from_slice::<Asked>(body) {
        Ok(asked) if body.len() <= MAX_BODY_BYTES && !asked.url.trim().is_empty() => asked,
        _ => {
            let detail = "The body must be JSON of this form and nothing else, with an address of at most \
                          8192 bytes: {\"url\":\"https://shop.example/hook\"}";
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                ProblemCode::InvalidBody,
                detail,
            ));
        }
    };
    let set = Wishes::default().set(OptionName::WebhookUrl, &asked.url);
    set.map_err(|error| {
        let mut detail = error.to_string();
        if let Some(first) = detail.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), detail + ".")
    })?;
    Ok(asked.url.trim().to_owned())
}

/// Sends the event and waits for the receiver.
pub async fn answer(
    store: &Store,
    tester: &Fetcher,
    master: &MasterKey,
    api_key_id: &str,
    url: &str,
) -> Result<TestBody, ApiError> {
    let owners = store.owners();
    let id = owners.find_or_create(api_key_id).await?;
    let (owner, at) = (owners.get(&id).await?, store.now());
    let keys = master.of(&owner, at);
    let sent = trial::send(tester, url, (&owner.id, &keys), at).await;
    let trial = sent.map_err(|_| Problem::internal())?;
    let attempt = &trial.attempt;
    tracing::info!(
        host = halftone_pipeline::url::host(url),
        http.status = attempt.status,
        code = attempt.code,
        duration_ms = attempt.duration_ms,
        "a receiver was tried out"
    );
    Ok(TestBody {
        delivered: trial.taken,
        status: attempt.status,
        duration_ms: attempt.duration_ms,
        error: Fault::of(attempt),
        webhook_id: trial.message_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_tried_is_refused_by_its_rule() {
        let good = br#"{"url": " https://shop.example/hook "}"#;
        assert_eq!(url(good).unwrap(), "https://shop.example/hook");
        for body in [
            "",
            "x",
            "{}",
            r#"{"url":""}"#,
            r#"{"url":1}"#,
            r#"{"url":"https://a/","secret":"b"}"#,
        ] {
            assert_eq!(url(body.as_bytes()).unwrap_err().code, "invalid_body");
        }
        for address in ["ftp://a/", "https://me:pw@a/", "hook"] {
            let body = serde_json::json!({ "url": address }).to_string();
            let refused = url(body.as_bytes()).unwrap_err();
            assert_eq!(refused.code, "invalid_webhook_url", "{address}");
        }
    }
}
