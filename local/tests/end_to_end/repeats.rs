//! Messages that come twice change nothing.

use halftone_origin::Origin;
use serde_json::json;

use halftone_tests::faults::Fault;
use halftone_tests::queues::all_handled;
use halftone_tests::stack::{LONG, Stack, alone, csv, small_photo};
use halftone_tests::wait::until;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn duplicated_messages_count_once_and_give_one_webhook() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.serve("/hook", "ok");
    let good = |name| origin.serve(name, small_photo());
    let urls = [good("/a.jpg"), good("/b.jpg"), origin.url("/missing.jpg")];
    let fault = Fault::of_services(&stack, &json!({"sqs": "twice"}));
    let id = stack.accepted(csv(&urls), Some(&hook)).await;
    let ended = stack.ended(&id).await;
    until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
    all_handled(&stack).await;
    drop(fault);
    assert_eq!(stack.status(&id).await, ended);
    let progress = &ended["progress"];
    let count = ["total", "succeeded", "failed", "pending"].map(|name| progress[name].as_u64());
    assert_eq!(count, [3, 2, 1, 0].map(Some));
    assert_eq!(origin.hits("/hook"), 1);
}
