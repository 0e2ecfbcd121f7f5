//! Sources that were compressed before, and the outputs that they have: what an owner's next request need not make
//! again.
//!
//! A source is remembered once an image has ended with its output, together with the request of that image. It says
//! something as long as that request lives and is not being purged: while it does, no purge removes the output, since
//! an image of it names the output (see [`super::Requests::hold`]).

use std::collections::BTreeMap;

use futures::TryStreamExt;
use mongodb::Collection;
use mongodb::bson::{doc, serialize_to_document};
use mongodb::options::{ReplaceOneModel, UpdateManyModel, WriteModel};
use serde::{Deserialize, Serialize};

use super::{ImageSuccess, Request, Store, StoreError, date};
use crate::hash::sha256_of_list;
use crate::request::{OutputOptions, OwnerId, RequestId, Timestamp};
use crate::services::fetch::Validators;

/// Which source: an owner's, of one URL, for outputs of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

impl SourceId {
    /// Of all that an output depends on beside the source's bytes: every option, and the codec.
    #[must_use]
    pub fn of(owner: &OwnerId, url: &str, options: &OutputOptions) -> Self {
        Self::by(owner, url, options, halftone_codec::OUTPUTS_VERSION)
    }

    fn by(owner: &OwnerId, url: &str, options: &OutputOptions, codec: u32) -> Self {
        // Words and numbers always serialize.
        let options = serde_json::to_string(options).unwrap_or_default();
        let codec = codec.to_string();
        Self(sha256_of_list(&[&owner.0, url, &options, &codec]))
    }
}

/// A source, as it was when its output was made or found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceState {
    /// What its server said of it, if that can be relied on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validators: Option<Validators>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How an image of it ended.
    pub made: ImageSuccess,
}

/// A source that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownSource {
    /// Which.
    #[serde(rename = "_id")]
    pub id: SourceId,
    /// A request with an image that names the output.
    pub request_id: RequestId,
    /// What it was.
    #[serde(flatten)]
    pub state: SourceState,
    #[serde(with = "date")]
    expires_at: Timestamp,
}

impl KnownSource {
    /// As an image of a request has found it; it is remembered for as long as the request.
    #[must_use]
    pub fn new(id: SourceId, request: &Request, state: SourceState) -> Self {
        Self {
            id,
            request_id: request.id,
            state,
            expires_at: request.expires_at,
        }
    }
}

/// The `sources` collection.
pub struct Sources<'a> {
    store: &'a Store,
    collection: Collection<KnownSource>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            collection: store.collection("sources"),
        }
    }

    /// Those of these sources that are remembered.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn get_all(&self, ids: &[&SourceId]) -> Result<Vec<KnownSource>, StoreError> {
        let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
        let found = self.collection.find(doc! {"_id": {"$in": ids}});
        self.store
            .bounded(async { found.await?.try_collect().await })
            .await
    }

    /// Remembers in one write sources as they are `new`; of those whose output was `named` once more, that this
    /// image's request names it too. To be called once the images have ended.
    ///
    /// # Errors
    /// When MongoDB is away or refuses; some may be remembered.
    pub async fn remember(
        &self,
        new: &[KnownSource],
        named: &[KnownSource],
    ) -> Result<(), StoreError> {
        let mut by_request = BTreeMap::<_, Vec<&KnownSource>>::new();
        for source in named {
            let of = by_request.entry((source.request_id, source.expires_at));
            of.or_default().push(source);
        }
        let mut models = Vec::with_capacity(new.len() + by_request.len());
        for source in new {
            models.push(self.replace(source)?);
        }
        models.extend(
            by_request
                .iter()
                .map(|(by, sources)| self.name(*by, sources)),
        );
        if models.is_empty() {
            return Ok(());
        }
        let client = self.collection.client();
        let write = client.bulk_write(models).ordered(false);
        self.store.bounded(write).await.map(drop)
    }

    fn replace(&self, source: &KnownSource) -> Result<WriteModel, StoreError> {
        let model = ReplaceOneModel::builder()
            .namespace(self.collection.namespace())
            .filter(doc! {"_id": &source.id.0})
            .replacement(serialize_to_document(source)?)
            .upsert(true);
        Ok(WriteModel::ReplaceOne(model.build()))
    }

    fn name(&self, (by, until): (RequestId, Timestamp), sources: &[&KnownSource]) -> WriteModel {
        let ids: Vec<&str> = sources.iter().map(|source| source.id.0.as_str()).collect();
        let output = |source: &&KnownSource| source.state.made.output_key.clone();
        let outputs: Vec<String> = sources.iter().map(output).collect();
        let set = doc! {
            "requestId": by.to_string(),
            "expiresAt": date::bson(until),
        };
        // One that has another output by now is somebody else's.
        let which = doc! {"_id": {"$in": ids}, "made.outputKey": {"$in": outputs}};
        let model = UpdateManyModel::builder()
            .namespace(self.collection.namespace())
            .filter(which)
            .update(doc! {"$set": set});
        WriteModel::UpdateMany(model.build())
    }

    /// Forgets those of these sources that are remembered for a request.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn forget(&self, ids: &[SourceId], of: RequestId) -> Result<(), StoreError> {
        let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
        let which = doc! {"_id": {"$in": ids}, "requestId": of.to_string()};
        let gone = self.collection.delete_many(which);
        self.store.bounded(gone).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use halftone_codec::{Copyright, OutputFormat};

    use super::*;

    #[test]
    fn a_source_is_an_owners_of_one_url_with_these_options_and_this_codec() {
        let owner = |name: &str| OwnerId(name.to_owned());
        let options = OutputOptions::default();
        let url = "https://a.example/1.jpg";
        let source = SourceId::of(&owner("one"), url, &options);
        assert_eq!(source, SourceId::of(&owner("one"), url, &options));
        let with = |options| SourceId::of(&owner("one"), url, &options);
        let quality = "51".parse().unwrap();
        for other in [
            SourceId::of(&owner("two"), url, &options),
            SourceId::of(&owner("one"), "https://a.example/1.jpg?", &options),
            SourceId::by(
                &owner("one"),
                url,
                &options,
                halftone_codec::OUTPUTS_VERSION + 1,
            ),
            with(OutputOptions { quality, ..options }),
            with(OutputOptions {
                format: OutputFormat::WebP,
                ..options
            }),
            with(OutputOptions {
                copyright: Copyright::Keep,
                ..options
            }),
        ] {
            assert_ne!(source, other);
        }
    }
}
