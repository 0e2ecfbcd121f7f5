//! One event: a batch of the finalize queue or of the images' dead-letter queue, or the
//! schedule's call.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;
use halftone_pipeline::event;
use halftone_pipeline::jobs::completion::{Completion, CompletionError};
use halftone_pipeline::jobs::compress::service_retry;
use halftone_pipeline::jobs::dead_letters::DeadLetters;
use halftone_pipeline::jobs::sweep::Sweep;
use halftone_pipeline::jobs::webhook::{WebhookError, Webhooks};
use halftone_pipeline::services::queue::{FinalizeMessage, PutBack, Queue};
use halftone_pipeline::services::store::DeliveryId;
use halftone_pipeline::telemetry::chain;
use lambda_runtime::{Error, tracing};
use serde_json::Value;

/// Kept back from the function's time to record how far something came.
const RESERVE: Duration = Duration::from_secs(5);

/// What may call this function.
pub enum Event {
    /// Messages of either queue.
    Messages(SqsEvent),
    /// The schedule.
    Schedule,
}

impl Event {
    /// Tells the callers apart: only SQS sends records.
    pub fn of(payload: Value) -> Result<Self, serde_json::Error> {
        if payload.get("Records").is_some() {
            serde_json::from_value(payload).map(Self::Messages)
        } else {
            Ok(Self::Schedule)
        }
    }
}

/// Why a message must be tried again.
#[derive(Debug, thiserror::Error)]
enum MessageError {
    #[error("the message is none of its queue's")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Completion(#[from] CompletionError),
    #[error(transparent)]
    Webhook(#[from] WebhookError),
}

/// What the function works with.
pub struct Handler {
    pub(crate) completion: Completion,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) sweep: Sweep,
    pub(crate) webhooks: Webhooks,
    pub(crate) finalize: Queue,
    pub(crate) images_dlq: Queue,
    /// The wait after a first fault of a service of ours.
    pub(crate) service_retry: Duration,
}

impl Handler {
    /// Handles one event, until shortly before the function's `deadline`.
    pub async fn handle(
        &self,
        event: Event,
        deadline: SystemTime,
    ) -> Result<SqsBatchResponse, Error> {
        let until = event::stop_before(deadline, RESERVE);
        match event {
            Event::Schedule => {
                self.sweep.run(until).await?;
                Ok(SqsBatchResponse::default())
            }
            Event::Messages(messages) => Ok(self.messages(&messages.records, until).await),
        }
    }

    /// Acts on the messages together: a receiver that is slow to answer holds up its own webhook only.
    async fn messages(&self, messages: &[SqsMessage], until: Instant) -> SqsBatchResponse {
        let acts = messages.iter().map(|message| self.act_on(message, until));
        let mut failed = Vec::new();
        for (message, acted) in messages.iter().zip(join_all(acts).await) {
            if let Err(error) = acted {
                tracing::error!(
                    message.id = message.message_id,
                    error = chain(&error),
                    "the message will be tried again"
                );
                failed.push(message);
            }
        }
        self.put_back(&failed).await;
        event::batch_item_failures(
            failed
                .iter()
                .filter_map(|message| message.message_id.clone()),
        )
    }

    /// Has failed messages come back as long after as what failed may need.
    async fn put_back(&self, failed: &[&SqsMessage]) {
        let (letters, others): (Vec<&SqsMessage>, Vec<&SqsMessage>) = failed
            .iter()
            .partition(|message| self.is_dead_letter(message));
        for (queue, messages) in [(&self.images_dlq, letters), (&self.finalize, others)] {
            let put_back = |message: &&SqsMessage| {
                Some(PutBack {
                    receipt: message.receipt_handle.clone()?,
                    after: service_retry(self.service_retry, event::receives(message)),
                })
            };
            let messages: Vec<_> = messages.iter().filter_map(put_back).collect();
            queue.put_back(&messages).await;
        }
    }

    async fn act_on(&self, message: &SqsMessage, until: Instant) -> Result<(), MessageError> {
        let body = message.body.as_deref().unwrap_or_default();
        if self.is_dead_letter(message) {
            let letter = serde_json::from_str(body)?;
            return Ok(self.dead_letters.take(letter, until).await?);
        }
        match serde_json::from_str(body)? {
            FinalizeMessage::Finalize { request_id } => {
                self.completion.finish(request_id, until).await?;
            }
            FinalizeMessage::Check { request_id } => {
                self.completion.check(request_id, until).await?;
            }
            FinalizeMessage::Requeue { request_id, from } => {
                self.completion.requeue(request_id, from, until).await?;
            }
            FinalizeMessage::Archive { request_id, round } => {
                self.completion.archive((request_id, round), until).await?;
            }
            FinalizeMessage::Webhook {
                request_id,
                round,
                attempt,
            } => {
                self.webhooks.attempt((request_id, round), attempt).await?;
            }
            FinalizeMessage::Notice {
                request_id,
                round,
                attempt,
            } => {
                let notice = DeliveryId::notice(request_id, round);
                self.webhooks.attempt(notice, attempt).await?;
            }
        }
        Ok(())
    }

    /// By its queue, not by what it looks like.
    fn is_dead_letter(&self, message: &SqsMessage) -> bool {
        let arn = message.event_source_arn.as_deref().unwrap_or_default();
        is_of(arn, self.images_dlq.name())
    }
}

/// Whether the ARN is that of the queue of this name.
fn is_of(arn: &str, name: &str) -> bool {
    arn.rsplit(':').next() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_told_apart() {
        let of = |json| Event::of(serde_json::from_str(json).unwrap()).unwrap();
        assert!(matches!(
            of(include_str!("../../../events/finalize.json")),
            Event::Messages(_)
        ));
        let schedule = of(include_str!("../../../events/finalize-schedule.json"));
        assert!(matches!(schedule, Event::Schedule));
    }

    #[test]
    fn messages_are_told_apart_by_their_queue() {
        let arn = "arn:aws:sqs:eu-central-1:1:halftone-ImagesDlq-1";
        assert!(is_of(arn, "halftone-ImagesDlq-1"));
        assert!(!is_of(arn, "halftone-ImagesDlq"));
        assert!(!is_of("", "halftone-ImagesDlq-1"));
    }
}
