//! Notices of ended requests, by way of the stack's topic.

use halftone_pipeline::request::RequestId;
use halftone_pipeline::services::queue::{FinalizeMessage, Queue};
use halftone_pipeline::services::store::{Channel, DeliveryId, DeliveryState};
use serde_json::Value;

use crate::webhook::ended;
use crate::world::{World, until};

/// A world with a topic, and the queue that has subscribed to it.
async fn with_topic() -> (World, Queue) {
    let mut world = World::new().await;
    let sns = aws_sdk_sns::Client::new(&world.aws);
    let name = RequestId::random().to_string();
    let topic = sns.create_topic().name(&name).send().await.unwrap();
    let arn = topic.topic_arn.unwrap();
    let (queue, queue_arn) = world.queue(&name).await;
    let subscribed = sns
        .subscribe()
        .topic_arn(&arn)
        .protocol("sqs")
        .endpoint(queue_arn);
    subscribed.send().await.unwrap();
    world.topic = Some(arn);
    (world, queue)
}

/// A request that has ended, whose notice is due.
async fn due(world: &World) -> DeliveryId {
    let id = ended(world, &world.origin.serve("/hook", "ok")).await;
    let request = world.request(id).await;
    let arn = world.topic.as_deref().unwrap();
    let notice = (Channel::Notice, arn);
    world
        .store
        .deliveries()
        .schedule(&request, notice)
        .await
        .unwrap();
    DeliveryId::notice(id, 1)
}

async fn published(queue: &Queue) -> Vec<Value> {
    let received = queue.receive().await.unwrap();
    let parsed = received
        .iter()
        .map(|message| serde_json::from_str(&message.body).unwrap());
    parsed.collect()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_end_is_published_once() {
    let (world, queue) = with_topic().await;
    let notice = due(&world).await;
    world.webhooks().attempt(notice, 0).await.unwrap();
    world.webhooks().attempt(notice, 0).await.unwrap();
    let envelopes = until("the notice comes", async || {
        Some(published(&queue).await).filter(|found| !found.is_empty())
    })
    .await;
    assert_eq!(envelopes.len(), 1);
    assert_eq!(
        envelopes[0]["Subject"],
        "Halftone: request failed, its CSV could not be used"
    );
    let attributes = &envelopes[0]["MessageAttributes"];
    assert_eq!(attributes["type"]["Value"], "request.failed");
    let body: Value = serde_json::from_str(envelopes[0]["Message"].as_str().unwrap()).unwrap();
    assert_eq!(body["requestId"], notice.request_id.to_string());
    assert_eq!(body["type"], "request.failed");
    assert_eq!(body["ownerId"], world.owner().await.0);
    let recorded = world.store.deliveries().get(notice).await.unwrap().unwrap();
    assert_eq!(recorded.state, DeliveryState::Delivered);
    // It is no webhook, and its request's owner is not shown it.
    let request = world.request(notice.request_id).await;
    let webhooks = world
        .store
        .deliveries()
        .webhooks_of(&request)
        .await
        .unwrap();
    assert!(webhooks.iter().all(|it| it.id.channel == Channel::Webhook));
    world.store.deliveries().remove(&request).await.unwrap();
    assert!(
        world
            .store
            .deliveries()
            .get(notice)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_topic_that_is_not_there_is_tried_again_and_the_sweep_finds_it() {
    let (mut world, _queue) = with_topic().await;
    let notice = due(&world).await;
    world.topic = Some("arn:aws:sns:us-east-1:000000000000:gone".to_owned());
    world.webhooks().attempt(notice, 0).await.unwrap();
    let deliveries = world.store.deliveries();
    let recorded = deliveries.get(notice).await.unwrap().unwrap();
    assert_eq!(recorded.state, DeliveryState::Pending);
    assert_eq!(recorded.attempts[0].code.as_deref(), Some("not_published"));
    world.store.clock().advance(3_600);
    world.sweep().run(crate::world::later()).await.unwrap();
    let again = FinalizeMessage::Notice {
        request_id: notice.request_id,
        round: 1,
        attempt: 1,
    };
    assert!(world.told().await.contains(&again));
    // Switched off meanwhile: nobody is told, and that is on record.
    world.topic = None;
    world.webhooks().attempt(notice, 1).await.unwrap();
    let recorded = deliveries.get(notice).await.unwrap().unwrap();
    assert_eq!(recorded.state, DeliveryState::Failed);
    assert_eq!(recorded.attempts[1].code.as_deref(), Some("given_up"));
}
