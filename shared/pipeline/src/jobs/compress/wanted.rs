//! Whether the requests of a batch are still wanted: looked up anew where what is known is old, once
//! for all images of a request.

use std::collections::HashMap;
use std::time::Instant;

use tokio::sync::Mutex;

use super::FRESH;
use crate::request::RequestId;
use crate::services::store::{Image, Store};
use crate::telemetry::chain;

/// What is known of the requests of one batch.
pub(super) struct Wanted<'a> {
    store: &'a Store,
    known: Mutex<HashMap<(RequestId, u32), (bool, Instant)>>,
    /// When the batch was looked up; what is not known otherwise was wanted then.
    read: Instant,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(store: &'a Store, read: Instant) -> Self {
        Self {
            store,
            known: Mutex::default(),
            read,
        }
    }

    /// Whether an image is still to be worked on.
    pub(super) async fn wants(&self, image: &Image) -> bool {
        let round = (image.place.request_id, image.round);
        // Kept while it is looked up, so that the other images of the request wait for the answer.
        let mut known = self.known.lock().await;
        let (wanted, read) = known.get(&round).copied().unwrap_or((true, self.read));
        if !wanted || read.elapsed() < FRESH {
            return wanted;
        }
        let found = self.store.requests().is_open(round.0, round.1).await;
        let wanted = found.unwrap_or_else(|error| {
            // A fault here costs work that nobody wants, not the image.
            tracing::warn!(request = %round.0, error = chain(&error), "whether the request was given up is not known");
            true
        });
        known.insert(round, (wanted, Instant::now()));
        wanted
    }
}
