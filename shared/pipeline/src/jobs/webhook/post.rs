//! Posts what is signed, and says how that went.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue, header};

use super::signature::{self, Secret};
use crate::request::Timestamp;
use crate::services::fetch::{Answer, FetchError, Fetcher};
use crate::services::store::Attempt;
use crate::telemetry::chain;

/// Status by which a receiver says that it wants no more.
const GONE: u16 = 410;

/// What is posted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    /// The same over all attempts, so that receivers can tell a repeat.
    pub id: &'a str,
    pub body: &'a str,
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was taken.
    Taken,
    /// It may be taken later, at the earliest after what the receiver asked for.
    Later(Option<Duration>),
    /// It will never be.
    Never,
}

/// An attempt that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// How it is recorded.
    pub attempt: Attempt,
    pub outcome: Outcome,
    /// The causes of its failure, for the log.
    pub causes: Option<String>,
}

/// Posts a message that these keys sign, as of `at`.
///
/// # Errors
/// When its id is no header's value.
pub(super) async fn post(
    fetcher: &Fetcher,
    url: &str,
    message: Message<'_>,
    keys: &[Secret],
    at: Timestamp,
) -> Result<Made, InvalidHeaderValue> {
    let headers = headers(message, keys, at)?;
    let started = Instant::now();
    let body = Bytes::copy_from_slice(message.body.as_bytes());
    let answer = fetcher.post(url, headers, body).await;
    Ok(made(at, started.elapsed(), answer))
}

fn headers(
    message: Message<'_>,
    keys: &[Secret],
    at: Timestamp,
) -> Result<HeaderMap, InvalidHeaderValue> {
    let signed = signature::sign(keys, message.id, at, message.body.as_bytes());
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert("webhook-id", HeaderValue::from_str(message.id)?);
    headers.insert("webhook-timestamp", at.unix_seconds().into());
    headers.insert("webhook-signature", HeaderValue::from_str(&signed)?);
    Ok(headers)
}

fn made(at: Timestamp, took: Duration, answer: Result<Answer, FetchError>) -> Made {
    let (status, code, error, outcome, causes) = match answer {
        Ok(answer) => {
            let error = complaint(answer.status);
            let code = error.is_some().then(|| "http_status".to_owned());
            (Some(answer.status), code, error, outcome(answer), None)
        }
        Err(error) => {
            // What can never work, such as a blocked address, is not tried for days.
            let outcome = match error.is_transient() {
                true => Outcome::Later(None),
                false => Outcome::Never,
            };
            let code = error.code().to_owned();
            let causes = Some(chain(&error));
            (None, Some(code), Some(error.to_string()), outcome, causes)
        }
    };
    let attempt = Attempt {
        at,
        status,
        code,
        error,
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    };
    Made {
        attempt,
        outcome,
        causes,
    }
}

fn outcome(answer: Answer) -> Outcome {
    match answer.status {
        200..=299 => Outcome::Taken,
        GONE => Outcome::Never,
        _ => Outcome::Later(answer.retry_after),
    }
}

/// What is to be said of a status; nothing of one by which a webhook is taken.
fn complaint(status: u16) -> Option<String> {
    let meaning = match status {
        200..=299 => return None,
        300..=399 => "a redirect, which webhooks do not follow: give the address that it leads to",
        401 | 403 | 407 => "it lets the webhook not in, which shows its signature and nothing else",
        404 => "there is nothing at this address",
        405 => "it takes no POST at this address",
        GONE => "it wants no more webhooks",
        429 => "it is asked too often",
        500..=599 => "it is out of order",
        _ => "only 2xx says that it took the webhook",
    };
    Some(format!(
        "the receiver answered with status {status}: {meaning}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16) -> Made {
        let answer = Answer {
            status,
            retry_after: None,
        };
        made(Timestamp::now(), Duration::ZERO, Ok(answer))
    }

    #[test]
    fn only_2xx_is_taken_and_gone_is_final() {
        assert_eq!(of(204).outcome, Outcome::Taken);
        assert_eq!(of(204).attempt.error, None);
        for status in [301, 404, 500] {
            assert_eq!(of(status).outcome, Outcome::Later(None));
        }
        assert_eq!(of(410).outcome, Outcome::Never);
    }

    #[test]
    fn what_is_not_taken_says_why() {
        let redirected = of(302).attempt;
        assert_eq!(redirected.code.as_deref(), Some("http_status"));
        let said = redirected.error.unwrap();
        assert!(said.contains("302: a redirect"), "{said}");
    }
}
