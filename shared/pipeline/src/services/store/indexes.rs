//! The indexes. Creating one that exists does nothing.

use std::time::Duration;

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::{Store, StoreError};

pub(super) async fn create(store: &Store) -> Result<(), StoreError> {
    let requests = [
        named("owner", doc! {"owner": 1, "createdAt": -1}, None),
        named(
            "due",
            doc! {"nextCheckAt": 1},
            Some(doc! {"status": "Pending"}),
        ),
        expiry(),
    ];
    let images = [
        named(
            "order",
            doc! {"requestId": 1, "row": 1, "position": 1},
            None,
        ),
        named(
            "pending",
            doc! {"requestId": 1, "status": 1},
            Some(doc! {"status": "Pending"}),
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
    )?;
    Ok(())
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
