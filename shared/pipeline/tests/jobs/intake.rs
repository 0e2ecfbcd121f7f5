//! Uploads: accepted once, taken in whole, whatever dies on the way.

use std::time::Instant;

use futures::future::join_all;
use halftone_pipeline::jobs::accept::AcceptError;
use halftone_pipeline::jobs::intake::{Csv, Taken};
use halftone_pipeline::request::{ImageRef, RequestId};
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::Reached;
use serde_json::json;

use crate::wire::{Mishap, Wire};
use crate::world::{World, csv, later, upload};

fn urls(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("http://a.example/{n}.jpg"))
        .collect()
}

/// So much, of a CSV that is read again from its start.
fn reached(row: u64, next_ordinal: u64) -> Reached {
    Reached {
        row,
        next_ordinal,
        bookmark: None,
    }
}

/// Every image of the request is recorded once and queued once, under its number.
async fn taken_in_once(world: &World, id: RequestId, count: u64) {
    let images = world.recorded(id).await;
    let ordinals: Vec<u64> = images.iter().map(|image| image.place.ordinal).collect();
    assert_eq!(ordinals, Vec::from_iter(0..count));
    let mut queued: Vec<ImageRef> = world.queued().await.into_iter().map(|m| m.image).collect();
    queued.sort_unstable();
    assert_eq!(queued.len() as u64, count);
    let expected = (0..count).map(|ordinal| ImageRef {
        request_id: id,
        ordinal,
    });
    assert_eq!(queued, Vec::from_iter(expected));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_upload_is_recorded_and_queued_whole() {
    let world = World::new().await;
    let id = world.accepted(&urls(7), None).await;
    let request = world.request(id).await;
    assert!(request.intake.complete);
    assert_eq!((request.intake.rows, request.intake.images), (7, 7));
    taken_in_once(&world, id, 7).await;
    assert_eq!(world.handed_over(), Vec::<serde_json::Value>::new());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_does_not_fit_into_the_call_is_handed_over_and_arrives_once() {
    let world = World::new().await;
    let upload = upload(csv(&urls(1_200)), None);
    let id = world
        .uploads()
        .accept(upload, Instant::now())
        .await
        .unwrap()
        .id;
    assert_eq!(world.handed_over(), [json!({ "requestId": id })]);
    assert!(!world.request(id).await.intake.complete);
    let intake = world.intake();
    let taken = intake.go_on(id, Csv::Kept, later()).await.unwrap();
    assert_eq!(taken, Taken::Whole);
    // Asked once more, as Lambda may: nothing is left.
    let taken = intake.go_on(id, Csv::Kept, later()).await.unwrap();
    assert_eq!(taken, Taken::NotOurs);
    taken_in_once(&world, id, 1_200).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn two_workers_on_one_intake_queue_each_image_once() {
    let world = World::new().await;
    let upload = upload(csv(&urls(1_200)), None);
    let id = world
        .uploads()
        .accept(upload, Instant::now())
        .await
        .unwrap()
        .id;
    let (one, two) = (world.intake(), world.intake());
    let (one, two) = tokio::join!(
        one.go_on(id, Csv::Kept, later()),
        two.go_on(id, Csv::Kept, later())
    );
    let mut taken = [one.unwrap(), two.unwrap()];
    taken.sort_by_key(|taken| *taken == Taken::NotOurs);
    assert_eq!(taken, [Taken::Whole, Taken::NotOurs]);
    taken_in_once(&world, id, 1_200).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_dead_workers_intake_is_free_after_its_lease_and_goes_on_from_its_checkpoint() {
    let world = World::new().await;
    let upload = upload(csv(&urls(1_200)), None);
    let id = world
        .uploads()
        .accept(upload, Instant::now())
        .await
        .unwrap()
        .id;
    let requests = world.store.requests();
    // A worker that claims it and dies after its first rows.
    let claimed = requests.claim_intake(id, 60).await.unwrap();
    assert!(claimed.is_some());
    requests
        .checkpoint_intake(id, &reached(501, 500), 60)
        .await
        .unwrap();
    let intake = world.intake();
    let taken = intake.go_on(id, Csv::Kept, later()).await.unwrap();
    assert_eq!(taken, Taken::NotOurs);
    world.store.clock().advance(61);
    let taken = intake.go_on(id, Csv::Kept, later()).await.unwrap();
    assert_eq!(taken, Taken::Whole);
    let first = world.recorded(id).await[0].place.ordinal;
    assert_eq!((first, world.queued().await.len()), (500, 700));
}

/// An export whose cells have several lines, some of whose rows go on with a product, in UTF-16.
fn export(products: usize) -> Vec<u8> {
    let rows = (0..products).map(|n| {
        let picture = |k: usize| format!("http://a.example/{n}-{k}.jpg");
        let (one, two) = (picture(1), picture(2));
        format!("p{n},\"Chair\r\n\u{1f600} {n}\",{one}\r\np{n},,{two}\r\n")
    });
    let header = "\u{feff}Handle,Title,Image Src\r\n".to_owned();
    let text: String = [header].into_iter().chain(rows).collect();
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// What is recorded of each image, in order.
async fn recorded(world: &World, id: RequestId) -> Vec<(u64, u64, String, String)> {
    let images = world.recorded(id).await.into_iter();
    images
        .map(|it| (it.place.ordinal, it.row, it.product_name, it.input_url))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the local stack: cargo local test"]
async fn an_intake_that_dies_at_any_checkpoint_goes_on_with_the_next_row() {
    // Two chunks.
    const PRODUCTS: usize = 260;
    let world = World::new().await;
    let accept = async || {
        let mut upload = upload(String::new(), None);
        upload.file = export(PRODUCTS).into();
        let accepted = world.uploads().accept(upload, Instant::now()).await;
        accepted.unwrap().id
    };
    let go_on = async |world: &World, id| {
        let intake = world.intake();
        intake.go_on(id, Csv::Kept, later()).await
    };
    let whole = Wire::default();
    let id = accept().await;
    go_on(&world.through(&whole).await, id).await.unwrap();
    let expected = recorded(&world, id).await;
    assert_eq!(expected.len(), 2 * PRODUCTS);
    assert_eq!(expected[519].1, 1 + 3 * 260);
    let changes = |(_, effect): &(usize, String)| effect.contains("findAndModify");
    let effects = whole.effects().into_iter().enumerate();
    let checkpoints: Vec<_> = effects.filter(changes).collect();
    // The claim, two chunks, and the end.
    assert_eq!(checkpoints.len(), 4, "{checkpoints:?}");
    for (at, _) in checkpoints {
        for death in [Mishap::DiesBefore, Mishap::DiesAfter] {
            let id = accept().await;
            let wire = Wire::with(at, death);
            let victim = world.through(&wire).await;
            tokio::select! {
                biased;
                () = wire.is_cut() => {}
                // A fault of a service ends it too; and a claim whose answer is late is asked for twice, and then
                // looks like another's.
                taken = go_on(&victim, id) => {
                    assert!(matches!(taken, Err(_) | Ok(Taken::NotOurs)), "{taken:?}");
                }
            }
            world.store.clock().advance(61);
            go_on(&world, id).await.unwrap();
            assert_eq!(recorded(&world, id).await, expected, "{death:?} {at}");
            assert!(world.request(id).await.intake.complete);
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_repeated_key_is_the_same_request_and_another_upload_under_it_is_refused() {
    let world = World::new().await;
    let (file, other) = (csv(&urls(2)), csv(&urls(3)));
    let first = world.accept_with("k", &file, None).await.unwrap();
    assert_eq!(world.accept_with("k", &file, None).await.unwrap(), first);
    taken_in_once(&world, first, 2).await;
    for (file, quality) in [(&other, None), (&file, Some("70"))] {
        let refused = world.accept_with("k", file, quality).await;
        assert!(matches!(refused, Err(AcceptError::KeyReused)));
    }
    assert_eq!(world.queued().await, []);
    assert_ne!(world.accept_with("l", &file, None).await.unwrap(), first);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn repeats_of_one_key_at_the_same_time_are_one_request() {
    let world = World::new().await;
    let file = csv(&urls(5));
    let calls = (0..8).map(|_| world.accept_with("k", &file, None));
    let ids = join_all(calls).await.into_iter().map(Result::unwrap);
    let mut ids: Vec<RequestId> = ids.collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    taken_in_once(&world, ids[0], 5).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_repeat_does_the_work_of_a_first_call_that_died() {
    let world = World::new().await;
    let file = csv(&urls(2));
    // The first call takes the key, and dies before it keeps anything: S3 does not take the CSV.
    let mut broken = world.uploads();
    broken.intake.uploads = world.uploads.of_bucket("there-is-no-such-bucket");
    let mut first = upload(file.clone(), None);
    first.idempotency_key = Some("k".to_owned());
    let failed = broken.accept(first, later()).await;
    assert!(matches!(failed, Err(AcceptError::Blobs(_))));
    let id = world.accept_with("k", &file, None).await.unwrap();
    taken_in_once(&world, id, 2).await;
    assert_eq!(world.accept_with("k", &file, None).await.unwrap(), id);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_owner_has_one_name_however_many_calls_come_at_once() {
    let world = World::new().await;
    let owners = world.store.owners();
    let calls = (0..8).map(|_| owners.find_or_create("new-key"));
    let mut found: Vec<_> = join_all(calls)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    found.dedup();
    assert_eq!(found.len(), 1);
    assert_eq!(owners.find("new-key").await.unwrap(), found.pop());
    assert_eq!(owners.find("another").await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn images_that_ended_before_the_intake_did_end_the_request() {
    let world = World::new().await;
    let upload = upload(csv(&urls(2)), None);
    let id = world
        .uploads()
        .accept(upload, Instant::now())
        .await
        .unwrap()
        .id;
    let counts = halftone_pipeline::request::Counts {
        succeeded: 1,
        failed: 1,
        ..Default::default()
    };
    let requests = world.store.requests();
    requests
        .count((id, 1), counts, Default::default())
        .await
        .unwrap();
    assert_eq!(world.told().await, []);
    world.intake().go_on(id, Csv::Kept, later()).await.unwrap();
    let expected = FinalizeMessage::Finalize { request_id: id };
    assert_eq!(world.told().await, [expected]);
}
