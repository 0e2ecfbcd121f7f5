//! SQS: what the functions tell each other, and the sending of it.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, SdkError};
use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityError;
use aws_sdk_sqs::operation::send_message::SendMessageError;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchError;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::stream::{self, TryStreamExt};
use serde::{Deserialize, Serialize};

use crate::request::{ImageRef, Options, RequestId};

/// Most entries SQS takes in one `SendMessageBatch`.
const BATCH: usize = 10;
/// Batches sent at the same time.
const CONCURRENT_BATCHES: usize = 16;
/// Tries of a batch some of whose entries were refused.
const TRIES: u32 = 5;
/// Longest delay SQS offers a message.
pub const MAX_DELAY: Duration = Duration::from_secs(15 * 60);

/// One image to be recompressed: a message of the images queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageTask {
    /// Which image.
    #[serde(flatten)]
    pub image: ImageRef,
    /// Where it is fetched.
    pub url: String,
    /// What is to come out.
    #[serde(flatten)]
    pub options: Options,
}

/// A message of the finalize queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum FinalizeMessage {
    /// All images of a request may have ended: look, and end it if so.
    Finalize {
        /// The request.
        request_id: RequestId,
    },
    /// A webhook attempt is due.
    Webhook {
        /// The request it tells of.
        request_id: RequestId,
        /// Attempts made before this one: a repeat of an attempt already made does nothing.
        attempt: u32,
    },
}

/// Why SQS did not take a message.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// A message could not be written as JSON.
    #[error("the message could not be serialized")]
    Serialize(#[from] serde_json::Error),
    /// An entry of a batch could not be built.
    #[error("the batch entry is incomplete")]
    Build(#[from] BuildError),
    /// SQS refused the call or was out of reach.
    #[error("SQS did not take the message")]
    Send(#[source] Box<SdkError<SendMessageError>>),
    /// SQS refused the batch or was out of reach.
    #[error("SQS did not take the batch")]
    SendBatch(#[source] Box<SdkError<SendMessageBatchError>>),
    /// SQS kept refusing entries of a batch.
    #[error("SQS refused {count} messages of a batch {TRIES} times, last with {code}")]
    Refused {
        /// Entries that were not taken.
        count: usize,
        /// What SQS said of the first of them.
        code: String,
    },
    /// SQS did not change a message's visibility timeout.
    #[error("SQS did not change the visibility timeout")]
    Visibility(#[source] Box<SdkError<ChangeMessageVisibilityError>>),
}

/// One queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue at `url`.
    #[must_use]
    pub fn new(aws: &SdkConfig, url: String) -> Self {
        Self {
            client: Client::new(aws),
            url,
        }
    }

    /// Sends image tasks, ten to a call, several calls at once; entries that SQS refuses are
    /// sent again.
    ///
    /// # Errors
    /// When some tasks were not taken in the end; others may have been.
    pub async fn send_images(&self, tasks: &[ImageTask]) -> Result<(), QueueError> {
        let bodies = tasks
            .iter()
            .map(serde_json::to_string)
            .collect::<Result<Vec<_>, _>>()?;
        stream::iter(bodies.chunks(BATCH).map(Ok))
            .try_for_each_concurrent(CONCURRENT_BATCHES, |batch| self.send_batch(batch))
            .await
    }

    async fn send_batch(&self, bodies: &[String]) -> Result<(), QueueError> {
        let mut left = bodies
            .iter()
            .enumerate()
            .map(entry)
            .collect::<Result<Vec<_>, _>>()?;
        let mut code = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(backoff(attempt)).await;
            }
            let call = self.client.send_message_batch().queue_url(&self.url);
            let sent = call.set_entries(Some(left.clone())).send().await;
            let sent = sent.map_err(|source| QueueError::SendBatch(Box::new(source)))?;
            let Some(refused) = sent.failed().first() else {
                return Ok(());
            };
            refused.code().clone_into(&mut code);
            left.retain(|entry| sent.failed().iter().any(|failed| failed.id() == entry.id()));
        }
        Err(QueueError::Refused {
            count: left.len(),
            code,
        })
    }

    /// Sends a message to the finalize queue, to be seen after `delay` (at most [`MAX_DELAY`]).
    ///
    /// # Errors
    /// When SQS does not take it.
    pub async fn send_finalize(
        &self,
        message: &FinalizeMessage,
        delay: Duration,
    ) -> Result<(), QueueError> {
        let call = self.client.send_message().queue_url(&self.url);
        call.message_body(serde_json::to_string(message)?)
            // Without a delay of its own the message has the queue's.
            .set_delay_seconds(Some(whole_seconds(delay.min(MAX_DELAY))).filter(|delay| *delay > 0))
            .send()
            .await
            .map(drop)
            .map_err(|source| QueueError::Send(Box::new(source)))
    }

    /// Makes a received message visible again after `delay` instead of the queue's visibility
    /// timeout: how a transient fault backs off without waiting for a dead function's sake.
    ///
    /// # Errors
    /// When SQS does not do it; the message then comes back after the visibility timeout.
    pub async fn retry_after(&self, receipt: &str, delay: Duration) -> Result<(), QueueError> {
        let call = self.client.change_message_visibility().queue_url(&self.url);
        call.receipt_handle(receipt)
            .visibility_timeout(whole_seconds(delay))
            .send()
            .await
            .map(drop)
            .map_err(|source| QueueError::Visibility(Box::new(source)))
    }
}

fn entry((place, body): (usize, &String)) -> Result<SendMessageBatchRequestEntry, QueueError> {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(body);
    Ok(entry.build()?)
}

/// 100 ms, doubled with each try.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(50 << attempt)
}

fn whole_seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_documented_form() {
        let request_id = RequestId::of_drop("b", "k", "v");
        let task = ImageTask {
            image: ImageRef {
                request_id,
                row: 2,
                position: 0,
            },
            url: "https://a/1.jpg".into(),
            options: Options::default(),
        };
        assert_eq!(
            serde_json::to_value(&task).unwrap(),
            serde_json::json!({"requestId": request_id, "row": 2, "position": 0,
                "url": "https://a/1.jpg", "quality": 50, "format": "original",
                "copyright": "remove"})
        );
        let before_there_were_formats = serde_json::json!({"requestId": request_id, "row": 2,
            "position": 0, "url": "https://a/1.jpg", "quality": 50});
        assert_eq!(
            serde_json::from_value::<ImageTask>(before_there_were_formats).unwrap(),
            task
        );
        let webhook = FinalizeMessage::Webhook {
            request_id,
            attempt: 1,
        };
        assert_eq!(
            serde_json::to_value(&webhook).unwrap(),
            serde_json::json!({"type": "webhook", "requestId": request_id, "attempt": 1})
        );
    }
}
