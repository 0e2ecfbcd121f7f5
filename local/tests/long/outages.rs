//! Outages that last for minutes. How long everything takes after them is printed.

use std::time::{Duration, Instant};

use serde_json::json;

use halftone_origin::Answer;
use halftone_tests::faults::{Fault, signal};
use halftone_tests::many::Many;
use halftone_tests::queues;
use halftone_tests::stack::{Stack, alone, small_photo};
use halftone_tests::wait::until;

/// In flight when it begins.
const IMAGES: usize = 60;
/// The longest pause of a message after ten minutes of faults, a sweep, and some to spare.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// A request at whose image in the middle something breaks.
async fn breaking(stack: &Stack, how: impl Fn() + Send + Sync + 'static) -> Many {
    let photo = Answer::ok(small_photo());
    let many = Many::answered(stack, IMAGES, move |request| {
        if request.nth == IMAGES / 2 {
            how();
        }
        photo.clone()
    });
    let many = many.await;
    many.hit(IMAGES / 2).await;
    many
}

/// Waits out an outage while the status says 503.
async fn unavailable_for(many: &Many, stack: &Stack, outage: Duration) {
    let began = Instant::now();
    while began.elapsed() < outage {
        many.is_unavailable(stack).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

async fn ends_whole(many: &Many, stack: &Stack, what: &str) {
    let taken = many.ends_whole_within(stack, LIMIT).await;
    println!("{what}: everything was done {} s later", taken.as_secs());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn mongodb_stops_for_130_seconds() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let mongodb = stack.pid("mongodb");
    let many = breaking(&stack, move || signal(mongodb, "STOP")).await;
    let fault = Fault::of_mongodb_stopped(&stack);
    unavailable_for(&many, &stack, Duration::from_secs(130)).await;
    drop(fault);
    ends_whole(&many, &stack, "MongoDB stopped for 130 s").await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn mongodb_is_away_for_five_minutes() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let mongodb = stack.pid("mongodb");
    let many = breaking(&stack, move || signal(mongodb, "STOP")).await;
    let fault = Fault::of_mongodb(&stack);
    unavailable_for(&many, &stack, Duration::from_secs(300)).await;
    drop(fault);
    ends_whole(&many, &stack, "MongoDB away for 5 minutes").await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn long_s3_fails_for_five_minutes() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let file = Fault::file_of_services(&stack);
    let out = json!({"s3": "error"});
    let text = out.to_string();
    let many = breaking(&stack, move || std::fs::write(&file, &text).unwrap()).await;
    let fault = Fault::of_services(&stack, &out);
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(many.status(&stack).await["status"], "Pending");
    drop(fault);
    ends_whole(&many, &stack, "S3 failing for 5 minutes").await;
}

/// `RequeueAfterMinutes` of this test: the least there is.
const REQUEUE_AFTER_MINUTES: &str = "1";

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn long_messages_that_are_lost_are_sent_again() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let variable = "REQUEUE_AFTER_MINUTES";
    let _soon = Fault::of_deployment(&stack, "finalize", variable, REQUEUE_AFTER_MINUTES).await;
    let deaf = Fault::of_deployment(&stack, "compress", "MONGODB_SECRET", "no-such-secret").await;
    let many = Many::of_photos(&stack, IMAGES).await;
    let queue = stack.text("imagesQueueUrl");
    until("all messages are sent", LIMIT, async || {
        let status = many.status(&stack).await;
        (status["progress"]["phase"] == "compressing").then_some(())
    })
    .await;
    stack
        .sqs
        .purge_queue()
        .queue_url(queue)
        .send()
        .await
        .unwrap();
    assert_eq!(
        queues::count(&stack, "imagesQueueUrl").await,
        queues::Count::default()
    );
    drop(deaf);
    assert_eq!(many.hits(), 0);
    ends_whole(&many, &stack, "Messages lost").await;
}
