//! What several functions read off SQS events and answer to them.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};

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
