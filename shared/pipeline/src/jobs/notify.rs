//! Has the end of a request told: to its own receiver, and to the stack's topic where there is one.

use std::time::Duration;

use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Channel, DeliveryId, Request, Store, StoreError};

/// What it takes. Cheap to clone.
#[derive(Clone)]
pub struct Notifier {
    /// Where deliveries are recorded.
    pub store: Store,
    /// Where first attempts are queued.
    pub finalize: Queue,
    /// The ARN of the topic that notices go to, where there are any.
    pub topic: Option<String>,
}

impl Notifier {
    /// Records what is due to be told of a request's end, before it ends: should this die before it is
    /// queued, the sweep finds it.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn schedule(&self, request: &Request) -> Result<(), StoreError> {
        for way in self.ways(request) {
            self.store.deliveries().schedule(request, way).await?;
        }
        Ok(())
    }

    /// Queues the first attempts at it.
    ///
    /// # Errors
    /// When SQS does not take them; the sweep then finds the deliveries.
    pub async fn tell(&self, request: &Request) -> Result<(), QueueError> {
        for (channel, _) in self.ways(request) {
            let id = DeliveryId {
                request_id: request.id,
                round: request.round,
                channel,
            };
            let first = message(id, 0);
            self.finalize.send_finalize(&first, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// How it is told, and where.
    fn ways<'a>(&'a self, request: &'a Request) -> impl Iterator<Item = (Channel, &'a str)> {
        let webhook = request.webhook_url.as_deref();
        let webhook = webhook.map(|url| (Channel::Webhook, url));
        let notice = self.topic.as_deref().map(|arn| (Channel::Notice, arn));
        webhook.into_iter().chain(notice)
    }
}

/// The message that has an attempt made.
pub(crate) fn message(id: DeliveryId, attempt: u32) -> FinalizeMessage {
    let DeliveryId {
        request_id, round, ..
    } = id;
    match id.channel {
        Channel::Webhook => FinalizeMessage::Webhook {
            request_id,
            round,
            attempt,
        },
        Channel::Notice => FinalizeMessage::Notice {
            request_id,
            round,
            attempt,
        },
    }
}
