//! What nobody can handle is put aside where an operator finds it.

use serde_json::Value;

use halftone_tests::queues::{MOST_RECEIVES, count, receive, set_most_receives};
use halftone_tests::stack::{LONG, Stack, alone};
use halftone_tests::wait::until;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_message_that_finalize_cannot_handle_waits_in_its_dead_letter_queue() {
    const BROKEN: &str = r#"{"nobody":"knows this"}"#;
    let _stack = alone().await;
    let stack = Stack::find().await;
    set_most_receives(&stack, "finalizeQueueUrl", 2).await;
    let send = stack.sqs.send_message().message_body(BROKEN);
    let send = send.queue_url(stack.text("finalizeQueueUrl"));
    send.send().await.unwrap();
    until("it is put aside", LONG, async || {
        let aside = count(&stack, "finalizeDlqUrl").await;
        (aside.visible == 1).then_some(())
    })
    .await;
    set_most_receives(&stack, "finalizeQueueUrl", MOST_RECEIVES).await;
    let aside = receive(&stack, stack.text("finalizeDlqUrl")).await;
    let sent: Value = serde_json::from_str(BROKEN).unwrap();
    assert_eq!(aside, [sent]);
}
