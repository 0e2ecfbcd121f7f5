//! What functions read off events of SQS and S3, and answer to them.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use percent_encoding::percent_decode_str;

/// How often a message has been received, this time included. A move to the dead-letter queue
/// keeps the count.
#[must_use]
pub fn receives(message: &SqsMessage) -> u32 {
    let count = message.attributes.get("ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// For how long a message has been on its way, in milliseconds.
#[must_use]
pub fn age(message: &SqsMessage) -> Option<u64> {
    let sent: u64 = message.attributes.get("SentTimestamp")?.parse().ok()?;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    u64::try_from(now.as_millis()).ok()?.checked_sub(sent)
}

/// The answer that sends these messages, by id, back to the queue and deletes the others.
#[must_use]
pub fn batch_item_failures(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let failure = |id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    };
    let mut response = SqsBatchResponse::default();
    // An empty identifier would fail the whole batch.
    let ids = ids.into_iter().filter(|id| !id.is_empty());
    response.batch_item_failures = ids.map(failure).collect();
    response
}

/// The key that an S3 event means, which carries keys as HTML forms do: `+` is a space, the rest is percent-encoded.
/// `None` where it is no UTF-8.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
#[must_use]
pub fn object_key(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into())
}

/// When to stop, so that `reserve` is left of the function's time for what must still be done.
#[must_use]
pub fn stop_before(deadline: SystemTime, reserve: Duration) -> Instant {
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    Instant::now() + left.saturating_sub(reserve)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_forms_are() {
        let key = object_key("in/a+b%2Bc+%C3%BC.csv");
        assert_eq!(key.as_deref(), Some("in/a b+c ü.csv"));
        assert_eq!(object_key("%FF"), None);
    }

    #[test]
    fn empty_identifiers_never_reach_lambda() {
        let response = batch_item_failures([String::new(), "a".into()]);
        let ids: Vec<_> = response
            .batch_item_failures
            .iter()
            .map(|f| &f.item_identifier)
            .collect();
        assert_eq!(ids, ["a"]);
    }
}
