//! Messages that come twice change nothing.

use serde_json::json;

use crate::origin::Origin;
use crate::stack::{LONG, Stack, csv, shared, small_photo};
use crate::wait::until;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn duplicated_messages_count_once_and_give_one_webhook() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().await);
    let hook = origin.serve("/hook", "ok");
    let good = origin.serve("/a.jpg", small_photo());
    let urls = [good.clone(), good.clone(), origin.url("/missing.jpg")];
    let id = stack.accepted(csv(&urls), Some(&hook)).await;
    send_again(&stack, &id, &urls).await;
    let ended = stack.ended(&id).await;
    until("the webhook comes in", LONG, async || {
        origin.posted("/hook").pop()
    })
    .await;
    send_again(&stack, &id, &urls).await;
    for message in [
        json!({"type": "finalize", "requestId": id}),
        json!({"type": "webhook", "requestId": id, "attempt": 0}),
        json!({"type": "webhook", "requestId": id, "attempt": 1}),
    ] {
        let queue = stack.text("finalizeQueueUrl");
        let call = stack
            .sqs
            .send_message()
            .queue_url(queue)
            .message_body(message.to_string());
        call.send().await.unwrap();
    }
    tokio::time::sleep(std::time::Duration::from_secs(15)).await;
    assert_eq!(stack.status(&id).await, ended);
    let progress = json!({"total": 3, "succeeded": 2, "failed": 1, "pending": 0, "percent": 100});
    assert_eq!(ended["progress"], progress);
    assert_eq!(origin.posted("/hook").len(), 1);
}

/// Sends the message of every image of a request twice more.
async fn send_again(stack: &Stack, id: &str, urls: &[String]) {
    for ordinal in 0..urls.len() {
        for _ in 0..2 {
            let body = json!({"v": 1, "requestId": id, "ordinal": ordinal, "round": 1});
            let call = stack
                .sqs
                .send_message()
                .queue_url(stack.text("imagesQueueUrl"));
            call.message_body(body.to_string()).send().await.unwrap();
        }
    }
}
