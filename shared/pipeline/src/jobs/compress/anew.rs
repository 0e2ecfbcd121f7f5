//! Images that merely wait, for their turn or for a host that asked for a pause, are sent to the queue anew. Their
//! messages would be received again and again otherwise: how often a message was received says how long a fault of ours
//! lasts, and after a hundred receives it is a dead letter.

use std::collections::{HashMap, HashSet};

use super::{ComesBack, Received};
use crate::services::queue::{MAX_DELAY, Queue};
use crate::telemetry::chain;

/// Sends anew what of a batch merely waits, to be seen after its wait; what is left to come back by itself. That is
/// what waits longer than SQS delays a message, and what SQS did not take.
pub async fn send_anew(queue: &Queue, batch: &[Received], back: Vec<ComesBack>) -> Vec<ComesBack> {
    let mut waiting = HashMap::<_, Vec<_>>::new();
    for one in back.iter().filter(|one| one.after <= MAX_DELAY) {
        if let Some(owner) = &one.sent_anew_for {
            waiting.entry(owner).or_default().push(one);
        }
    }
    let mut sent = HashSet::new();
    for (owner, waiting) in waiting {
        let message = |one: &&ComesBack| (batch[one.place].message, one.after);
        let messages: Vec<_> = waiting.iter().map(message).collect();
        match queue.send_images_after(owner, &messages).await {
            Ok(()) => sent.extend(waiting.iter().map(|one| one.place)),
            Err(error) => tracing::warn!(
                error = chain(&error),
                messages = messages.len(),
                "images that wait could not be sent anew; their messages come back"
            ),
        }
    }
    let mut left = back;
    left.retain(|one| !sent.contains(&one.place));
    left
}
