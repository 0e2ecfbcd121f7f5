//! Hosts that ask for long pauses, and owners behind very many images of somebody else.

use std::time::{Duration, Instant};

use halftone_origin::{Answer, Origin};
use halftone_tests::large;
use halftone_tests::many::Many;
use halftone_tests::pauses::{strict, within_pauses};
use halftone_tests::stack::{Stack, alone, small_photo};
use halftone_tests::wait::until;

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

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn long_fifty_thousand_images_hold_up_nobody_and_all_arrive() {
    const FEW: usize = 24;
    let _stack = alone().await;
    let (stack, another) = (Stack::find().await, Stack::find_as_another().await);
    // The first finds cold functions.
    Many::of_photos(&another, FEW)
        .await
        .ends_whole(&another)
        .await;
    let few = Many::of_photos(&another, FEW).await;
    let alone = few.ends_whole_within(&another, HALF_AN_HOUR).await;
    let origin = Origin::start().unwrap();
    let photo = origin.on("/a.jpg", {
        let photo = Answer::ok(small_photo());
        move |_| photo.clone()
    });
    let started = Instant::now();
    let id = stack
        .accepted(large::csv(&photo, large::ROWS, IMAGES), None)
        .await;
    println!("202 after {} ms", started.elapsed().as_millis());
    until("all are queued", HALF_AN_HOUR, async || {
        let phase = stack.status(&id).await["progress"]["phase"].clone();
        (phase != "intake").then_some(())
    })
    .await;
    let queued = started.elapsed();
    let few = Many::of_photos(&another, FEW).await;
    let uploaded = Instant::now();
    let behind = few.done_within(&another, HALF_AN_HOUR).await;
    let last = few.requests().last().map(|request| request.at).unwrap();
    let asked = last.saturating_duration_since(uploaded);
    println!(
        "all queued after {queued:?}; {FEW} alone {alone:?}, behind them {behind:?}, asked for within {asked:?}"
    );
    let ended = until("all are done", HALF_AN_HOUR, async || {
        let path = format!("/api/v1/images/status/{id}?limit=1");
        let answer = stack.get(&path).await;
        let body = (answer.status == 200).then(|| answer.json());
        body.filter(|body| body["status"] != "Pending")
    })
    .await;
    println!("all done after {:?}", started.elapsed());
    assert_eq!(ended["progress"]["succeeded"], IMAGES);
    assert_eq!(stack.results(&id).await.lines().count(), large::ROWS + 1);
    assert!(behind <= 2 * alone, "{behind:?} behind, {alone:?} alone");
}
