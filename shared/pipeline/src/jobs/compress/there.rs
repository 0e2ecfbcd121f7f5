//! Which outputs that a batch may name again are there: one list for all that one request made, instead of a look at
//! each.
//!
//! A list only ever says that an output is there. One that it does not have is looked at by itself, so that nothing
//! depends on how far a list reaches. What somebody removes by hand while a batch runs is not missed by it.

use std::collections::{BTreeSet, HashMap};

use tokio::sync::Mutex;

use super::reuse::Remembered;
use crate::request::RequestId;
use crate::services::blobs::{BlobError, Blobs, Key, ListedObject};

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
    pub(super) async fn listed(&self, output: &str) -> Result<Option<ListedObject>, BlobError> {
        let maker = Key::image_of(output).map(|image| image.request_id);
        let Some((maker, keys)) = maker.and_then(|maker| self.keys.get_key_value(&maker)) else {
            return Ok(None);
        };
        // Kept while it is listed, so that the other images wait for the answer.
        let mut listed = self.listed.lock().await;
        if !listed.contains_key(maker) {
            listed.insert(*maker, self.list(*maker, keys).await?);
        }
        let objects = listed.get(maker);
        Ok(objects.and_then(|objects| objects.get(output)).cloned())
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
