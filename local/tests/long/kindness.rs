//! Hosts that ask for long pauses, and owners behind very many images of somebody else.

use std::time::{Duration, Instant};

use futures::future::join_all;
use halftone_origin::{Answer, Origin};
use halftone_pipeline::services::store::{Store, StoreConfig, Uri};
use halftone_tests::drops;
use halftone_tests::large;
use halftone_tests::many::Many;
use halftone_tests::pauses::{strict, within_pauses};
use halftone_tests::queues::{Count, count};
use halftone_tests::stack::{Stack, alone, csv, each, small_photo};
use halftone_tests::wait::until;
use reqwest::Method;
use serde_json::Value;

/// How often a time is measured: what it is depends on where the runs beside it stand.
const TIMES: usize = 9;
/// Images of the largest CSV that an upload takes.
const IMAGES: usize = large::OF_A_ROW * large::ROWS;
const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn long_five_hundred_images_of_a_host_that_wants_pauses_of_20_seconds() {
    const PAUSE: Duration = Duration::from_secs(20);
    let _stack = alone().await;
    let stack = Stack::find().await;
    let many = Many::answered(&stack, 500, strict(5, PAUSE)).await;
    let taken = many.ends_whole_within(&stack, HALF_AN_HOUR).await;
    let requests = many.requests();
    println!("{} s, {} refused", taken.as_secs(), requests.len() - 500);
    assert_eq!(within_pauses(&requests, PAUSE), [Duration::ZERO; 0]);
}

/// Uploads the largest CSV; its images are answered so.
async fn fifty_thousand(stack: &Stack, origin: &Origin, answer: Answer) -> String {
    many(stack, origin, answer, large::ROWS).await
}

/// The same with so many rows.
async fn many(stack: &Stack, origin: &Origin, answer: Answer, rows: usize) -> String {
    let photo = origin.on("/a.jpg", move |_| answer.clone());
    let started = Instant::now();
    let csv = large::csv(&photo, rows, large::OF_A_ROW * rows);
    let id = stack.accepted(csv, None).await;
    println!("202 after {} ms", started.elapsed().as_millis());
    id
}

async fn ended(stack: &Stack, id: &str) -> Value {
    let path = format!("/api/v1/images/status/{id}?limit=1");
    until("the request ends", HALF_AN_HOUR, async || {
        let answer = stack.get(&path).await;
        let body = (answer.status == 200).then(|| answer.json());
        body.filter(|body| body["status"] != "Pending")
    })
    .await
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn long_fifty_thousand_images_all_arrive() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let started = Instant::now();
    let id = fifty_thousand(&stack, &origin, Answer::ok(small_photo())).await;
    let ended = ended(&stack, &id).await;
    println!("all done after {:?}", started.elapsed());
    assert_eq!(ended["progress"]["succeeded"], IMAGES);
    assert_eq!(stack.results(&id).await.lines().count(), large::ROWS + 1);
}

/// The origins take their time: with quicker ones the bundled database is busy all the time, and what is measured is how
/// it treats whoever waits for it.
#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn long_few_images_behind_fifty_thousand_take_at_most_twice_their_time() {
    const FEW: usize = 24;
    let _stack = alone().await;
    let (stack, another) = (Stack::find().await, Stack::find_as_another().await);
    let slow = Answer::ok(small_photo()).after(Duration::from_millis(1500));
    let few = async || {
        let slow = slow.clone();
        let few = Many::answered(&another, FEW, move |_| slow.clone()).await;
        few.done_within(&another, HALF_AN_HOUR).await
    };
    // The first finds cold functions.
    few().await;
    let alone = few().await;
    let origin = Origin::start().unwrap();
    let id = fifty_thousand(&stack, &origin, slow.clone()).await;
    queued(&stack, &id).await;
    let behind = few().await;
    println!("{FEW} alone {alone:?}, behind {IMAGES} {behind:?}");
    given_up(&stack, &id).await;
    assert!(behind <= 2 * alone, "{behind:?} behind, {alone:?} alone");
}

/// All of a request's images are queued.
async fn queued(stack: &Stack, id: &str) {
    until("all are queued", HALF_AN_HOUR, async || {
        let phase = stack.status(id).await["progress"]["phase"].clone();
        (phase != "intake").then_some(())
    })
    .await;
}

/// Cancels a request, and waits until nothing of it is left on the queue.
async fn given_up(stack: &Stack, id: &str) {
    let path = format!("/api/v1/images/requests/{id}");
    assert_eq!(stack.call(Method::DELETE, &path).await.status, 202);
    assert_eq!(ended(stack, id).await["status"], "Cancelled");
    until("the others are dropped", HALF_AN_HOUR, async || {
        (count(stack, "imagesQueueUrl").await == Count::default()).then_some(())
    })
    .await;
}

/// Owners whose first calls came by.
async fn owners(stack: &Stack, count: usize) -> Vec<String> {
    let place = StoreConfig {
        uri: Uri::Plain(stack.text("mongodbUri").to_owned()),
        database: stack.text("mongodbDatabase").to_owned(),
        timeout: Duration::from_secs(60),
    };
    let store = Store::connect(&place).await.unwrap();
    let mut owners = Vec::new();
    for number in 0..count {
        let key = format!("key-of-owner-{number}");
        owners.push(store.owners().find_or_create(&key).await.unwrap().0);
    }
    owners
}

/// Drops ten images of each owner, all at once; how long until the last of them heard of their end.
async fn ten_each(stack: &Stack, owners: &[String], name: &str, answer: &Answer) -> Duration {
    let started = Instant::now();
    let ten = async |owner: &String| {
        let (origin, answer) = (Origin::start().unwrap(), answer.clone());
        let photo = origin.on("/a.jpg", move |_| answer.clone());
        let hook = origin.serve("/hook", "ok");
        let key = format!("{owner}/{name}.csv");
        let csv = csv(&each(&photo, 10));
        drops::put(stack, &key, &csv, &[("webhook-url", &hook)]).await;
        until("the webhook comes in", HALF_AN_HOUR, async || {
            (origin.hits("/hook") > 0).then_some(())
        })
        .await;
        let asked = origin.requests("/a.jpg");
        assert!(asked.len() >= 10);
        asked[0].at - started
    };
    let first = join_all(owners.iter().map(ten)).await.into_iter().max();
    let took = started.elapsed();
    println!(
        "{name}: {took:.1?}, the last began after {:.1?}",
        first.unwrap()
    );
    took
}

/// The median of several times that they took.
async fn ten_each_again(stack: &Stack, owners: &[String], name: &str, answer: &Answer) -> Duration {
    let mut took = Vec::new();
    for time in 0..TIMES {
        let name = format!("{name}-{time}");
        took.push(ten_each(stack, owners, &name, answer).await);
    }
    took.sort_unstable();
    took[TIMES / 2]
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn long_ten_owners_of_ten_images_beside_a_hundred_thousand_take_at_most_twice_their_time() {
    const REQUESTS: usize = 2;
    const ROWS: usize = 10_000;
    let _stack = alone().await;
    let stack = Stack::find().await;
    let slow = Answer::ok(small_photo()).after(Duration::from_millis(1500));
    let owners = owners(&stack, 10).await;
    // The first finds cold functions.
    ten_each(&stack, &owners, "cold", &slow).await;
    let alone = ten_each_again(&stack, &owners, "alone", &slow).await;
    let origin = Origin::start().unwrap();
    let mut ids = Vec::new();
    for _ in 0..REQUESTS {
        ids.push(many(&stack, &origin, slow.clone(), ROWS).await);
    }
    for id in &ids {
        queued(&stack, id).await;
    }
    let beside = ten_each_again(&stack, &owners, "beside", &slow).await;
    let images = large::OF_A_ROW * ROWS * REQUESTS;
    println!("ten owners' ten images: alone {alone:?}, beside {images} {beside:?}");
    for id in &ids {
        given_up(&stack, id).await;
    }
    assert!(beside <= 2 * alone, "{beside:?} beside, {alone:?} alone");
}
