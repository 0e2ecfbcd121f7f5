//! Hosts that ask for long pauses, and owners behind very many images of somebody else.

use std::time::{Duration, Instant};

use halftone_origin::{Answer, Origin};
use halftone_tests::large;
use halftone_tests::many::Many;
use halftone_tests::pauses::{strict, within_pauses};
use halftone_tests::queues::{Count, count};
use halftone_tests::stack::{Stack, alone, small_photo};
use halftone_tests::wait::until;
use reqwest::Method;
use serde_json::Value;

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
    let photo = origin.on("/a.jpg", move |_| answer.clone());
    let started = Instant::now();
    let csv = large::csv(&photo, large::ROWS, IMAGES);
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
    until("all are queued", HALF_AN_HOUR, async || {
        let phase = stack.status(&id).await["progress"]["phase"].clone();
        (phase != "intake").then_some(())
    })
    .await;
    let behind = few().await;
    println!("{FEW} alone {alone:?}, behind {IMAGES} {behind:?}");
    let path = format!("/api/v1/images/requests/{id}");
    assert_eq!(stack.call(Method::DELETE, &path).await.status, 202);
    assert_eq!(ended(&stack, &id).await["status"], "Cancelled");
    until("the others are dropped", HALF_AN_HOUR, async || {
        (count(&stack, "imagesQueueUrl").await == Count::default()).then_some(())
    })
    .await;
    assert!(behind <= 2 * alone, "{behind:?} behind, {alone:?} alone");
}
