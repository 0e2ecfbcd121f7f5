//! One event: a batch of the finalize queue or of the images' dead-letter queue, or the
//! schedule's call.

use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;
use halftone_pipeline::jobs::completion::{Completion, CompletionError};
use halftone_pipeline::jobs::intake::Intake;
use halftone_pipeline::jobs::sweep::Sweep;
use halftone_pipeline::jobs::webhook::{WebhookError, Webhooks};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::fetch::{FetchConfig, Fetcher};
use halftone_pipeline::services::queue::{FinalizeMessage, ImageTask, Queue};
use halftone_pipeline::settings;
use halftone_pipeline::{event, telemetry};
use lambda_runtime::{Error, tracing};
use serde_json::Value;

const STORE_TIMEOUT: Duration = Duration::from_secs(20);

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
    #[error("the message is neither of the finalize queue nor an image task")]
    Unreadable(#[source] serde_json::Error),
    #[error(transparent)]
    Completion(#[from] CompletionError),
    #[error(transparent)]
    Webhook(#[from] WebhookError),
}

/// What the function works with.
pub struct Finalize {
    sweep: Sweep,
    webhooks: Webhooks,
}

impl Finalize {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load().await;
        // Uploads are within the limits of drops too: they were checked when they came in.
        let intake = Intake::from_env(&aws, STORE_TIMEOUT, "MAX_DROP_ROWS").await?;
        let store = intake.store.clone();
        let finalize = Queue::new(&aws, settings::text("FINALIZE_QUEUE_URL")?);
        let api_url = settings::text("API_URL")?;
        let outputs = Blobs::new(&aws, settings::text("OUTPUTS_BUCKET")?);
        let completion = Completion {
            store: store.clone(),
            outputs,
            finalize: finalize.clone(),
            api_url: api_url.clone(),
        };
        let fetcher = Fetcher::new(FetchConfig::for_webhooks_from_env()?)?;
        let secrets = settings::list("WEBHOOK_SECRETS")?;
        let webhooks = Webhooks {
            store,
            finalize,
            fetcher,
            secrets,
            api_url,
        };
        Ok(Self {
            sweep: Sweep { intake, completion },
            webhooks,
        })
    }

    /// Handles one event.
    pub async fn handle(&self, event: Event) -> Result<SqsBatchResponse, Error> {
        match event {
            Event::Schedule => {
                self.sweep.run().await?;
                Ok(SqsBatchResponse::default())
            }
            Event::Messages(messages) => {
                // Together: a receiver that is slow to answer holds up its own webhook only.
                let acts = messages.records.iter().map(|message| self.message(message));
                Ok(event::batch_item_failures(
                    join_all(acts).await.into_iter().flatten(),
                ))
            }
        }
    }

    /// Acts on one message; its id when it must be tried again.
    async fn message(&self, message: &SqsMessage) -> Option<String> {
        let error = self.act_on(message).await.err()?;
        tracing::error!(
            message.id = message.message_id,
            error = telemetry::chain(&error),
            "the message will be tried again"
        );
        message.message_id.clone()
    }

    async fn act_on(&self, message: &SqsMessage) -> Result<(), MessageError> {
        let body = message.body.as_deref().unwrap_or_default();
        // A dead letter is an image task as compress could not end it.
        if let Ok(task) = serde_json::from_str::<ImageTask>(body) {
            let attempts = event::receives(message).saturating_sub(1);
            return Ok(self.sweep.completion.give_up(task.image, attempts).await?);
        }
        match serde_json::from_str(body).map_err(MessageError::Unreadable)? {
            FinalizeMessage::Finalize { request_id } => {
                self.sweep.completion.finish(request_id).await?;
            }
            FinalizeMessage::Webhook {
                request_id,
                attempt,
            } => {
                self.webhooks.attempt(request_id, attempt).await?;
            }
        }
        Ok(())
    }
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
}
