//! What may happen to messages on their way: they come twice, late, in another order, or not at all.

use aws_sdk_sqs::types::Message;

use crate::stack::Stack;

/// How long a message is kept back, in seconds.
const LATE: i32 = 15;

/// What is received is sent once more, and is visible again at once.
pub async fn repeat(stack: &Stack, queue: &str) {
    for message in received(stack, queue).await {
        let url = stack.text(queue);
        if let Some(body) = message.body() {
            let again = stack.sqs.send_message().queue_url(url).message_body(body);
            let _ = again.message_group_id("storm").send().await;
        }
        visible_in(stack, queue, &message, 0).await;
    }
}

/// What is received comes later, after what was sent behind it.
pub async fn delay(stack: &Stack, queue: &str) {
    for message in received(stack, queue).await {
        visible_in(stack, queue, &message, LATE).await;
    }
}

/// What is received is gone.
pub async fn lose(stack: &Stack, queue: &str) {
    for message in received(stack, queue).await {
        let call = stack.sqs.delete_message().queue_url(stack.text(queue));
        let call = call.set_receipt_handle(message.receipt_handle);
        let _ = call.send().await;
    }
}

async fn received(stack: &Stack, queue: &str) -> Vec<Message> {
    let call = stack.sqs.receive_message().queue_url(stack.text(queue));
    let received = call.max_number_of_messages(10).send().await;
    received.ok().and_then(|it| it.messages).unwrap_or_default()
}

async fn visible_in(stack: &Stack, queue: &str, message: &Message, seconds: i32) {
    let call = stack.sqs.change_message_visibility();
    let call = call
        .queue_url(stack.text(queue))
        .visibility_timeout(seconds);
    let call = call.set_receipt_handle(message.receipt_handle.clone());
    let _ = call.send().await;
}
