//! Owners: further keys, and drops into their folders.

use halftone_pipeline::request::OwnerId;
use mongodb::bson::{Document, doc};

use crate::drops::{note, put};
use crate::world::{World, csv, later};

/// What docs/operations.md says to do, with these keys: the filter and the change of its `updateOne`.
fn documented(old: &str, new: &str) -> [Document; 2] {
    let operations = include_str!("../../../../docs/operations.md");
    let (_, call) = operations.split_once("db.owners.updateOne(").unwrap();
    let (call, _) = call.split_once(")\n").unwrap();
    let arguments = format!("[{call}]")
        .replace("OLD-KEY-ID", old)
        .replace("NEW-KEY-ID", new);
    let arguments: Vec<Document> = serde_json::from_str(&arguments).unwrap();
    arguments.try_into().unwrap()
}

/// Does what is documented; how many owners it found.
async fn attach(world: &World, old: &str, new: &str) -> Result<u64, mongodb::error::Error> {
    let [which, change] = documented(old, new);
    let owners = world.database.collection::<Document>("owners");
    Ok(owners.update_one(which, change).await?.matched_count)
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_further_key_stands_for_the_owner_that_an_operator_attaches_it_to() {
    let world = World::new().await;
    let owners = world.store.owners();
    assert_eq!(attach(&world, "old", "new").await.unwrap(), 0);
    let owner = owners.find_or_create("old").await.unwrap();
    assert_eq!(attach(&world, "old", "new").await.unwrap(), 1);
    assert_eq!(owners.find_or_create("new").await.unwrap(), owner);
    assert_eq!(owners.find_or_create("old").await.unwrap(), owner);
    // The owner outlives its first key.
    let all = world.database.collection::<Document>("owners");
    let which = doc! {"_id": &owner.0};
    let change = doc! {"$pull": {"apiKeyIds": "old"}};
    all.update_one(which, change).await.unwrap();
    assert_eq!(owners.find("new").await.unwrap(), Some(owner));
    assert_eq!(owners.find("old").await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_key_that_stands_for_somebody_is_attached_to_nobody_else() {
    let world = World::new().await;
    let owners = world.store.owners();
    let one = owners.find_or_create("one").await.unwrap();
    let two = owners.find_or_create("two").await.unwrap();
    attach(&world, "one", "two").await.unwrap_err();
    assert_eq!(owners.find("one").await.unwrap(), Some(one));
    assert_eq!(owners.find("two").await.unwrap(), Some(two));
}

async fn owner_of_drop(world: &World, key: &str) -> OwnerId {
    let csv = csv(&["http://a/1.jpg".to_owned()]);
    let dropped = put(world, key, &csv, &[], "").await;
    world.drops().take_in(&dropped, later()).await.unwrap();
    let note = note(world, key).await;
    let id = note["requestId"].as_str().unwrap().parse().unwrap();
    let owner = world.request(id).await.owner_id;
    assert_eq!(note["ownerId"], owner.0);
    owner
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_drop_is_the_owners_in_whose_folder_it_is_or_the_first_keys() {
    let world = World::new().await;
    let owners = world.store.owners();
    let first = owners.find_or_create("key").await.unwrap();
    let other = owners.find_or_create("other").await.unwrap();
    let OwnerId(folder) = &other;
    assert_eq!(
        owner_of_drop(&world, &format!("{folder}/a/products.csv")).await,
        other
    );
    for key in [
        "products.csv".to_owned(),
        format!("in/{folder}/products.csv"),
        format!("{folder}.csv"),
        "0f8fad5b-d9cb-469f-a165-70867728950e/products.csv".to_owned(),
    ] {
        assert_eq!(owner_of_drop(&world, &key).await, first, "{key}");
    }
}
