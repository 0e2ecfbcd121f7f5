//! Which outputs that a batch may name again are there: one list for all that one request made, instead of a look at
//! each.
//!
//! A list only ever says that an output is there. One that it does not have is looked at by itself, so that nothing
//! depends on how far a list reaches, nor on whether there is one. What somebody removes by hand while a batch runs
//! is not missed by it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use tokio::sync::Mutex;

use super::reuse::Remembered;
use crate::request::RequestId;
use crate::services::blobs::{BlobError, Blobs, Key, ListedObject};
use crate::telemetry::chain;

/// From so many outputs of one request on they are listed: a list costs as much as twelve and a half looks.
/// <https://aws.amazon.com/s3/pricing/>
const WORTH_A_LIST: usize = 13;
/// Objects that are listed for each that is wanted. Keys are in the order of their text: between 9 and 10 are others.
const LISTED_FOR_EACH: usize = 4;

/// The outputs that a batch may name again.
pub(super) struct There<'a> {
    outputs: &'a Blobs,
    /// Their keys, by the request that made them.
    keys: HashMap<RequestId, BTreeSet<&'a str>>,
    /// What was listed so far, by the same.
    listed: Mutex<HashMap<RequestId, HashMap<String, ListedObject>>>,
}

impl<'a> There<'a> {
    pub(super) fn new(outputs: &'a Blobs, remembered: &'a Remembered) -> Self {
        let mut keys = HashMap::<_, BTreeSet<&str>>::new();
        for key in remembered.outputs() {
            if let Some(image) = Key::image_of(key) {
                keys.entry(image.request_id).or_default().insert(key);
            }
        }
        keys.retain(|_, keys| keys.len() >= WORTH_A_LIST);
        Self {
            outputs,
            keys,
            listed: Mutex::default(),
        }
    }

    /// An output, if it is in a list. Where there is a list, it is made once, when it is first asked for.
    pub(super) async fn listed(&self, output: &str) -> Option<ListedObject> {
        let maker = Key::image_of(output)?.request_id;
        let keys = self.keys.get(&maker)?;
        // Kept while it is listed, so that the other images wait for the answer.
        let mut listed = self.listed.lock().await;
        let objects = match listed.entry(maker) {
            Entry::Occupied(known) => known.into_mut(),
            // A list that failed is not asked for again by each image in turn: they are looked at side by side.
            Entry::Vacant(place) => place.insert(self.list(maker, keys).await.unwrap_or_else(|error| {
                tracing::warn!(request = %maker, error = chain(&error), "outputs could not be listed");
                HashMap::new()
            })),
        };
        objects.get(output).cloned()
    }

    async fn list(
        &self,
        maker: RequestId,
        keys: &BTreeSet<&str>,
    ) -> Result<HashMap<String, ListedObject>, BlobError> {
        // Without its last part the first key is right before itself.
        let first = keys.first().and_then(|key| key.rsplit_once('/'));
        let behind = first.map(|(before, _)| before);
        let most = keys.len() * LISTED_FOR_EACH;
        let prefix = Key::outputs(maker);
        let listed = self.outputs.list_objects(&prefix, behind, most).await?;
        let by_key = listed
            .into_iter()
            .map(|object| (object.key.clone(), object));
        Ok(by_key.collect())
    }
}
