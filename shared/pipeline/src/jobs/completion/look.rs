//! Whoever may have caused a request's end has finalize look whether it has come.
//!
//! Counters that are right say by themselves which batch was the last. Where they are in doubt only
//! the images know, and to ask them after each batch costs a slow database what it does not have: it
//! gets slower, more batches are cut off, and more doubt comes of it. So no batch asks. It sends
//! finalize a message that is seen a while later, unless one is on its way already, which the request's
//! `nextLookAt` says. That a look begins after any batch's end, the last one's too:
//!
//! - A batch comes here after its images have ended in the database. Either it finds `nextLookAt` over,
//!   and sends a message itself; or it lies ahead, and then its message was sent before it was written,
//!   and is seen after it.
//! - The message is sent first. Killed before `nextLookAt` is written, a batch leaves a message that
//!   nobody relies on; killed or refused before it is sent, it leaves nothing, and comes back itself.
//! - Two that send at once cost a look more.
//! - A message is seen [`CLOCKS`] later than `nextLookAt` says, so that instances whose clocks differ
//!   by less agree on what lies ahead. A larger difference, or a message that SQS loses, costs the time
//!   until the sweep finds the request silent.

use std::time::Duration;

use super::queue_finalize;
use crate::request::RequestId;
use crate::services::queue::{FinalizeMessage, Queue, QueueError};
use crate::services::store::{Request, Store, StoreError};

/// Time between two looks at a request whose counters are in doubt: short for whoever waits for the
/// end, long beside what a look takes.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);
/// What the clocks of instances, and SQS's, may differ by.
const CLOCKS: Duration = Duration::from_secs(2);

/// Why finalize could not be told to look. Whoever tells must do so again.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// MongoDB failed.
    #[error("it could not be noted that a look is on its way")]
    Store(#[from] StoreError),
    /// SQS failed.
    #[error("finalize could not be told")]
    Queue(#[from] QueueError),
}

/// Has finalize look, at once or soon, where a request may be done. `seen` is the request as it was
/// after what may have ended it was recorded.
///
/// # Errors
/// When a service is away; it is to be done again.
pub async fn look(store: &Store, finalize: &Queue, seen: &Request) -> Result<(), LookError> {
    if seen.seems_done() {
        return Ok(queue_finalize(finalize, seen.id).await?);
    }
    let now = store.now();
    if !seen.may_be_done() || seen.next_look_at.is_some_and(|next| next > now) {
        return Ok(());
    }
    look_soon(finalize, seen.id).await?;
    let next = now.plus(BETWEEN_LOOKS);
    Ok(store.requests().expect_look(seen.id, next).await?)
}

async fn look_soon(finalize: &Queue, request_id: RequestId) -> Result<(), QueueError> {
    let message = FinalizeMessage::Finalize { request_id };
    finalize
        .send_finalize(&message, BETWEEN_LOOKS + CLOCKS)
        .await
}
