//! What got lost on the way is found and put where it is done.

use std::time::Instant;

use halftone_pipeline::request::RequestId;
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::{Channel, StoreConfig, Uri};
use serde_json::{Value, json};

use crate::world::{World, csv, later, upload};

async fn half_taken_in(world: &World) -> RequestId {
    let upload = upload(csv(&["http://192.0.2.1/0.jpg".to_owned()]), None);
    world
        .uploads()
        .accept(upload, Instant::now())
        .await
        .unwrap()
        .id
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn nothing_is_done_while_nothing_is_due() {
    let world = World::new().await;
    world
        .accepted(&["http://192.0.2.1/0.jpg".to_owned()], None)
        .await;
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.told().await, []);
    assert_eq!(world.handed_over(), Vec::<Value>::new());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_silent_request_is_looked_at_and_not_at_once_again() {
    let world = World::new().await;
    let id = world
        .accepted(&["http://192.0.2.1/0.jpg".to_owned()], None)
        .await;
    world.store.clock().advance(61);
    world.sweep().run(later()).await.unwrap();
    world.sweep().run(later()).await.unwrap();
    assert_eq!(
        world.told().await,
        [FinalizeMessage::Check { request_id: id }]
    );
    world.store.clock().advance(301);
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.told().await.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_intake_whose_worker_died_is_handed_over_unless_somebody_is_at_it() {
    let world = World::new().await;
    let id = half_taken_in(&world).await;
    let handed = json!({ "requestId": id });
    assert_eq!(world.handed_over().len(), 1);
    world.store.clock().advance(61);
    world
        .store
        .requests()
        .claim_intake(id, 600)
        .await
        .unwrap()
        .unwrap();
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.handed_over().len(), 1);
    world.store.clock().advance(601);
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.handed_over(), [handed.clone(), handed]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_webhook_whose_message_got_lost_is_queued_again_in_pages() {
    let world = World::new().await;
    let requests = 130;
    for _ in 0..requests {
        let id = half_taken_in(&world).await;
        let request = world.request(id).await;
        let deliveries = world.store.deliveries();
        deliveries
            .schedule(&request, (Channel::Webhook, "http://192.0.2.1/hook"))
            .await
            .unwrap();
        deliveries
            .schedule(&request, (Channel::Webhook, "http://192.0.2.1/other"))
            .await
            .unwrap();
    }
    world.sweep().run(later()).await.unwrap();
    let told = world.told().await;
    assert_eq!(told.len(), requests);
    let webhook =
        |message: &FinalizeMessage| matches!(message, FinalizeMessage::Webhook { attempt: 0, .. });
    assert!(told.iter().all(webhook));
    // Put off, not forgotten.
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.told().await, []);
    world.store.clock().advance(301);
    world.sweep().run(later()).await.unwrap();
    let told = world.told().await;
    assert_eq!(
        told.iter().filter(|message| webhook(message)).count(),
        requests
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn events_that_ingest_failed_on_are_sent_to_it_again() {
    let world = World::new().await;
    // Any message will do: it is the sender's words that matter.
    let sent = FinalizeMessage::Finalize {
        request_id: RequestId::random(),
    };
    let letter = serde_json::to_value(&sent).unwrap();
    let dlq = &world.ingest_dlq;
    dlq.send_finalize(&sent, std::time::Duration::ZERO)
        .await
        .unwrap();
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.handed_over(), [letter]);
    assert!(dlq.receive().await.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn one_kind_that_fails_does_not_keep_the_others_waiting() {
    let world = World::new().await;
    let id = world
        .accepted(&["http://192.0.2.1/0.jpg".to_owned()], None)
        .await;
    world.store.clock().advance(61);
    let mut sweep = world.sweep();
    sweep.ingest_dlq = World::out_of_reach().await;
    assert!(sweep.run(later()).await.is_err());
    assert_eq!(
        world.told().await,
        [FinalizeMessage::Check { request_id: id }]
    );
    // And with nothing to look things up in, it says so.
    let config = StoreConfig {
        uri: Uri::Plain("mongodb://127.0.0.1:9/?directConnection=true".to_owned()),
        database: "none".to_owned(),
        timeout: std::time::Duration::from_millis(300),
    };
    let store = halftone_pipeline::services::store::Store::connect(&config);
    sweep.store = store.await.unwrap();
    assert!(sweep.run(later()).await.is_err());
}
