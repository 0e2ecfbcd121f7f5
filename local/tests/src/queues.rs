//! The stack's queues, as far as they can be seen from outside.

use std::ops::Add;

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use crate::stack::{LONG, Stack};
use crate::wait::until;

/// The visibility timeout of the images queue while tests run, in seconds: compress may run 10 there.
pub const IMAGES_SECONDS: u32 = 20;
/// That of the finalize queue.
pub const FINALIZE_SECONDS: u32 = 40;
/// How often a message may be received as it is deployed.
pub const MOST_RECEIVES: u32 = 100;

/// How many messages a queue has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Waiting to be received.
    pub visible: u32,
    /// Received, and neither deleted nor visible again.
    pub in_flight: u32,
    /// Sent, but not to be received yet.
    pub delayed: u32,
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            visible: self.visible + other.visible,
            in_flight: self.in_flight + other.in_flight,
            delayed: self.delayed + other.delayed,
        }
    }
}

/// Counts the messages of a queue of `stack.json`, such as `imagesQueueUrl`.
pub async fn count(stack: &Stack, queue: &str) -> Count {
    let call = stack.sqs.get_queue_attributes();
    let call = call.queue_url(stack.text(queue));
    let answer = call.attribute_names(QueueAttributeName::All).send().await;
    let attributes = answer.unwrap().attributes.unwrap();
    let number = |name| attributes[&name].parse().unwrap();
    Count {
        visible: number(QueueAttributeName::ApproximateNumberOfMessages),
        in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        delayed: number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
    }
}

/// How long what is received of a queue of `stack.json` stays invisible.
pub async fn set_visibility_timeout(stack: &Stack, queue: &str, seconds: u32) {
    let name = QueueAttributeName::VisibilityTimeout;
    set(&stack.sqs, stack.text(queue), name, seconds).await;
}

/// Sets a time that a queue has, by its URL.
pub(crate) async fn set(
    client: &aws_sdk_sqs::Client,
    url: &str,
    name: QueueAttributeName,
    seconds: u32,
) {
    let call = client.set_queue_attributes().queue_url(url);
    let call = call.attributes(name, seconds.to_string());
    call.send().await.unwrap();
}

/// What a killed function had received comes back after a little more than the function may run. Deployed it is
/// six times as long, as AWS advises, and a test of an outage would mostly wait.
pub async fn hasten(stack: &Stack) {
    let queues = [
        ("imagesQueueUrl", IMAGES_SECONDS),
        ("finalizeQueueUrl", FINALIZE_SECONDS),
    ];
    for (queue, seconds) in queues {
        set_visibility_timeout(stack, queue, seconds).await;
    }
}

/// How often a message of a queue may be received before it is put aside.
pub async fn set_most_receives(stack: &Stack, queue: &str, times: u32) {
    let name = QueueAttributeName::RedrivePolicy;
    let attributes = stack.sqs.get_queue_attributes();
    let attributes = attributes.queue_url(stack.text(queue));
    let attributes = attributes.attribute_names(name.clone()).send().await;
    let policy = &attributes.unwrap().attributes.unwrap()[&name];
    let mut policy: Value = serde_json::from_str(policy).unwrap();
    policy["maxReceiveCount"] = times.into();
    let call = stack.sqs.set_queue_attributes();
    let call = call.queue_url(stack.text(queue));
    let call = call.attributes(name, policy.to_string());
    call.send().await.unwrap();
}

/// Waits until every message was handled. Messages of other tests count too: for those who have
/// the stack alone.
pub async fn all_handled(stack: &Stack) {
    until("every message is handled", LONG, async || {
        let images = count(stack, "imagesQueueUrl").await;
        let finalize = count(stack, "finalizeQueueUrl").await;
        (images + finalize == Count::default()).then_some(())
    })
    .await;
}

/// A queue of its own that has subscribed to a topic; its URL.
pub async fn subscribed(stack: &Stack, topic: &str) -> String {
    let name = format!(
        "notices-{}",
        halftone_pipeline::request::RequestId::random()
    );
    let created = stack.sqs.create_queue().queue_name(&name).send().await;
    let url = created.unwrap().queue_url.unwrap();
    let call = stack.sqs.get_queue_attributes().queue_url(&url);
    let call = call.attribute_names(QueueAttributeName::QueueArn);
    let arn = call.send().await.unwrap().attributes.unwrap()[&QueueAttributeName::QueueArn].clone();
    let form =
        format!("Action=Subscribe&Version=2010-03-31&TopicArn={topic}&Protocol=sqs&Endpoint={arn}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    stack.aws("sns", &headers, form).await;
    url
}

/// Takes what has come to a queue, as JSON.
pub async fn receive(stack: &Stack, queue: &str) -> Vec<Value> {
    let call = stack.sqs.receive_message().queue_url(queue);
    let taken = call.max_number_of_messages(10).send().await.unwrap();
    let mut came = Vec::new();
    for message in taken.messages.unwrap_or_default() {
        let delete = stack.sqs.delete_message().queue_url(queue);
        let receipt = message.receipt_handle.unwrap();
        delete.receipt_handle(receipt).send().await.unwrap();
        came.push(serde_json::from_str(&message.body.unwrap()).unwrap());
    }
    came
}
