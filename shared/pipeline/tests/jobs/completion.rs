//! The end of requests: when, once, and with everything in it.

use std::time::{Duration, Instant};

use halftone_pipeline::jobs::completion::CompletionError;
use halftone_pipeline::request::{
    Counts, ImageFailure, ImageRef, ImageStatus, RequestId, RequestStatus, ResultsFile,
};
use halftone_pipeline::services::blobs::{BlobError, Key};
use halftone_pipeline::services::queue::{FinalizeMessage, ImageMessage};
use halftone_pipeline::services::store::{ImageEnd, Try};
use mongodb::bson::{Document, doc};
use serde_json::json;

use crate::world::{DEADLINE_HOURS, World, batch, csv, later, upload};

/// A request of so many images, all of which have succeeded.
async fn worked_off(world: &World, images: usize, webhook: Option<&str>) -> RequestId {
    let urls: Vec<_> = (0..images)
        .map(|n| world.picture(&format!("/{n}.bmp")))
        .collect();
    let id = world.accepted(&urls, webhook).await;
    let messages = batch(&world.queued().await, 1);
    assert_eq!(world.compress().run(&messages, later()).await, []);
    world.told().await;
    id
}

fn failure() -> ImageFailure {
    ImageFailure {
        code: "timeout".into(),
        message: "no connection".into(),
        sniffed: None,
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_request_ends_once_however_often_and_from_how_many_sides() {
    let world = World::new().await;
    let hook = world.origin.url("/hook");
    let id = worked_off(&world, 3, Some(&hook)).await;
    let (one, two) = (world.completion(), world.completion());
    let (one, two) = tokio::join!(one.finish(id, later()), two.finish(id, later()));
    assert!(one.unwrap() | two.unwrap());
    assert!(world.completion().finish(id, later()).await.unwrap());
    let request = world.request(id).await;
    assert_eq!(request.status, RequestStatus::Completed);
    assert_eq!(
        request.counts,
        Counts {
            succeeded: 3,
            failed: 0,
            ..Counts::default()
        }
    );
    let results = world.results(id).await;
    assert_eq!(results.lines().count(), 4);
    assert!(results.contains(&format!("https://api.example/prod/output/{id}/0/0.png")));
    let webhook = FinalizeMessage::Webhook {
        round: 1,
        request_id: id,
        attempt: 0,
    };
    assert_eq!(world.told().await, [webhook]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn nothing_ends_while_anything_is_pending_or_missing() {
    let world = World::new().await;
    let urls = [world.picture("/0.bmp"), world.picture("/1.bmp")];
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    let completion = world.completion();
    world.compress().run(&messages[..1], later()).await;
    assert!(!completion.finish(id, later()).await.unwrap());
    world.compress().run(&messages[1..], later()).await;
    // One of the documents gets lost, and the counters say that all is well.
    let images = mongo(&world)
        .await
        .collection::<mongodb::bson::Document>("images");
    images
        .delete_one(doc! {"_id": format!("{id}/0000000")})
        .await
        .unwrap();
    let there = world.recorded(id).await;
    let there: Vec<_> = there.iter().map(|image| image.place.ordinal).collect();
    assert_eq!(there, [1]);
    assert!(!completion.finish(id, later()).await.unwrap());
    let request = world.request(id).await;
    assert_eq!(request.status, RequestStatus::Pending);
    assert!(!request.intake.complete);
    assert_eq!(world.handed_over(), [json!({ "requestId": id })]);
    // The CSV has it still.
    let intake = world.intake();
    let csv = halftone_pipeline::jobs::intake::Csv::Kept;
    intake.go_on(id, csv, later()).await.unwrap();
    let messages = batch(&world.queued().await, 1);
    world.compress().run(&messages, later()).await;
    assert!(completion.finish(id, later()).await.unwrap());
    assert_eq!(world.request(id).await.counts.succeeded, 2);
}

/// The test's database, past the store.
#[allow(
    clippy::disallowed_methods,
    reason = "the test runner says here where it is"
)]
async fn mongo(world: &World) -> mongodb::Database {
    let stack = std::fs::read(std::env::var("HALFTONE_STACK").unwrap()).unwrap();
    let stack: serde_json::Value = serde_json::from_slice(&stack).unwrap();
    let client = mongodb::Client::with_uri_str(stack["mongodbUri"].as_str().unwrap());
    let name = world.drop_bucket.trim_end_matches("-drop");
    client.await.unwrap().database(name)
}

/// A request of so many failed images whose rows in the results are about 8 kB each.
async fn long_rows(world: &World, images: usize) -> RequestId {
    let long = "x".repeat(7_500);
    let urls: Vec<_> = (0..images)
        .map(|n| format!("http://192.0.2.1/{long}{n}.jpg"))
        .collect();
    let mut uploads = world.uploads();
    uploads.limits.max_urls_per_row = 1;
    let upload = upload(csv(&urls), None);
    let id = uploads.accept(upload, later()).await.unwrap().id;
    let recorded = world.store.images();
    recorded.fail_pending(id, &failure(), images).await.unwrap();
    id
}

/// The results have each of so many rows once and in order, in every form.
async fn expect_all_rows(world: &World, id: RequestId, rows: usize) {
    let results = world.results(id).await;
    assert_eq!(results.lines().count(), rows + 1);
    let source = world.results_as(id, ResultsFile::Source).await;
    let source = String::from_utf8(source).unwrap();
    for lines in [results.lines(), source.lines()] {
        for (n, line) in lines.skip(1).enumerate() {
            assert!(line.contains(&format!("x{n}.jpg")), "{n}");
        }
    }
    let ndjson = world.results_as(id, ResultsFile::Ndjson).await;
    let ndjson: Vec<serde_json::Value> = serde_json::Deserializer::from_slice(&ndjson)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let json = world.results_as(id, ResultsFile::Json).await;
    let json: Vec<serde_json::Value> = serde_json::from_slice(&json).unwrap();
    assert_eq!(json, ndjson);
    assert_eq!(json.len(), rows);
    for (n, row) in json.iter().enumerate() {
        let url = row["images"][0]["inputUrl"].as_str().unwrap();
        assert!(url.ends_with(&format!("x{n}.jpg")), "{n}");
    }
    let failed = Counts {
        failed: rows as u64,
        ..Counts::default()
    };
    assert_eq!(world.request(id).await.counts, failed);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn results_go_on_behind_any_row_even_where_no_run_fills_a_part() {
    let world = World::new().await;
    let id = long_rows(&world, 30).await;
    let completion = world.completion();
    // A run without any time writes one row: first the header, then one product each.
    for run in 0..30 {
        assert!(!completion.finish(id, Instant::now()).await.unwrap());
        let next = FinalizeMessage::Finalize { request_id: id };
        assert_eq!(world.told().await, [next]);
        let state = world.request(id).await.results.unwrap();
        assert_eq!((state.next_ordinal, state.row), (run, run + 1));
        assert!(state.files.iter().all(|file| file.parts.is_empty()));
    }
    assert!(completion.finish(id, later()).await.unwrap());
    expect_all_rows(&world, id, 30).await;
    let rest = world.outputs.get(&Key::ResultsRest(id)).await;
    assert!(matches!(rest, Err(BlobError::NotFound)));
}

/// Megabytes take longer than other tests allow where much else is built.
fn at_leisure() -> Instant {
    Instant::now() + Duration::from_secs(600)
}

/// Has the results of a request stop behind more than a part: the next
/// page of images has one that cannot be read.
async fn stopped_behind_a_part(world: &World, id: RequestId) {
    let broken = ImageRef {
        request_id: id,
        ordinal: 1_100,
    };
    let images = world.database.collection::<Document>("images");
    let status = async |status: &str| {
        let set = doc! {"$set": {"status": status}};
        let done = images.update_one(doc! {"_id": broken.id()}, set).await;
        assert_eq!(done.unwrap().modified_count, 1);
    };
    status("Unknown").await;
    assert!(world.completion().finish(id, at_leisure()).await.is_err());
    status("Failed").await;
    let state = world.request(id).await.results.unwrap();
    assert_eq!(state.next_ordinal, 1_100);
    assert!(state.files.iter().all(|file| file.parts.len() == 1));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn results_keep_what_is_written_when_the_database_fails_on_the_way() {
    let world = World::new().await;
    let id = long_rows(&world, 1_200).await;
    stopped_behind_a_part(&world, id).await;
    assert!(world.completion().finish(id, at_leisure()).await.unwrap());
    expect_all_rows(&world, id, 1_200).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn results_whose_beginning_is_lost_are_begun_anew() {
    let world = World::new().await;
    let id = long_rows(&world, 1_200).await;
    stopped_behind_a_part(&world, id).await;
    // A worker that was believed to be dead writes over what was kept.
    let rest = Key::ResultsRest(id);
    let late = world.outputs.put(&rest, "text/plain", "late".into());
    late.await.unwrap();
    let completion = world.completion();
    assert!(!completion.finish(id, Instant::now()).await.unwrap());
    assert_eq!(world.request(id).await.results.unwrap().next_ordinal, 0);
    // The parts are gone: whoever finds out leaves it to the next try.
    stopped_behind_a_part(&world, id).await;
    let state = world.request(id).await.results.unwrap();
    for (file, state) in ResultsFile::ALL.into_iter().zip(state.files) {
        let call = world.s3.abort_multipart_upload();
        let call = call.key(Key::Results(id, 1, file).to_string());
        let call = call
            .bucket(world.outputs.bucket())
            .set_upload_id(state.upload_id);
        call.send().await.unwrap();
    }
    let error = completion.finish(id, at_leisure()).await.unwrap_err();
    let lost = matches!(error, CompletionError::Blobs(BlobError::NoUpload));
    assert!(lost, "{error:?}");
    assert!(completion.finish(id, at_leisure()).await.unwrap());
    expect_all_rows(&world, id, 1_200).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_dead_workers_results_are_free_after_its_lease() {
    let world = World::new().await;
    let id = worked_off(&world, 1, None).await;
    let requests = world.store.requests();
    assert!(requests.claim_results(id, 60).await.unwrap().is_some());
    assert!(requests.claim_results(id, 60).await.unwrap().is_none());
    assert!(!world.completion().finish(id, later()).await.unwrap());
    world.store.clock().advance(61);
    assert!(world.completion().finish(id, later()).await.unwrap());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn results_that_s3_does_not_take_are_written_by_the_next_try() {
    let world = World::new().await;
    let id = worked_off(&world, 1, None).await;
    let mut broken = world.completion();
    broken.outputs = world.outputs.of_bucket("there-is-no-such-bucket");
    assert!(broken.finish(id, later()).await.is_err());
    assert_eq!(world.request(id).await.status, RequestStatus::Pending);
    assert!(world.completion().finish(id, later()).await.unwrap());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn past_its_deadline_a_request_ends_with_what_it_has() {
    let world = World::new().await;
    let urls = [world.picture("/0.bmp"), world.picture("/1.bmp")];
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    world.compress().run(&messages[..1], later()).await;
    world.store.clock().advance(DEADLINE_HOURS * 3_600);
    assert!(world.completion().finish(id, later()).await.unwrap());
    let request = world.request(id).await;
    assert_eq!(request.status, RequestStatus::Completed);
    assert_eq!(
        request.counts,
        Counts {
            succeeded: 1,
            failed: 1,
            ..Counts::default()
        }
    );
    assert!(world.results(id).await.contains("deadline_exceeded"));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn more_images_than_fail_in_time_at_the_deadline_fail_by_and_by() {
    let world = World::new().await;
    let url = |n| format!("http://192.0.2.1/{n}.jpg");
    let id = world
        .accepted(&(0..501).map(url).collect::<Vec<_>>(), None)
        .await;
    world.store.clock().advance(DEADLINE_HOURS * 3_600);
    let completion = world.completion();
    assert!(!completion.finish(id, Instant::now()).await.unwrap());
    let go_on = FinalizeMessage::Finalize { request_id: id };
    assert_eq!(world.told().await, [go_on]);
    let pending = world.store.images().pending(id, 0, 10).await.unwrap();
    assert_eq!(pending.len(), 1);
    assert!(completion.finish(id, later()).await.unwrap());
    assert_eq!(world.request(id).await.counts.failed, 501);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn past_its_deadline_a_request_that_was_never_taken_in_fails_and_says_so() {
    let world = World::new().await;
    let hook = world.origin.url("/hook");
    let upload = upload(csv(&[world.picture("/0.bmp")]), Some(&hook));
    let id = world
        .uploads()
        .accept(upload, Instant::now())
        .await
        .unwrap()
        .id;
    world.store.clock().advance(DEADLINE_HOURS * 3_600);
    assert!(world.completion().finish(id, later()).await.unwrap());
    let request = world.request(id).await;
    assert_eq!(request.status, RequestStatus::Failed);
    assert_eq!(request.failure.unwrap().code, "deadline_exceeded");
    assert_eq!(world.told().await.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn past_its_deadline_a_request_does_not_end_while_it_is_taken_in() {
    let world = World::new().await;
    let upload = upload(csv(&[world.picture("/0.bmp")]), None);
    let accepted = world.uploads().accept(upload, Instant::now()).await;
    let id = accepted.unwrap().id;
    world.store.clock().advance(DEADLINE_HOURS * 3_600);
    let requests = world.store.requests();
    assert!(requests.claim_intake(id, 60).await.unwrap().is_some());
    // Whoever takes it in may be about to record images.
    assert!(!world.completion().finish(id, later()).await.unwrap());
    assert_eq!(world.request(id).await.status, RequestStatus::Pending);
    world.store.clock().advance(61);
    assert!(world.completion().finish(id, later()).await.unwrap());
    assert_eq!(world.request(id).await.status, RequestStatus::Failed);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_dead_letter_fails_its_image_only_after_a_real_try() {
    let world = World::new().await;
    let urls = [
        "http://192.0.2.1/0.jpg".to_owned(),
        "http://192.0.2.1/1.jpg".to_owned(),
    ];
    let id = world.accepted(&urls, None).await;
    let mut messages = world.queued().await;
    messages.sort_by_key(|message| message.image);
    let letters = world.dead_letters();
    // Never tried: it is queued again, as it was.
    letters.take(messages[0], later()).await.unwrap();
    assert_eq!(world.queued().await, [messages[0]]);
    // Tried: it fails as the try did.
    let made = Try {
        tries: 1,
        failure: failure(),
        not_before: world.store.now(),
    };
    let images = world.store.images();
    images.record(&[], &[(messages[1], made)]).await.unwrap();
    let (one, two) = (world.dead_letters(), world.dead_letters());
    let (one, two) = tokio::join!(
        one.take(messages[1], later()),
        two.take(messages[1], later())
    );
    one.unwrap();
    two.unwrap();
    let recorded = world.recorded(id).await;
    assert_eq!(recorded[0].status, ImageStatus::Pending);
    assert_eq!(recorded[1].status, ImageStatus::Failed);
    assert_eq!(recorded[1].error, Some(failure()));
    assert_eq!(world.request(id).await.counts.failed, 1);
    // The deadline ends the other one, and the request.
    world.store.clock().advance(DEADLINE_HOURS * 3_600);
    letters.take(messages[0], later()).await.unwrap();
    assert_eq!(world.request(id).await.status, RequestStatus::Failed);
    letters
        .take(ImageMessage::new(messages[0].image, 7), later())
        .await
        .unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_image_ends_once_whoever_is_first() {
    let world = World::new().await;
    let id = world
        .accepted(&["http://192.0.2.1/0.jpg".to_owned()], None)
        .await;
    let image = world.recorded(id).await[0].message();
    let ends = [(image, ImageEnd::Failed(failure(), 1))];
    let images = world.store.images();
    let (one, two) = tokio::join!(images.record(&ends, &[]), images.record(&ends, &[]));
    let ended = [one.unwrap(), two.unwrap()].concat();
    assert_eq!(ended.iter().filter(|ended| **ended).count(), 1);
    // A try that comes late changes nothing.
    let late = Try {
        tries: 9,
        failure: failure(),
        not_before: world.store.now(),
    };
    images.record(&[], &[(image, late)]).await.unwrap();
    assert_eq!(world.recorded(id).await[0].tries, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_silent_request_gets_its_counters_right_and_its_lost_messages_again() {
    let world = World::new().await;
    let urls: Vec<_> = (0..3)
        .map(|n| world.picture(&format!("/{n}.bmp")))
        .collect();
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    world.compress().run(&messages[..1], later()).await;
    let wrong = Counts {
        succeeded: 0,
        failed: 0,
        ..Counts::default()
    };
    world
        .store
        .requests()
        .repair_counts(id, wrong)
        .await
        .unwrap();
    // The other two messages are lost.
    let completion = world.completion();
    completion.check(id, later()).await.unwrap();
    assert_eq!(world.request(id).await.counts.succeeded, 1);
    assert_eq!(world.told().await, []);
    world.store.clock().advance(6 * 3_600);
    let (one, two) = (world.completion(), world.completion());
    let (one, two) = tokio::join!(one.check(id, later()), two.check(id, later()));
    one.unwrap();
    two.unwrap();
    let requeue = FinalizeMessage::Requeue {
        request_id: id,
        from: 0,
    };
    assert_eq!(world.told().await, [requeue]);
    // As many as fit into the time; the rest is a message of its own.
    completion.requeue(id, 0, Instant::now()).await.unwrap();
    let again = world.queued().await;
    assert_eq!(again.len(), 2);
    assert_eq!(world.told().await.len(), 1);
    world.compress().run(&batch(&again, 1), later()).await;
    assert!(completion.finish(id, later()).await.unwrap());
    assert_eq!(world.request(id).await.counts.succeeded, 3);
}
