//! Who has finalize look whether a request is done, where its counters are in doubt.

use halftone_pipeline::jobs::intake::Csv;
use halftone_pipeline::request::{ImageFailure, RequestId};
use halftone_pipeline::services::queue::{FinalizeMessage, ImageMessage};
use halftone_pipeline::services::store::ImageEnd;

use crate::world::{World, batch, later};

/// Longer than any test takes, in seconds.
const A_WHILE: i64 = 600;

/// A request of so many images, in the order of its messages, of which the first was ended by a run
/// that died before it could count it.
async fn one_uncounted(world: &World, images: usize) -> (RequestId, Vec<ImageMessage>) {
    let urls: Vec<_> = (0..images)
        .map(|n| world.picture(&format!("/{n}.bmp")))
        .collect();
    let id = world.accepted(&urls, None).await;
    let mut queued = world.queued().await;
    queued.sort_by_key(|message| message.image);
    let failure = ImageFailure {
        code: "timeout".into(),
        message: "late".into(),
        sniffed: None,
    };
    let end = [(queued[0], ImageEnd::Failed(failure, 1))];
    let recorded = world.store.images().record(&end, &[]).await.unwrap();
    assert_eq!(recorded, [true]);
    (id, queued)
}

/// Has the next look come no sooner than in a while, however slow this machine is.
async fn put_off(world: &World, id: RequestId) {
    let at = world.store.now().plus_seconds(A_WHILE);
    world.store.requests().expect_look(id, at).await.unwrap();
}

async fn run(world: &World, message: ImageMessage) {
    let batch = batch(&[message], 1);
    assert_eq!(world.compress().run(&batch, later()).await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn batches_of_a_request_in_doubt_cost_one_look_in_a_while_and_it_ends_all_the_same() {
    let world = World::new().await;
    let (id, messages) = one_uncounted(&world, 6).await;
    // From here on its counters are in doubt. All batches are within the time of one look, the last too.
    for message in &messages {
        run(&world, *message).await;
        assert_eq!(world.sent().await, 1);
        put_off(&world, id).await;
    }
    let look = FinalizeMessage::Finalize { request_id: id };
    assert_eq!(world.told_in_the_end().await, [look]);
    assert!(world.completion().finish(id, later()).await.unwrap());
    assert_eq!(world.results(id).await.lines().count(), 7);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_batch_that_ends_after_a_look_was_due_has_another_made() {
    let world = World::new().await;
    let (id, messages) = one_uncounted(&world, 3).await;
    run(&world, messages[0]).await;
    put_off(&world, id).await;
    run(&world, messages[1]).await;
    assert_eq!(world.sent().await, 1);
    world.store.clock().advance(A_WHILE);
    run(&world, messages[2]).await;
    assert_eq!(world.sent().await, 2);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_look_that_could_not_be_sent_is_not_relied_on() {
    let world = World::new().await;
    let (_, messages) = one_uncounted(&world, 2).await;
    let mut deaf = world.compress();
    deaf.finalize = World::out_of_reach().await;
    assert_eq!(deaf.run(&batch(&messages[..1], 1), later()).await.len(), 1);
    assert_eq!(deaf.run(&batch(&messages[1..], 1), later()).await.len(), 1);
    assert_eq!(world.sent().await, 0);
    run(&world, messages[1]).await;
    assert_eq!(world.sent().await, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_intake_that_ends_after_uncounted_images_has_them_looked_at() {
    let world = World::new().await;
    let (id, messages) = one_uncounted(&world, 2).await;
    let requests = world.store.requests();
    requests.reopen_intake(id).await.unwrap();
    run(&world, messages[0]).await;
    run(&world, messages[1]).await;
    assert_eq!(world.sent().await, 0);
    let intake = world.intake();
    intake.go_on(id, Csv::Kept, later()).await.unwrap();
    assert_eq!(world.sent().await, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn counters_that_were_put_right_while_images_ended_are_in_doubt() {
    let world = World::new().await;
    let (id, messages) = one_uncounted(&world, 2).await;
    run(&world, messages[1]).await;
    assert_eq!(world.sent().await, 0);
    let requests = world.store.requests();
    let counts = world.request(id).await.counts;
    requests.repair_counts(id, counts).await.unwrap();
    run(&world, messages[0]).await;
    assert_eq!(world.sent().await, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_look_finds_what_is_pending_though_the_last_of_the_csv_has_ended() {
    let world = World::new().await;
    let urls = ["/0.bmp", "/1.bmp", "/2.bmp"].map(|path| world.picture(path));
    let id = world.accepted(&urls, None).await;
    let mut messages = world.queued().await;
    messages.sort_by_key(|message| message.image);
    let completion = world.completion();
    for last_to_first in messages.iter().rev() {
        assert!(!completion.finish(id, later()).await.unwrap());
        run(&world, *last_to_first).await;
    }
    assert!(completion.finish(id, later()).await.unwrap());
}
