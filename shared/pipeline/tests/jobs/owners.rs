//! Owners: further keys, and drops into their folders.

use halftone_pipeline::request::OwnerId;
use mongodb::bson::{Document, doc};

use crate::drops::{note, put};
use crate::world::{World, csv, later};

/// What docs/operations.md has `mongosh` called with, with these words in the place of its own.
fn documented<const N: usize>(function: &str, words: &[(&str, &str)]) -> [Document; N] {
    let operations = include_str!("../../../../docs/operations.md");
    let (_, call) = operations
        .split_once(&format!("db.owners.{function}("))
        .unwrap();
    let (call, _) = call.split_once(")\n").unwrap();
    let arguments = words.iter().fold(format!("[{call}]"), |all, (word, with)| {
        all.replace(word, with)
    });
    let arguments: Vec<Document> = serde_json::from_str(&arguments).unwrap();
    arguments.try_into().unwrap()
}

/// Does what is documented; how many owners it found.
async fn attach(world: &World, old: &str, new: &str) -> Result<u64, mongodb::error::Error> {
    let keys = [("OLD-KEY-ID", old), ("NEW-KEY-ID", new)];
    let [which, change] = documented("updateOne", &keys);
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

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_owner_that_is_written_back_is_who_it_was() {
    let world = World::new().await;
    let all = world.database.collection::<Document>("owners");
    let owner = world.owner().await;
    let owners = world.store.owners();
    let rotated = owners.rotate_webhook_secret(&owner, world.store.now());
    let before = rotated.await.unwrap().unwrap();
    all.drop().await.unwrap();
    let words = [("OWNER-ID", &*owner.0), ("KEY-ID", "key"), ("0}", "1}")];
    let [document] = documented("insertOne", &words);
    all.insert_one(document).await.unwrap();
    assert_eq!(world.owner().await, owner);
    let now = owners.get(&owner).await.unwrap();
    assert_eq!(now.webhook_secret_version, before.webhook_secret_version);
    // Whoever is new is somebody else.
    assert_ne!(
        world.store.owners().find_or_create("other").await.unwrap(),
        owner
    );
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
