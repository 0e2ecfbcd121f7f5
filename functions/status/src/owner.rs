//! Who calls, remembered for a while: a call that asks again and again is answered from one read.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use halftone_pipeline::request::OwnerId;
use halftone_pipeline::services::store::{Store, StoreError};

/// How long it is believed whom a key stands for.
const FRESH: Duration = Duration::from_secs(60);
/// Most keys that are remembered.
const MOST: usize = 1_000;

/// Whom API keys stand for, by their ids.
#[derive(Default)]
pub struct Owners(Mutex<HashMap<String, (OwnerId, Instant)>>);

impl Owners {
    /// Whom a key stands for; `None` for a key that has made no request yet.
    pub async fn find(&self, store: &Store, key: &str) -> Result<Option<OwnerId>, StoreError> {
        if let Some(owner) = self.remembered(key) {
            return Ok(Some(owner));
        }
        let found = store.owners().find(key).await?;
        if let Some(owner) = &found {
            self.remember(key, owner);
        }
        Ok(found)
    }

    fn remembered(&self, key: &str) -> Option<OwnerId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (owner, read) = known.get(key)?;
        (read.elapsed() < FRESH).then(|| owner.clone())
    }

    fn remember(&self, key: &str, owner: &OwnerId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key.to_owned(), (owner.clone(), Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let owners = Owners::default();
        for n in 0..=MOST {
            owners.remember(&n.to_string(), &OwnerId(n.to_string()));
        }
        assert_eq!(owners.remembered("0"), None);
        let last = MOST.to_string();
        assert_eq!(owners.remembered(&last), Some(OwnerId(last)));
    }
}
