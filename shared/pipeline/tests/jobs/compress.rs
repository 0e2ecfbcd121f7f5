//! Batches of images: what ends, what comes back, what counts as a try.

use std::time::{Duration, Instant};

use futures::future::join_all;
use halftone_origin::{Answer, Gate, Origin};
use halftone_pipeline::jobs::compress::{ComesBack, Compress, Received, send_anew};
use halftone_pipeline::request::{Counts, ImageStatus, RequestId};
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::{Image, Store, StoreConfig, Uri};

use crate::control::is_unchanged;
use crate::reuse::key;
use crate::wire::Wire;
use crate::world::{DEADLINE_HOURS, World, batch, later, picture, picture_of, until};

async fn only(world: &World, id: RequestId) -> Image {
    let mut images = world.recorded(id).await;
    assert_eq!(images.len(), 1);
    images.remove(0)
}

/// So many of the eight turns that the world's host has.
async fn turns(world: &World, compress: &Compress, count: usize) -> Vec<impl Sized> {
    let host = world.origin.url("");
    let host = host.trim_start_matches("http://");
    join_all((0..count).map(|_| compress.hosts.turn(host))).await
}

fn within(wait: Duration, seconds: u64) {
    let least = Duration::from_secs(seconds);
    assert!(
        wait >= least && wait <= least.mul_f64(1.2) + Duration::from_secs(1),
        "{wait:?}"
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_batch_is_worked_on_each_image_on_its_own() {
    let world = World::new().await;
    let missing = world.origin.on("/missing.jpg", |_| Answer::status(404));
    let text = world.origin.serve("/text.jpg", "no picture");
    let urls = [
        world.picture("/a.bmp"),
        missing,
        text,
        world.picture("/b.bmp"),
    ];
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    assert_eq!(world.compress().run(&messages, later()).await, []);
    let images = world.recorded(id).await;
    let ends: Vec<_> = images.iter().map(|image| image.status).collect();
    use ImageStatus::{Failed, Succeeded};
    assert_eq!(ends, [Succeeded, Failed, Failed, Succeeded]);
    let codes: Vec<_> = images
        .iter()
        .flat_map(|image| &image.error)
        .map(|e| &e.code)
        .collect();
    assert_eq!(codes, ["http_status", "not_an_image"]);
    let output = images[0].success.as_ref().unwrap();
    assert_eq!(output.output_key, format!("output/{id}/0/a.png"));
    let request = world.request(id).await;
    assert_eq!(
        request.counts,
        Counts {
            succeeded: 2,
            failed: 2,
            ..Counts::default()
        }
    );
    assert_eq!(request.savings.bytes_in, 2 * picture().len() as u64);
    assert_eq!(
        world.told().await,
        [FinalizeMessage::Finalize { request_id: id }]
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_batch_that_comes_twice_or_to_two_at_once_counts_once() {
    let world = World::new().await;
    let urls: Vec<_> = (0..5)
        .map(|n| world.picture(&format!("/{n}.bmp")))
        .collect();
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    let (one, two) = (world.compress(), world.compress());
    let (one, two) = tokio::join!(one.run(&messages, later()), two.run(&messages, later()));
    assert_eq!((one, two), (vec![], vec![]));
    assert_eq!(world.compress().run(&messages, later()).await, []);
    let expected = Counts {
        succeeded: 5,
        failed: 0,
        ..Counts::default()
    };
    assert_eq!(world.request(id).await.counts, expected);
    let told = world.told().await;
    assert!(told.contains(&FinalizeMessage::Finalize { request_id: id }));
    // The last run told too: the one before may have died.
    assert!(told.len() > 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_batch_comes_back_before_the_function_is_killed() {
    const PATIENT: Duration = Duration::from_secs(60);
    let world = World::new().await;
    let id = world.accepted(&[world.picture("/1.bmp")], None).await;
    let messages = batch(&world.queued().await, 1);
    // Takes connections and says nothing, as a server does that was stopped.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = StoreConfig {
        uri: Uri::Plain(format!("mongodb://{}", silent.local_addr().unwrap())),
        database: "any".into(),
        timeout: PATIENT,
    };
    let compress = Compress {
        store: Store::connect(&config).await.unwrap(),
        ..world.compress()
    };
    // At the end of its time, and long before it where nothing was begun yet.
    for deadline in [Instant::now(), later()] {
        let started = Instant::now();
        assert_eq!(compress.run(&messages, deadline).await.len(), 1);
        assert!(started.elapsed() < PATIENT / 2, "{:?}", started.elapsed());
    }
    assert_eq!(only(&world, id).await.tries, 0);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn tries_are_counted_spread_and_end() {
    let world = World::new().await;
    let url = world.origin.on("/down.jpg", |_| Answer::status(500));
    let id = world.accepted(&[url], None).await;
    let queued = world.queued().await;
    let compress = world.compress();
    // Received for the 50th time: that is no try.
    let messages = batch(&queued, 50);
    for (tries, wait) in [(1, 20), (2, 60)] {
        let back = compress.run(&messages, later()).await;
        within(back[0].after, wait);
        let image = only(&world, id).await;
        assert_eq!((image.tries, image.status), (tries, ImageStatus::Pending));
        // Too early: no try either, and what is left of the wait.
        let hits = world.origin.hits("/down.jpg");
        let left = compress.run(&messages, later()).await;
        assert!(left[0].after > Duration::ZERO && left[0].after <= back[0].after);
        assert_eq!(world.origin.hits("/down.jpg"), hits);
        world.store.clock().advance(wait.cast_signed() * 2);
    }
    assert_eq!(compress.run(&messages, later()).await, []);
    let image = only(&world, id).await;
    assert_eq!((image.tries, image.status), (3, ImageStatus::Failed));
    assert_eq!(
        image.error.unwrap().message,
        "the server answered with status 500: it is out of order"
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn faults_of_our_services_cost_time_and_no_try() {
    let world = World::new().await;
    let id = world.accepted(&[world.picture("/a.bmp")], None).await;
    let messages = batch(&world.queued().await, 1);
    let mut compress = world.compress();
    // S3 does not take the output.
    compress.outputs = world.outputs.of_bucket("there-is-no-such-bucket");
    let back = compress.run(&messages, later()).await;
    within(back[0].after, 30);
    // Later and later, but for ever.
    let received_often = batch(&[messages[0].message], 40);
    let back = compress.run(&received_often, later()).await;
    within(back[0].after, 15 * 60);
    assert_eq!(back[0].sent_anew_for, None);
    let image = only(&world, id).await;
    assert_eq!((image.tries, image.status), (0, ImageStatus::Pending));
    // SQS does not take what finalize is to be told.
    let mut deaf = world.compress();
    deaf.finalize = World::out_of_reach().await;
    let back = deaf.run(&messages, later()).await;
    within(back[0].after, 30);
    assert_eq!(only(&world, id).await.status, ImageStatus::Succeeded);
    // The repeat finds that the image has ended, and tells.
    assert_eq!(world.compress().run(&messages, later()).await, []);
    assert_eq!(
        world.told().await,
        [FinalizeMessage::Finalize { request_id: id }]
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_database_that_is_away_brings_the_whole_batch_back() {
    let world = World::new().await;
    world
        .accepted(&[world.picture("/a.bmp"), world.picture("/b.bmp")], None)
        .await;
    let messages = batch(&world.queued().await, 2);
    let mut compress = world.compress();
    let nowhere = halftone_pipeline::services::store::StoreConfig {
        uri: Uri::Plain("mongodb://127.0.0.1:9/?directConnection=true".to_owned()),
        database: "none".to_owned(),
        timeout: Duration::from_millis(300),
    };
    let nowhere = halftone_pipeline::services::store::Store::connect(&nowhere);
    compress.store = nowhere.await.unwrap();
    let back = compress.run(&messages, later()).await;
    assert_eq!(back.len(), 2);
    within(back[0].after, 60);
    assert_eq!(world.origin.hits("/a.bmp"), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_host_that_asks_for_a_pause_is_left_alone_by_all_and_it_is_no_try() {
    let world = World::new().await;
    let slow = |_: &_| Answer::status(429).header("Retry-After", "20");
    let url = world.origin.on("/slow.jpg", slow);
    let id = world
        .accepted(&[url, world.picture("/other.bmp")], None)
        .await;
    let messages = batch(&world.queued().await, 1);
    let slow = messages
        .iter()
        .position(|m| m.message.image.ordinal == 0)
        .unwrap();
    let back = world.compress().run(&messages[slow..=slow], later()).await;
    // After the pause, some time within as long again.
    let pause = Duration::from_secs(20);
    assert!(
        back[0].after >= pause && back[0].after <= 2 * pause,
        "{back:?}"
    );
    assert_eq!(
        back[0].sent_anew_for,
        Some(world.request(id).await.owner_id)
    );
    // Another instance: it has only MongoDB to know from.
    let back = world.compress().run(&messages, later()).await;
    assert_eq!(back.len(), 2);
    // The same of what is left of the pause: some of it has passed.
    let rest = |after: Duration| after > Duration::from_secs(1) && after <= 2 * pause;
    assert!(back.iter().all(|back| rest(back.after)), "{back:?}");
    assert_eq!(
        (
            world.origin.hits("/slow.jpg"),
            world.origin.hits("/other.bmp")
        ),
        (1, 0)
    );
    assert_eq!(world.recorded(id).await[0].tries, 0);
    // It has recovered by then.
    world.origin.serve("/slow.jpg", picture());
    world.store.clock().advance(21);
    assert_eq!(world.compress().run(&messages, later()).await, []);
    assert_eq!(world.request(id).await.counts.succeeded, 2);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_host_is_asked_by_so_many_at_a_time() {
    let world = World::new().await;
    let gate = Gate::closed();
    let urls: Vec<_> = (0..10)
        .map(|n| world.origin.hold(&format!("/{n}.bmp"), picture(), &gate))
        .collect();
    world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.compress();
    let (back, ()) = tokio::join!(compress.run(&messages, later()), async {
        until("eight are asked for", async || {
            (world.origin.all_requests().len() >= 8).then_some(())
        })
        .await;
        gate.open();
    });
    assert_eq!(back, []);
    let most = world
        .origin
        .all_requests()
        .iter()
        .map(|request| request.at_once)
        .max();
    assert_eq!(most, Some(8));
}

/// Runs a batch whose slow image is held until the quick one is recorded and counted; what comes back.
async fn run_past_the_quick_one(
    world: &World,
    id: RequestId,
    compress: &Compress,
    messages: &[Received],
    gate: &Gate,
) -> Vec<ComesBack> {
    let (back, ()) = tokio::join!(compress.run(messages, later()), async {
        until("the quick one is recorded and counted", async || {
            (world.request(id).await.counts.succeeded == 1).then_some(())
        })
        .await;
        gate.open();
    });
    back
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_has_ended_is_recorded_while_others_are_at_work_and_only_these_come_back() {
    let world = World::new().await;
    let gate = Gate::closed();
    let slow = world.origin.hold("/slow.bmp", picture(), &gate);
    let id = world
        .accepted(&[slow, world.picture("/quick.bmp")], None)
        .await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.compress();
    let back = run_past_the_quick_one(&world, id, &compress, &messages, &gate).await;
    assert_eq!(
        (back, world.request(id).await.counts.succeeded),
        (vec![], 2)
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_run_that_fails_brings_back_only_what_was_not_recorded() {
    let world = World::new().await;
    let gate = Gate::closed();
    let slow = world.origin.hold("/slow.bmp", picture(), &gate);
    let id = world
        .accepted(&[world.picture("/quick.bmp"), slow], None)
        .await;
    let messages = batch(&world.queued().await, 1);
    let slow = messages.iter().position(|m| m.message.image.ordinal == 1);
    // The last image is the one that finalize is to be told of.
    let mut compress = world.compress();
    compress.finalize = World::out_of_reach().await;
    let back = run_past_the_quick_one(&world, id, &compress, &messages, &gate).await;
    assert_eq!(
        back.iter().map(|back| back.place).collect::<Vec<_>>(),
        [slow.unwrap()]
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn memory_stays_taken_until_the_thread_has_ended() {
    let world = World::new().await;
    let photo = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../events/photos/fig-bowl.jpg"
    );
    let photo = world.origin.serve("/a.jpg", std::fs::read(photo).unwrap());
    world.accepted(&[photo], None).await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.compress();
    let all = compress.memory.available();
    // Given up while the codec is at work: as soon as it has taken its memory.
    let mut run = Box::pin(compress.run(&messages, later()));
    let taken = loop {
        tokio::select! {
            biased;
            _ = &mut run => panic!("the codec was done before it could be given up"),
            () = tokio::task::yield_now() => {}
        }
        if compress.memory.available() < all {
            break compress.memory.available();
        }
    };
    drop(run);
    assert!(taken < all);
    until("the thread ends", async || {
        (compress.memory.available() == all).then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn time_that_runs_out_while_waiting_is_no_try() {
    let world = World::new().await;
    let id = world.accepted(&[world.picture("/a.bmp")], None).await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.compress();
    let turns = turns(&world, &compress, 8).await;
    let soon = Instant::now() + Duration::from_millis(200);
    let back = compress.run(&messages, soon).await;
    // Nothing was at fault: it may go on at once.
    assert_eq!(back[0].after, Duration::ZERO);
    drop(turns);
    assert_eq!(only(&world, id).await.tries, 0);
    assert_eq!(world.origin.hits("/a.bmp"), 0);
    // By a message that was never received.
    assert_eq!(send_anew(&world.images, &messages, back).await, []);
    assert_eq!(world.queued().await, [messages[0].message]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_slow_database_leaves_an_image_no_less_time_for_its_try() {
    let (world, wire, other) = (
        World::new().await,
        Wire::default(),
        Origin::start().unwrap(),
    );
    let silent = |_: &_| Answer::status(500).after(Duration::from_secs(60));
    let urls = [
        world.origin.on("/silent.jpg", silent),
        other.on("/missing.jpg", |_| Answer::status(404)),
    ];
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.through(&wire).await.compress();
    let turns = turns(&world, &compress, 8).await;
    let end = Instant::now() + Duration::from_secs(10);
    let (back, ()) = tokio::join!(compress.run(&messages, end), async {
        until("the batch is looked up", async || {
            (other.hits("/missing.jpg") > 0).then_some(())
        })
        .await;
        // What was looked up is too old by then for an image to be begun.
        tokio::time::sleep(Duration::from_secs(1)).await;
        wire.hold_mongodb(true);
        drop(turns);
        tokio::time::sleep_until((end - Duration::from_secs(2)).into()).await;
        wire.hold_mongodb(false);
    });
    assert_eq!(back.len(), 1);
    assert_eq!(world.origin.hits("/silent.jpg"), 0);
    assert_eq!(world.recorded(id).await[0].tries, 0);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_waits_is_sent_anew_or_else_comes_back() {
    let world = World::new().await;
    let id = world.accepted(&[world.picture("/a.bmp")], None).await;
    let messages = batch(&world.queued().await, 1);
    let owner = Some(world.request(id).await.owner_id);
    let back = |sent_anew_for: &Option<_>, seconds| {
        vec![ComesBack {
            place: 0,
            after: Duration::from_secs(seconds),
            sent_anew_for: sent_anew_for.clone(),
        }]
    };
    // A fault of ours; a longer wait than SQS has for a message that is sent; SQS that takes nothing.
    let deaf = World::out_of_reach().await;
    for (queue, back) in [
        (&world.images, back(&None, 0)),
        (&world.images, back(&owner, 16 * 60)),
        (&deaf, back(&owner, 0)),
    ] {
        assert_eq!(send_anew(queue, &messages, back.clone()).await, back);
    }
    assert_eq!(world.queued().await, []);
    assert_eq!(
        send_anew(&world.images, &messages, back(&owner, 2)).await,
        []
    );
    assert_eq!(world.queued().await, []);
    let message = until("the message is seen", async || {
        world.queued().await.into_iter().next()
    });
    assert_eq!(message.await, messages[0].message);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_has_its_turn_too_late_for_a_try_has_none() {
    let world = World::new().await;
    let answer = |after| move |_: &_| Answer::status(500).after(Duration::from_secs(after));
    let urls = [
        world.origin.on("/whole.jpg", answer(60)),
        world.origin.on("/before.jpg", answer(2)),
        world.origin.on("/late.jpg", answer(60)),
    ];
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.compress();
    // Two at a time: when the second has ended, more than half of the time is over.
    let _turns = turns(&world, &compress, 6).await;
    let soon = Instant::now() + Duration::from_secs(3);
    let back = compress.run(&messages, soon).await;
    assert_eq!(world.origin.hits("/late.jpg"), 0);
    let images = world.recorded(id).await;
    for (url, tries) in urls.iter().zip([1, 1, 0]) {
        let image = images.iter().find(|image| image.input_url == *url);
        assert_eq!(image.unwrap().tries, tries, "{url}");
    }
    let mut waits: Vec<_> = back.iter().map(|back| back.after).collect();
    waits.sort_unstable();
    assert_eq!(waits[0], Duration::ZERO);
    waits[1..].iter().for_each(|wait| within(*wait, 20));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn past_its_requests_deadline_an_image_fails_and_says_why() {
    let world = World::new().await;
    let url = world.origin.on("/down.jpg", |_| Answer::status(500));
    let id = world.accepted(&[url], None).await;
    let messages = batch(&world.queued().await, 1);
    assert_eq!(world.compress().run(&messages, later()).await.len(), 1);
    world.store.clock().advance(DEADLINE_HOURS * 3_600);
    assert_eq!(world.compress().run(&messages, later()).await, []);
    let error = only(&world, id).await.error.unwrap();
    assert_eq!(error.code, "deadline_exceeded");
    assert_eq!(
        error.message,
        "the image was not done by its request's deadline (RequestDeadlineHours); last: the server \
         answered with status 500: it is out of order"
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_that_is_there_already_stays_and_is_described_as_it_is() {
    let world = World::new().await;
    let small = world.origin.serve("/small.bmp", picture_of(8, 6));
    let (_, small) = world.done(&small).await;
    let there = world.output(key(&small)).await;
    let url = world.picture("/a.bmp");
    let id = world.accepted(std::slice::from_ref(&url), None).await;
    let place = format!("output/{id}/0/a.png");
    world.put_output(&place, there.clone()).await;
    world.work().await;
    let success = only(&world, id).await.success.unwrap();
    assert_eq!((success.output.width, success.output.height), (8, 6));
    assert_eq!(success.output.bytes, there.len() as u64);
    assert_eq!(
        (&success.output_key, world.output(&place).await),
        (&place, there)
    );
    // It is not what that source gives.
    assert!(!is_unchanged(&world.done(&url).await.1));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn messages_of_another_round_or_of_nobody_do_nothing() {
    let world = World::new().await;
    let id = world.accepted(&[world.picture("/a.bmp")], None).await;
    let mut messages = world.queued().await;
    messages[0].round = 2;
    let mut nobody = messages[0];
    nobody.image.request_id = RequestId::random();
    messages.push(nobody);
    assert_eq!(
        world.compress().run(&batch(&messages, 1), later()).await,
        []
    );
    assert_eq!(only(&world, id).await.status, ImageStatus::Pending);
    assert_eq!(world.origin.hits("/a.bmp"), 0);
}
