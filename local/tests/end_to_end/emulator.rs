//! What the local stack adds to the emulator, so that other tests can rely on it.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use serde_json::json;
use tokio::time::timeout;

use halftone_tests::faults::Fault;
use halftone_tests::stack::{LONG, Stack, alone, csv, shared};
use halftone_tests::wait::until;

/// A queue of this name, empty.
async fn queue(stack: &Stack, name: &str) -> String {
    let created = stack.sqs.create_queue().queue_name(name).send().await;
    let url = created.unwrap().queue_url.unwrap();
    let purged = stack.sqs.purge_queue().queue_url(&url).send().await;
    purged.unwrap();
    url
}

async fn send(stack: &Stack, queue: &str, group: &str, count: usize) {
    for number in 0..count {
        let call = stack.sqs.send_message().queue_url(queue);
        let call = call.message_group_id(group);
        let sent = call.message_body(format!("{group}{number}")).send().await;
        sent.unwrap();
    }
}

async fn receive(stack: &Stack, queue: &str, most: i32) -> Vec<String> {
    let call = stack.sqs.receive_message().queue_url(queue);
    let received = call.max_number_of_messages(most).send().await.unwrap();
    let messages = received.messages.unwrap_or_default();
    messages
        .into_iter()
        .map(|message| message.body.unwrap())
        .collect()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_group_with_many_messages_does_not_make_others_wait() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let queue = queue(&stack, "fair").await;
    send(&stack, &queue, "a", 20).await;
    send(&stack, &queue, "b", 2).await;
    let first = receive(&stack, &queue, 6).await;
    assert_eq!(first, ["a0", "b0", "a1", "b1", "a2", "a3"]);
    // Four of `a` are in flight: a newcomer goes first.
    send(&stack, &queue, "c", 1).await;
    assert_eq!(receive(&stack, &queue, 2).await, ["c0", "a4"]);
}

async fn put(stack: &Stack, key: &str) -> bool {
    let call = stack.s3.put_object().bucket(stack.text("uploadsBucket"));
    let body = ByteStream::from_static(b"text");
    call.key(key).body(body).send().await.is_ok()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn services_fail_and_hang_for_as_long_as_they_are_asked_to() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let queue = queue(&stack, "faults").await;
    let send = || {
        let call = stack.sqs.send_message().queue_url(&queue);
        call.message_body("text").send()
    };
    let fault = Fault::of_services(&stack, &json!({"s3": "error", "sqs": "error"}));
    assert!(!put(&stack, "faults/error").await);
    assert!(send().await.is_err());
    drop(fault);
    assert!(put(&stack, "faults/none").await);
    assert!(send().await.is_ok());
    let fault = Fault::of_services(&stack, &json!({"s3": "hang"}));
    let mut hanging = Box::pin(put(&stack, "faults/hang"));
    let answer = timeout(Duration::from_secs(1), &mut hanging).await;
    assert!(answer.is_err(), "a hanging service answered");
    assert!(send().await.is_ok());
    drop(fault);
    assert!(hanging.await);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_goes_and_comes_back_with_its_data() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let id = stack.accepted(csv(&["http://192.0.2.1/a.jpg"]), None).await;
    let path = format!("/api/v1/images/status/{id}");
    let status = async |wanted| {
        until("the database is gone or back", LONG, async || {
            (stack.get(&path).await.status == wanted).then_some(())
        })
        .await;
    };
    status(200).await;
    let fault = Fault::of_mongodb(&stack);
    status(503).await;
    drop(fault);
    status(200).await;
}
