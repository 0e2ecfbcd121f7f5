//! What the functions tell each other.

use serde::{Deserialize, Serialize};

use crate::request::{ImageRef, RequestId};

/// The form of the images queue's messages that this version writes and reads.
pub const IMAGE_MESSAGE_VERSION: u32 = 1;

/// One image to be worked on: a message of the images queue. Small: the rest is in MongoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageMessage {
    /// The form of the message. One that is not known goes back to the queue, never away.
    pub v: u32,
    /// Which image.
    #[serde(flatten)]
    pub image: ImageRef,
    /// The round of its request that it was queued in.
    pub round: u32,
}

impl ImageMessage {
    /// The message that has an image worked on.
    #[must_use]
    pub fn new(image: ImageRef, round: u32) -> Self {
        Self {
            v: IMAGE_MESSAGE_VERSION,
            image,
            round,
        }
    }
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
    /// A request has been silent for a while: look what it lacks.
    Check {
        /// The request.
        request_id: RequestId,
    },
    /// A request's pending images are to be queued once more, from one on.
    Requeue {
        /// The request.
        request_id: RequestId,
        /// Number of the first image to look at.
        from: u64,
    },
    /// A request's ZIP is to be written, or gone on with.
    Archive {
        /// The request.
        request_id: RequestId,
        /// The round whose outputs it has.
        round: u32,
    },
    /// A webhook attempt is due.
    Webhook {
        /// The request it tells of.
        request_id: RequestId,
        /// The round whose end it tells of; messages that do not say are of the first.
        #[serde(default = "first_round")]
        round: u32,
        /// Attempts made before this one: a repeat of an attempt already made does nothing.
        attempt: u32,
    },
    /// An attempt at a notice is due.
    Notice {
        /// The request it tells of.
        request_id: RequestId,
        /// The round whose end it tells of.
        round: u32,
        /// Attempts made before this one, as for webhooks.
        attempt: u32,
    },
}

fn first_round() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_documented_form() {
        let request_id = RequestId::random();
        let image = ImageRef {
            request_id,
            ordinal: 7,
        };
        assert_eq!(
            serde_json::to_value(ImageMessage::new(image, 2)).unwrap(),
            serde_json::json!({"v": 1, "requestId": request_id, "ordinal": 7, "round": 2})
        );
        let webhook = FinalizeMessage::Webhook {
            request_id,
            round: 1,
            attempt: 1,
        };
        let json = serde_json::json!({"type": "webhook", "requestId": request_id, "round": 1, "attempt": 1});
        assert_eq!(serde_json::to_value(&webhook).unwrap(), json);
        let before = serde_json::json!({"type": "webhook", "requestId": request_id, "attempt": 1});
        assert_eq!(
            serde_json::from_value::<FinalizeMessage>(before).unwrap(),
            webhook
        );
        let requeue = serde_json::json!({"type": "requeue", "requestId": request_id, "from": 500});
        assert_eq!(
            serde_json::from_value::<FinalizeMessage>(requeue).unwrap(),
            FinalizeMessage::Requeue {
                request_id,
                from: 500
            }
        );
    }
}
