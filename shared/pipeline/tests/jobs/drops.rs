//! CSVs in the drop bucket.

use aws_sdk_s3::primitives::ByteStream;
use halftone_pipeline::jobs::drop::Dropped;
use halftone_pipeline::request::RequestStatus;
use serde_json::Value;

use crate::world::{World, csv, later};

pub async fn put(
    world: &World,
    key: &str,
    csv: impl AsRef<[u8]>,
    metadata: &[(&str, &str)],
    tags: &str,
) -> Dropped {
    let mut call = world.s3.put_object().bucket(&world.drop_bucket).key(key);
    for (name, value) in metadata {
        call = call.metadata(*name, *value);
    }
    if !tags.is_empty() {
        call = call.tagging(tags);
    }
    let body = ByteStream::from(csv.as_ref().to_vec());
    let put = call.body(body).send().await.unwrap();
    Dropped {
        bucket: world.drop_bucket.clone(),
        key: key.to_owned(),
        version: None,
        e_tag: put.e_tag.unwrap(),
    }
}

pub async fn note(world: &World, key: &str) -> Value {
    let bytes = world.output(&format!("results/{key}.request.json")).await;
    serde_json::from_slice(&bytes).unwrap()
}

fn two_images() -> String {
    csv(&["http://a/1.jpg".to_owned(), "http://a/2.jpg".to_owned()])
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_same_object_is_the_same_request_however_often_and_at_once() {
    let world = World::new().await;
    let dropped = put(&world, "a b.csv", &two_images(), &[], "").await;
    let (one, two) = (world.drops(), world.drops());
    let (one, two) = tokio::join!(
        one.take_in(&dropped, later()),
        two.take_in(&dropped, later())
    );
    one.unwrap();
    two.unwrap();
    world.drops().take_in(&dropped, later()).await.unwrap();
    let note = note(&world, "a b.csv").await;
    let id = note["requestId"].as_str().unwrap().parse().unwrap();
    assert_eq!(note["statusPath"], format!("/api/v1/images/status/{id}"));
    assert_eq!(world.recorded(id).await.len(), 2);
    assert_eq!(world.queued().await.len(), 2);
    // Another object is another request.
    let other = put(
        &world,
        "a b.csv",
        &csv(&["http://a/3.jpg".to_owned()]),
        &[],
        "",
    )
    .await;
    world.drops().take_in(&other, later()).await.unwrap();
    assert_eq!(world.queued().await.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn tags_of_a_dropped_csv_stay_behind() {
    let world = World::new().await;
    let dropped = put(&world, "tagged.csv", &two_images(), &[], "team=shop").await;
    world.drops().take_in(&dropped, later()).await.unwrap();
    let id = note(&world, "tagged.csv").await["requestId"]
        .as_str()
        .unwrap()
        .to_owned();
    let call = world.s3.get_object_tagging().bucket(world.uploads.bucket());
    let tags = call.key(format!("requests/{id}.csv")).send().await.unwrap();
    assert_eq!(tags.tag_set(), []);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_unusable_csv_or_option_is_a_failed_request_with_its_reason() {
    let world = World::new().await;
    let open_quote = "S. No.,Product Name,Input Image Urls\n1,\"A,https://a/1.jpg\n";
    for (key, csv, metadata, code) in [
        ("open.csv", open_quote, None, "malformed_csv"),
        (
            "book.xlsx",
            "PK\u{3}\u{4}damaged",
            None,
            "unusable_workbook",
        ),
        (
            "typo.csv",
            two_images().as_str(),
            Some(("qualty", "50")),
            "unknown_metadata",
        ),
        (
            "high.csv",
            two_images().as_str(),
            Some(("quality", "500")),
            "invalid_quality",
        ),
    ] {
        let dropped = put(&world, key, csv, metadata.as_slice(), "").await;
        world.drops().take_in(&dropped, later()).await.unwrap();
        let note = note(&world, key).await;
        assert_eq!(note["status"], "Failed", "{key}");
        assert_eq!(note["error"]["code"], code);
        assert!(note["error"]["message"].as_str().unwrap().len() > 20);
        let request = world
            .request(note["requestId"].as_str().unwrap().parse().unwrap())
            .await;
        assert_eq!(request.status, RequestStatus::Failed);
        assert_eq!(request.failure.unwrap().code, code);
    }
    assert_eq!(world.queued().await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_intake_that_fails_half_way_goes_on_with_the_next_event() {
    let world = World::new().await;
    let dropped = put(&world, "again.csv", &two_images(), &[], "").await;
    let mut broken = world.drops();
    broken.intake.uploads = world.uploads.of_bucket("there-is-no-such-bucket");
    assert!(broken.take_in(&dropped, later()).await.is_err());
    world.drops().take_in(&dropped, later()).await.unwrap();
    assert_eq!(world.queued().await.len(), 2);
}
