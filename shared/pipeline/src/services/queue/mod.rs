//! SQS: what the functions tell each other, and the sending of it.

mod message;

use std::time::Duration;

use crate::request::OwnerId;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, SdkError};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry,
};
use futures::stream::{self, TryStreamExt};

pub use message::{FinalizeMessage, IMAGE_MESSAGE_VERSION, ImageMessage};

/// Most entries SQS takes in one batch call.
const BATCH: usize = 10;
/// Batches sent at the same time.
const CONCURRENT_BATCHES: usize = 16;
/// Tries of a batch some of whose entries were refused.
const TRIES: u32 = 5;
/// Longest delay SQS offers a message that is sent.
pub const MAX_DELAY: Duration = Duration::from_secs(15 * 60);
/// Longest time SQS keeps a received message from view.
pub const MAX_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);
/// A message as it was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// What it says.
    pub body: String,
    /// Lets it be deleted.
    pub receipt: String,
}

/// A received message that is to be seen again, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// The receipt handle of its last receive.
    pub receipt: String,
    /// Out of sight until then; at most [`MAX_VISIBILITY`].
    pub after: Duration,
}

/// Why SQS did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// A message could not be written as JSON.
    #[error("the message could not be serialized")]
    Serialize(#[from] serde_json::Error),
    /// An entry of a batch could not be built.
    #[error("the batch entry is incomplete")]
    Build(#[from] BuildError),
    /// SQS refused the call or was out of reach.
    #[error("SQS failed to {action}")]
    Call {
        /// What was asked of it.
        action: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// SQS kept refusing entries of a batch.
    #[error("SQS refused {count} messages of a batch {TRIES} times, last with {code}")]
    Refused {
        /// Entries that were not taken.
        count: usize,
        /// What SQS said of the first of them.
        code: String,
    },
}

impl QueueError {
    fn of<E, R>(action: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        move |error| Self::Call {
            action,
            source: Box::new(error),
        }
    }
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

    /// The queue's name: the end of its URL, and of its ARN.
    #[must_use]
    pub fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// Sends image messages, ten to a call, several calls at once; entries that SQS refuses are
    /// sent again. They are grouped by `owner`, so that nobody waits behind another's million
    /// (fair queues: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>).
    ///
    /// # Errors
    /// When some messages were not taken in the end; others may have been.
    pub async fn send_images(
        &self,
        owner: &OwnerId,
        messages: &[ImageMessage],
    ) -> Result<(), QueueError> {
        let at_once = messages.iter().map(|message| (*message, Duration::ZERO));
        let messages: Vec<_> = at_once.collect();
        self.send_images_after(owner, &messages).await
    }

    /// The same, each to be seen after a delay (at most [`MAX_DELAY`]).
    ///
    /// # Errors
    /// When some messages were not taken in the end; others may have been.
    pub async fn send_images_after(
        &self,
        owner: &OwnerId,
        messages: &[(ImageMessage, Duration)],
    ) -> Result<(), QueueError> {
        let body = |(message, delay): &(ImageMessage, Duration)| {
            let body = serde_json::to_string(message)?;
            Ok::<_, serde_json::Error>((body, whole_seconds((*delay).min(MAX_DELAY))))
        };
        let bodies = messages.iter().map(body).collect::<Result<Vec<_>, _>>()?;
        stream::iter(bodies.chunks(BATCH).map(Ok))
            .try_for_each_concurrent(CONCURRENT_BATCHES, |batch| self.send_batch(owner, batch))
            .await
    }

    /// Bodies, and after how many seconds each is to be seen.
    async fn send_batch(
        &self,
        owner: &OwnerId,
        bodies: &[(String, i32)],
    ) -> Result<(), QueueError> {
        let entry = |(place, (body, delay)): (usize, &(String, i32))| {
            SendMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .message_body(body)
                .message_group_id(&owner.0)
                .set_delay_seconds(Some(*delay).filter(|delay| *delay > 0))
                .build()
        };
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
            let sent = sent.map_err(QueueError::of("send messages"))?;
            let Some(refused) = sent.failed().first() else {
                return Ok(());
            };
            refused.code().clone_into(&mut code);
            left.retain(|entry| refused_again(sent.failed(), entry.id()));
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
            .map_err(QueueError::of("send a message"))
    }

    /// Has received messages come back when they are to, instead of after the queue's visibility
    /// timeout, which is made for functions that died. Best effort: one that fails comes back then.
    pub async fn put_back(&self, messages: &[PutBack]) {
        for batch in messages.chunks(BATCH) {
            if let Err(error) = self.put_back_batch(batch).await {
                tracing::warn!(
                    error = crate::telemetry::chain(&error),
                    messages = batch.len(),
                    "the messages come back after the visibility timeout only"
                );
            }
        }
    }

    async fn put_back_batch(&self, batch: &[PutBack]) -> Result<(), QueueError> {
        let entry = |(place, message): (usize, &PutBack)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(place.to_string())
                .receipt_handle(&message.receipt)
                .visibility_timeout(whole_seconds(message.after.min(MAX_VISIBILITY)))
                .build()
        };
        let entries = batch
            .iter()
            .enumerate()
            .map(entry)
            .collect::<Result<Vec<_>, _>>()?;
        let call = self.client.change_message_visibility_batch();
        let changed = call
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(QueueError::of("change the visibility of messages"))?;
        match changed.failed().first() {
            None => Ok(()),
            Some(refused) => Err(QueueError::Refused {
                count: changed.failed().len(),
                code: refused.code().to_owned(),
            }),
        }
    }

    /// Takes at most ten messages, for whoever reads a queue without being called by it.
    ///
    /// # Errors
    /// When SQS is away.
    pub async fn receive(&self) -> Result<Vec<Received>, QueueError> {
        let call = self.client.receive_message().queue_url(&self.url);
        let taken = call.max_number_of_messages(10).send().await;
        let taken = taken.map_err(QueueError::of("receive messages"))?;
        let messages = taken.messages.unwrap_or_default().into_iter();
        Ok(messages
            .filter_map(|message| {
                Some(Received {
                    body: message.body?,
                    receipt: message.receipt_handle?,
                })
            })
            .collect())
    }

    /// Deletes a received message.
    ///
    /// # Errors
    /// When SQS is away; the message then comes back.
    pub async fn delete(&self, receipt: &str) -> Result<(), QueueError> {
        let call = self.client.delete_message().queue_url(&self.url);
        let deleted = call.receipt_handle(receipt).send().await;
        deleted
            .map(drop)
            .map_err(QueueError::of("delete a message"))
    }
}

fn refused_again(failed: &[BatchResultErrorEntry], id: &str) -> bool {
    failed.iter().any(|entry| entry.id() == id)
}

/// 100 ms, doubled with each try.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(50 << attempt)
}

/// Rounded up: what is seen too early only has to wait again.
fn whole_seconds(duration: Duration) -> i32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
