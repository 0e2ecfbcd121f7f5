//! Which of a batch's hosts asked to be asked less: looked up anew where what is known is old, once for all of them.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use tokio::sync::Mutex;

use super::FRESH;
use crate::services::store::{Image, SlowDown, Store};

/// What is known of the hosts of one batch.
pub(super) struct Pauses<'a> {
    store: &'a Store,
    hosts: BTreeSet<&'a str>,
    /// What they were granted since the batch began, and when that was read. No image is begun whose host was paused
    /// when the batch was looked up.
    known: Mutex<(HashMap<String, SlowDown>, Instant)>,
}

impl<'a> Pauses<'a> {
    /// Of the hosts of these images, which were looked up at `read`.
    pub(super) fn new(
        store: &'a Store,
        images: impl IntoIterator<Item = &'a Image>,
        read: Instant,
    ) -> Self {
        let hosts = images.into_iter().map(|image| image.host.as_str());
        Self {
            store,
            hosts: hosts.collect(),
            known: Mutex::new((HashMap::new(), read)),
        }
    }

    /// What a host was granted since the batch began.
    pub(super) async fn of(&self, host: &str) -> Option<SlowDown> {
        // Kept while they are looked up, so that the other images wait for the answer.
        let mut known = self.known.lock().await;
        let (slow, read) = &mut *known;
        if read.elapsed() >= FRESH {
            // A fault here costs kindness, not the image.
            let found = self.store.hosts().slow(self.hosts.iter().copied()).await;
            (*slow, *read) = (found.unwrap_or_default(), Instant::now());
        }
        slow.get(host).copied()
    }
}
