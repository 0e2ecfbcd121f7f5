//! What nobody can handle is put aside where an operator finds it.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use halftone_tests::queues::{count, receive};
use halftone_tests::stack::{LONG, Stack, alone};
use halftone_tests::wait::until;

/// How often a message may be received before it is put aside.
async fn may_be_received(stack: &Stack, queue: &str, times: u32) {
    let attributes = stack.sqs.get_queue_attributes();
    let attributes = attributes.queue_url(stack.text(queue));
    let attributes = attributes.attribute_names(QueueAttributeName::RedrivePolicy);
    let answer = attributes.send().await.unwrap().attributes.unwrap();
    let mut policy: Value =
        serde_json::from_str(&answer[&QueueAttributeName::RedrivePolicy]).unwrap();
    policy["maxReceiveCount"] = json!(times);
    let call = stack.sqs.set_queue_attributes();
    let call = call.queue_url(stack.text(queue));
    let call = call.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
    call.send().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_message_that_finalize_cannot_handle_waits_in_its_dead_letter_queue() {
    const BROKEN: &str = r#"{"nobody":"knows this"}"#;
    let _stack = alone().await;
    let stack = Stack::find().await;
    may_be_received(&stack, "finalizeQueueUrl", 2).await;
    let send = stack.sqs.send_message().message_body(BROKEN);
    let send = send.queue_url(stack.text("finalizeQueueUrl"));
    send.send().await.unwrap();
    until("it is put aside", LONG, async || {
        let aside = count(&stack, "finalizeDlqUrl").await;
        (aside.visible == 1).then_some(())
    })
    .await;
    may_be_received(&stack, "finalizeQueueUrl", 100).await;
    let aside = receive(&stack, stack.text("finalizeDlqUrl")).await;
    let sent: Value = serde_json::from_str(BROKEN).unwrap();
    assert_eq!(aside, [sent]);
}
