//! Which of a batch's hosts asked to be asked less: looked up anew where what is known is old, once for all images of a
//! host.

use std::collections::HashMap;
use std::time::Instant;

use tokio::sync::Mutex;

use super::attempt::FRESH;
use crate::services::store::{SlowDown, Store};

/// What is known of the hosts of one batch.
pub(super) struct Pauses<'a> {
    store: &'a Store,
    known: Mutex<HashMap<String, (Option<SlowDown>, Instant)>>,
    /// When the batch was looked up; no image is begun whose host was paused then.
    read: Instant,
}

impl<'a> Pauses<'a> {
    pub(super) fn new(store: &'a Store, read: Instant) -> Self {
        Self {
            store,
            known: Mutex::default(),
            read,
        }
    }

    /// What a host was granted since the batch began.
    pub(super) async fn of(&self, host: &str) -> Option<SlowDown> {
        // Kept while it is looked up, so that the other images of the host wait for the answer.
        let mut known = self.known.lock().await;
        let (slow_down, read) = known.get(host).copied().unwrap_or((None, self.read));
        if read.elapsed() < FRESH {
            return slow_down;
        }
        // A fault here costs kindness, not the image.
        let mut found = self.store.hosts().slow([host]).await.unwrap_or_default();
        let slow_down = found.remove(host);
        known.insert(host.to_owned(), (slow_down, Instant::now()));
        slow_down
    }
}
