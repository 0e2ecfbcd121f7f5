//! One SQS batch: each message is an image; those that must be tried again are reported as
//! batch item failures and come back after a backoff.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use halftone_pipeline::jobs::compress::{self, Compress, MemoryBudget, Received};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::fetch::{FetchConfig, Fetcher};
use halftone_pipeline::services::queue::{ImageTask, Queue};
use halftone_pipeline::services::store::{Store, StoreConfig};
use halftone_pipeline::settings;
use halftone_pipeline::{event, telemetry};
use lambda_runtime::{Error, tracing};

const STORE_TIMEOUT: Duration = Duration::from_secs(10);
/// Kept back from the function's time to record what ended.
const RESERVE: Duration = Duration::from_secs(3);
/// Backoff of the first retry; doubled with each further one.
const BACKOFF: Duration = Duration::from_secs(5);

/// What the function works with.
pub struct Handler {
    compress: Compress,
    images: Queue,
}

/// A message with what it says.
struct Parsed {
    message: SqsMessage,
    received: Received,
}

impl Handler {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load().await;
        let compress = Compress::new(
            Store::connect(&StoreConfig::from_env(STORE_TIMEOUT)?).await?,
            Blobs::new(&aws, settings::text("OUTPUTS_BUCKET")?),
            Queue::new(&aws, settings::text("FINALIZE_QUEUE_URL")?),
            Fetcher::new(FetchConfig::from_env()?)?,
            compress::limits_from_env()?,
            MemoryBudget::from_env()?,
        );
        Ok(Self {
            compress,
            images: Queue::new(&aws, settings::text("IMAGES_QUEUE_URL")?),
        })
    }

    /// Works on a batch until shortly before the function's `deadline`.
    pub async fn handle(&self, batch: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
        let (batch, mut failed): (Vec<_>, Vec<_>) = parse(batch);
        let received: Vec<_> = batch.iter().map(|parsed| parsed.received.clone()).collect();
        let again = self.compress.run(&received, until(deadline)).await;
        let again = again.unwrap_or_else(|error| {
            tracing::error!(
                error = telemetry::chain(&error),
                "the batch will be tried again"
            );
            (0..batch.len()).collect()
        });
        for place in again {
            self.back_off(&batch[place]).await;
            failed.push(batch[place].message.message_id.clone().unwrap_or_default());
        }
        event::batch_item_failures(failed)
    }

    /// Brings the message back sooner than the visibility timeout, which is made for functions
    /// that died.
    async fn back_off(&self, parsed: &Parsed) {
        let Some(receipt) = &parsed.message.receipt_handle else {
            return;
        };
        let doublings = parsed.received.attempt.saturating_sub(1).min(6);
        if let Err(error) = self
            .images
            .retry_after(receipt, BACKOFF * (1 << doublings))
            .await
        {
            tracing::warn!(
                error = telemetry::chain(&error),
                "the retry waits for the visibility timeout"
            );
        }
    }
}

/// The messages that can be read, and the ids of those that cannot: they end in the
/// dead-letter queue.
fn parse(event: SqsEvent) -> (Vec<Parsed>, Vec<String>) {
    let (mut batch, mut unreadable) = (Vec::new(), Vec::new());
    for message in event.records {
        let task = serde_json::from_str::<ImageTask>(message.body.as_deref().unwrap_or_default());
        match task {
            Ok(task) => {
                let received = Received {
                    task,
                    attempt: event::receives(&message),
                };
                batch.push(Parsed { message, received });
            }
            Err(error) => {
                tracing::error!(message.id = message.message_id, %error, "the message is no image task");
                unreadable.push(message.message_id.unwrap_or_default());
            }
        }
    }
    (batch, unreadable)
}

fn until(deadline: SystemTime) -> Instant {
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    Instant::now() + left.saturating_sub(RESERVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unreadable_message_does_not_take_the_batch_down() {
        let mut event: SqsEvent =
            serde_json::from_str(include_str!("../../../events/compress.json")).unwrap();
        let good = event.records.len();
        let mut bad = event.records[0].clone();
        bad.body = Some("{".into());
        bad.message_id = Some("bad".into());
        event.records.push(bad);
        let (batch, unreadable) = parse(event);
        assert_eq!((batch.len(), unreadable), (good, vec!["bad".to_owned()]));
    }
}
