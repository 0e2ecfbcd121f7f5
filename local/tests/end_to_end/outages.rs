//! An outage costs time, never images.

use serde_json::json;

use halftone_origin::{Answer, Gate};
use halftone_tests::faults::{Fault, signal};
use halftone_tests::many::Many;
use halftone_tests::queues;
use halftone_tests::stack::{LONG, Stack, alone, small_photo};
use halftone_tests::wait::until;

/// Images of a request: more than one batch.
const IMAGES: usize = 12;
/// So few that they are one batch, and come back together.
const FEW: usize = 4;
/// Tries of an image on the stack of tests.
const TRIES: usize = 3;

/// A request at whose image of this number, as they are asked for, MongoDB stops.
async fn stopped_at(stack: &Stack, image: usize) -> (Many, Fault) {
    let (photo, mongodb) = (Answer::ok(small_photo()), stack.pid("mongodb"));
    let many = Many::answered(stack, IMAGES, move |request| {
        if request.nth == image {
            signal(mongodb, "STOP");
        }
        photo.clone()
    });
    let many = many.await;
    many.hit(image).await;
    (many, Fault::of_mongodb_stopped(stack))
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_stops_in_mid_batch_and_goes_on() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let (many, fault) = stopped_at(&stack, IMAGES / 2).await;
    many.is_unavailable(&stack).await;
    drop(fault);
    many.ends_whole(&stack).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_stops_at_the_last_image_and_is_started_again() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let (many, fault) = stopped_at(&stack, IMAGES).await;
    many.is_unavailable(&stack).await;
    signal(stack.pid("mongodb"), "KILL");
    drop(fault);
    many.ends_whole(&stack).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_stops_before_the_webhook() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    // Held back by the queue for a moment, the webhook cannot overtake the fault.
    let late = Fault::of_late_finalize(&stack, 2).await;
    let many = Many::of_photos(&stack, 1).await;
    until("the request has ended", LONG, async || {
        let ended = many.status(&stack).await["status"] == "Completed";
        ended.then_some(())
    })
    .await;
    let fault = Fault::of_mongodb_stopped(&stack);
    assert_eq!(many.webhooks(), 0);
    many.is_unavailable(&stack).await;
    signal(stack.pid("mongodb"), "KILL");
    drop(fault);
    drop(late);
    many.ends_whole(&stack).await;
}

/// A request whose images are being asked for, and are answered when the gate opens.
async fn held(stack: &Stack, images: usize) -> (Many, Gate) {
    let gate = Gate::closed();
    let photo = Answer::ok(small_photo()).held(&gate);
    let many = Many::answered(stack, images, move |_| photo.clone()).await;
    many.hit(1).await;
    (many, gate)
}

/// S3 fails in the middle of a request, until its images were asked for more than so often each.
async fn s3_fails(how: &str, times: usize) {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let (many, gate) = held(&stack, FEW).await;
    let fault = Fault::of_services(&stack, &json!({"s3": how}));
    gate.open();
    many.hit(FEW * times + 1).await;
    assert_eq!(many.status(&stack).await["progress"]["pending"], FEW);
    drop(fault);
    many.ends_whole(&stack).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn s3_fails_more_often_than_an_image_has_tries() {
    s3_fails("error", TRIES).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn s3_hangs_longer_than_compress_may_run() {
    s3_fails("hang", 1).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn compress_is_deployed_with_a_wrong_connection_string_and_mended() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    // What a function that cannot start has received comes back soon.
    queues::set_visibility_timeout(&stack, "imagesQueueUrl", 3).await;
    let (many, gate) = held(&stack, IMAGES).await;
    let fault = Fault::of_deployment(&stack, "compress", "MONGODB_SECRET", "no-such-secret").await;
    gate.open();
    until("the function that cannot start has all", LONG, async || {
        let images = queues::count(&stack, "imagesQueueUrl").await;
        (images.in_flight > 0 && images.visible == 0).then_some(())
    })
    .await;
    drop(fault);
    queues::set_visibility_timeout(&stack, "imagesQueueUrl", queues::IMAGES_SECONDS).await;
    many.ends_whole(&stack).await;
}
