//! What is looked up for those who ask how far a request is, and how many requests they may have.

use std::time::Duration;

use halftone_origin::Answer;
use halftone_pipeline::jobs::accept::AcceptError;
use halftone_pipeline::request::{ImageFailure, Phase};

use crate::world::{World, batch, csv, later, upload};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_rows_images_are_found_by_its_line() {
    let world = World::new().await;
    let row =
        |n: usize| format!("{n},Product,http://192.0.2.1/{n}a.jpg http://192.0.2.1/{n}b.jpg\n");
    let rows: String = (1..=20).map(row).collect();
    let csv = format!("S. No.,Product Name,Input Image Urls\n{rows}");
    let accepted = world.uploads().accept(upload(csv, None), later()).await;
    let id = accepted.unwrap().id;
    let images = world.store.images();
    for (row, first) in [
        (0, 0),
        (2, 0),
        (3, 2),
        (11, 18),
        (21, 38),
        (22, 40),
        (99, 40),
    ] {
        let found = images.first_of_row(id, row, 40).await.unwrap();
        assert_eq!(found, first, "row {row}");
    }
    // While it is being taken in, what is not there yet comes later.
    assert_eq!(images.first_of_row(id, 22, 1_000).await.unwrap(), 40);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn failed_images_are_counted_by_error_and_host() {
    let world = World::new().await;
    let gone = ["/1.bmp", "/2.bmp"].map(|path| {
        world.origin.on(path, |_| Answer::status(404));
        world.origin.url(path)
    });
    let mut urls = gone.to_vec();
    urls.push(world.origin.serve("/text.bmp", "no picture"));
    urls.push(world.picture("/good.bmp"));
    let id = world.accepted(&urls, None).await;
    let images = world.store.images();
    assert_eq!(images.failed_alike(id).await.unwrap(), []);
    let hosts = images.hosts_ahead(id).await.unwrap();
    assert_eq!(hosts.len(), 1);
    world
        .compress()
        .run(&batch(&world.queued().await, 1), later())
        .await;
    let alike = images.failed_alike(id).await.unwrap();
    let alike: Vec<_> = alike
        .iter()
        .map(|alike| (alike.code.as_str(), alike.host.as_str(), alike.images))
        .collect();
    let host = hosts[0].as_str();
    assert_eq!(alike, [("http_status", host, 2), ("not_an_image", host, 1)]);
    assert_eq!(images.hosts_ahead(id).await.unwrap(), Vec::<String>::new());
    let failed = images.failed(id, 1, 10).await.unwrap();
    let failed: Vec<_> = failed.iter().map(|image| image.place.ordinal).collect();
    assert_eq!(failed, [1, 2]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn how_fast_a_request_goes_is_known_once_some_images_have_ended() {
    let world = World::new().await;
    let urls: Vec<_> = (0..30)
        .map(|n| world.picture(&format!("/{n}.bmp")))
        .collect();
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    let pace = async || {
        let request = world.request(id).await;
        request.progress_at(world.store.now()).pace.unwrap()
    };
    assert_eq!(pace().await.rate, None);
    world.compress().run(&messages[..10], later()).await;
    assert_eq!(pace().await.rate, None, "nothing has ended since");
    let base = world.request(id).await.output_base;
    assert_eq!(base.as_deref(), Some("https://api.example/prod"));
    world.store.clock().advance(20);
    world.compress().run(&messages[10..20], later()).await;
    let known = pace().await;
    let rate = known.rate.unwrap();
    assert!((0.2..=0.5).contains(&rate), "{rate}");
    assert!(
        (20..=50).contains(&known.seconds_left.unwrap()),
        "{known:?}"
    );
    // Silence: nothing is known any more.
    world.store.clock().advance(61);
    assert_eq!(pace().await.rate, None);
    world.compress().run(&messages[20..], later()).await;
    let request = world.request(id).await;
    assert_eq!(request.phase(), Some(Phase::Finishing));
    assert_eq!(pace().await.rate, None);
    world.completion().finish(id, later()).await.unwrap();
    assert_eq!(world.request(id).await.progress().pace, None);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_owner_has_no_more_pending_requests_than_may_be() {
    let world = World::new().await;
    let mut uploads = world.uploads();
    uploads.max_pending = 2;
    let csv = csv(&["http://192.0.2.1/0.jpg".to_owned()]);
    let accept = async |key: Option<&str>| {
        let mut upload = upload(csv.clone(), None);
        upload.idempotency_key = key.map(str::to_owned);
        uploads.accept(upload, later()).await
    };
    let first = accept(Some("first")).await.unwrap();
    accept(None).await.unwrap();
    let refused = accept(None).await;
    assert!(matches!(refused, Err(AcceptError::TooManyPending(2))));
    let refused = accept(Some("third")).await;
    assert!(matches!(refused, Err(AcceptError::TooManyPending(2))));
    // A repeat is no further request.
    assert_eq!(accept(Some("first")).await.unwrap().id, first.id);
    let failure = ImageFailure::deadline_exceeded(None);
    let images = world.store.images();
    images.fail_pending(first.id, &failure, 10).await.unwrap();
    assert!(world.completion().finish(first.id, later()).await.unwrap());
    // The key of one that was refused is free.
    accept(Some("third")).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_pause_of_a_host_ahead_is_known() {
    let world = World::new().await;
    let id = world
        .accepted(&["http://192.0.2.1/0.jpg".to_owned()], None)
        .await;
    let hosts = world.store.images().hosts_ahead(id).await.unwrap();
    assert_eq!(hosts, ["192.0.2.1"]);
    let slow = world.store.hosts();
    let pause = Duration::from_secs(60);
    slow.slow_down("192.0.2.1", pause, 1).await.unwrap();
    let slow = slow.slow(hosts.iter().map(String::as_str)).await.unwrap();
    assert!(slow["192.0.2.1"].until > world.store.now());
}
