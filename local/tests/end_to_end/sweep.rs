//! What the schedule picks up.

use halftone_origin::Origin;
use halftone_tests::faults::Fault;
use halftone_tests::queues::{Count, count};
use halftone_tests::stack::{LONG, Stack, alone, csv, small_photo};
use halftone_tests::wait::until;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_request_whose_finalize_message_is_lost_ends_all_the_same() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    // Held back by the queue, the message can be thrown away before finalize sees it.
    let late = Fault::of_late_finalize(&stack, 900).await;
    let id = stack
        .accepted(csv(&[origin.serve("/a.jpg", small_photo())]), None)
        .await;
    until("all messages are sent", LONG, async || {
        let images = count(&stack, "imagesQueueUrl").await;
        let finalize = count(&stack, "finalizeQueueUrl").await;
        // Compress has answered for its batch, so it has sent what it sends.
        (images == Count::default() && finalize.delayed > 0).then_some(())
    })
    .await;
    assert_eq!(stack.status(&id).await["progress"]["succeeded"], 1);
    stack
        .sqs
        .purge_queue()
        .queue_url(stack.text("finalizeQueueUrl"))
        .send()
        .await
        .unwrap();
    drop(late);
    assert_eq!(stack.status(&id).await["status"], "Pending");
    assert_eq!(stack.ended(&id).await["status"], "Completed");
}
