//! Origins are treated kindly, owners fairly.

use std::time::Duration;

use halftone_origin::{Answer, Request};
use halftone_tests::many::Many;
use halftone_tests::pauses::{strict, within_pauses};
use halftone_tests::stack::{LONG, Stack, alone, small_photo};
use halftone_tests::wait::until;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_host_that_asks_for_a_pause_is_not_asked_within_it() {
    const IMAGES: usize = 60;
    const PAUSE: Duration = Duration::from_secs(2);
    let _stack = alone().await;
    let stack = Stack::find().await;
    let many = Many::answered(&stack, IMAGES, strict(3, PAUSE)).await;
    many.ends_whole(&stack).await;
    let requests = many.requests();
    let refused = requests
        .iter()
        .filter(|request| request.status == Some(429))
        .count();
    assert!(refused > 0, "the host never asked for a pause");
    assert_eq!(requests.len(), IMAGES + refused);
    assert_eq!(within_pauses(&requests, PAUSE), [Duration::ZERO; 0]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_few_images_do_not_wait_for_hundreds_of_somebody_else() {
    const MANY: usize = 600;
    const FEW: usize = 10;
    let _stack = alone().await;
    let (stack, another) = (Stack::find().await, Stack::find_as_another().await);
    let photo = Answer::ok(small_photo()).after(Duration::from_millis(300));
    let many = Many::answered(&stack, MANY, move |_| photo.clone()).await;
    until("all of them are queued", LONG, async || {
        let status = many.status(&stack).await;
        (status["progress"]["phase"] == "compressing").then_some(())
    })
    .await;
    let few = Many::of_photos(&another, FEW).await;
    let before = many.hits();
    few.ends_whole(&another).await;
    many.ends_whole(&stack).await;
    let last = few.requests().last().map(|request| request.at).unwrap();
    let since = |request: &&Request| request.at > last;
    let after = many.requests().iter().filter(since).count();
    assert!(after > (MANY - before) / 2, "{after} of {}", MANY - before);
}
