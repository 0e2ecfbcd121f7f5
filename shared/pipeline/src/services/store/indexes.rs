//! The indexes. Creating one that exists does nothing.

use std::time::Duration;

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::{Store, StoreError};

pub(super) async fn create(store: &Store) -> Result<(), StoreError> {
    let requests = [
        named(
            "newest",
            doc! {"ownerId": 1, "createdAt": -1, "_id": -1},
            None,
        ),
        // Serves the count of an owner's pending requests too.
        named(
            "newestByStatus",
            doc! {"ownerId": 1, "status": 1, "createdAt": -1, "_id": -1},
            None,
        ),
        named(
            "due",
            doc! {"nextCheckAt": 1},
            Some(doc! {"status": "Pending"}),
        ),
        expiry(),
    ];
    // Their order is that of their ids, which begin with the request's.
    let images = [
        named(
            "pending",
            doc! {"requestId": 1, "_id": 1},
            Some(doc! {"status": "Pending"}),
        ),
        named(
            "failed",
            doc! {"requestId": 1, "_id": 1},
            Some(doc! {"status": "Failed"}),
        ),
        named(
            "copies",
            doc! {"requestId": 1, "sameAs": 1, "status": 1},
            // Of copies alone: others have no such field.
            Some(doc! {"sameAs": {"$exists": true}}),
        ),
        named(
            "named",
            doc! {"outputKey": 1, "requestId": 1},
            // Of images alone that found their output again: most are no trouble to it.
            Some(doc! {"unchanged": {"$exists": true}}),
        ),
        expiry(),
    ];
    let deliveries = [
        named(
            "due",
            doc! {"nextAttemptAt": 1},
            Some(doc! {"state": "Pending"}),
        ),
        expiry(),
    ];
    tokio::try_join!(
        create_in(store, "requests", requests),
        create_in(store, "images", images),
        create_in(store, "deliveries", deliveries),
        create_in(store, "idempotency", [expiry()]),
        create_of_owners(store),
        create_in(store, "hosts", [expiry()]),
        create_in(store, "sources", [expiry()]),
    )?;
    Ok(())
}

/// Alone among the indexes in being needed for a right result: two first calls of one key at the same
/// time must not make two owners.
pub(super) async fn create_of_owners(store: &Store) -> Result<(), StoreError> {
    let keys = unique("apiKeys", doc! {"apiKeyIds": 1});
    create_in(store, "owners", [keys]).await
}

async fn create_in<const N: usize>(
    store: &Store,
    collection: &str,
    indexes: [IndexModel; N],
) -> Result<(), StoreError> {
    let collection = store.collection::<Document>(collection);
    store
        .bounded(collection.create_indexes(indexes))
        .await
        .map(drop)
}

fn named(name: &str, keys: Document, only: Option<Document>) -> IndexModel {
    let options = IndexOptions::builder()
        .name(name.to_owned())
        .partial_filter_expression(only);
    IndexModel::builder()
        .keys(keys)
        .options(options.build())
        .build()
}

/// An API key stands for one owner only.
fn unique(name: &str, keys: Document) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).unique(true);
    IndexModel::builder()
        .keys(keys)
        .options(options.build())
        .build()
}

/// Documents go at their `expiresAt`.
fn expiry() -> IndexModel {
    let options = IndexOptions::builder()
        .name("expiry".to_owned())
        .expire_after(Duration::ZERO);
    IndexModel::builder()
        .keys(doc! {"expiresAt": 1})
        .options(options.build())
        .build()
}
