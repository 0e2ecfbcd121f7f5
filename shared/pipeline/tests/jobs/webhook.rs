//! Webhooks: one for each end, tried to the end of their schedule.

use std::time::Duration;

use halftone_origin::Answer;
use halftone_pipeline::jobs::webhook::keys::OVERLAP_SECONDS;
use halftone_pipeline::jobs::webhook::signature;
use halftone_pipeline::request::{OutputOptions, RequestId};
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::{
    Channel, DeliveryState, NewRequest, RequestFailure, Source, SourceKind,
};

use crate::world::World;

/// A request that has ended, with its webhook scheduled.
pub async fn ended(world: &World, url: &str) -> RequestId {
    let id = RequestId::random();
    let request = NewRequest {
        id,
        owner_id: world.store.owners().find_or_create("key").await.unwrap(),
        source: Source {
            kind: SourceKind::Upload,
            bucket: None,
            key: None,
            version: None,
            sha256: String::new(),
            bytes: 0,
        },
        options: OutputOptions::default(),
        fresh: false,
        idempotency_key: None,
        webhook_url: Some(url.to_owned()),
        now: world.store.now(),
        deadline_hours: 24,
        retention_days: 30,
    };
    let request = request.refused(RequestFailure {
        code: "empty_file".into(),
        message: "the file is empty".into(),
        rows: Vec::new(),
    });
    world.store.requests().insert(&request).await.unwrap();
    world
        .store
        .deliveries()
        .schedule(&request, (Channel::Webhook, url))
        .await
        .unwrap();
    id
}

async fn state(world: &World, id: RequestId) -> Option<DeliveryState> {
    let delivery = world.store.deliveries().get((id, 1)).await.unwrap();
    delivery.map(|delivery| delivery.state)
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_attempt_is_made_once_from_however_many_sides() {
    let world = World::new().await;
    let id = ended(&world, &world.origin.serve("/hook", "ok")).await;
    let (one, two) = (world.webhooks(), world.webhooks());
    let (one, two) = tokio::join!(one.attempt((id, 1), 0), two.attempt((id, 1), 0));
    one.unwrap();
    two.unwrap();
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    world.webhooks().attempt((id, 1), 1).await.unwrap();
    let posted = world.origin.requests("/hook");
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].headers["webhook-id"], format!("msg_{id}_1"));
    assert_eq!(state(&world, id).await, Some(DeliveryState::Delivered));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_receiver_that_keeps_failing_is_tried_to_the_end_of_the_schedule() {
    let world = World::new().await;
    let id = ended(&world, &world.origin.on("/hook", |_| Answer::status(500))).await;
    for attempt in 0..10 {
        world.webhooks().attempt((id, 1), attempt).await.unwrap();
        // Short waits ride the queue, which has them for itself; long ones are left to the sweep.
        world.store.clock().advance(30 * 3_600);
    }
    assert_eq!(world.origin.hits("/hook"), 10);
    assert_eq!(state(&world, id).await, Some(DeliveryState::Failed));
    let ids: Vec<_> = world
        .origin
        .requests("/hook")
        .iter()
        .map(|hook| hook.headers["webhook-id"].clone())
        .collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
    world.webhooks().attempt((id, 1), 10).await.unwrap();
    assert_eq!(world.origin.hits("/hook"), 10);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_attempt_whose_worker_died_is_made_again_after_its_lease() {
    let world = World::new().await;
    let id = ended(&world, &world.origin.serve("/hook", "ok")).await;
    let deliveries = world.store.deliveries();
    assert!(deliveries.claim((id, 1), 0).await.unwrap().is_some());
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    assert_eq!(world.origin.hits("/hook"), 0);
    world.store.clock().advance(121);
    let due = deliveries.due(10).await.unwrap();
    assert_eq!(due.iter().map(|due| due.attempt).collect::<Vec<_>>(), [0]);
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    assert_eq!(world.origin.hits("/hook"), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_receiver_that_wants_no_more_or_cannot_be_called_is_given_up() {
    let world = World::new().await;
    let gone = ended(&world, &world.origin.on("/gone", |_| Answer::status(410))).await;
    let blocked = ended(&world, "http://10.0.0.1/hook").await;
    for id in [gone, blocked] {
        world.webhooks().attempt((id, 1), 0).await.unwrap();
        assert_eq!(state(&world, id).await, Some(DeliveryState::Failed));
    }
    assert_eq!(world.told().await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_delivery_whose_request_has_not_ended_has_it_ended_first() {
    let world = World::new().await;
    let hook = world.origin.serve("/hook", "ok");
    let id = world
        .accepted(&["http://192.0.2.1/0.jpg".to_owned()], Some(&hook))
        .await;
    let request = world.request(id).await;
    world
        .store
        .deliveries()
        .schedule(&request, (Channel::Webhook, &hook))
        .await
        .unwrap();
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    assert_eq!(
        world.told().await,
        [FinalizeMessage::Finalize { request_id: id }]
    );
    assert_eq!(world.origin.hits("/hook"), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_receivers_wish_for_time_is_granted() {
    let world = World::new().await;
    let busy = |_: &_| Answer::status(503).header("Retry-After", "3600");
    let id = ended(&world, &world.origin.on("/hook", busy)).await;
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    let deliveries = world.store.deliveries();
    world.store.clock().advance(3_590);
    assert_eq!(deliveries.due(10).await.unwrap().len(), 0);
    world.store.clock().advance(20);
    let due = deliveries.due(10).await.unwrap();
    assert_eq!((due.len(), due[0].attempt), (1, 1));
    let made = &due[0].attempts[0];
    assert_eq!(made.status, Some(503));
    assert!(Duration::from_millis(made.duration_ms) < Duration::from_secs(10));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_rotation_is_done_once_a_day_from_however_many_sides() {
    let world = World::new().await;
    let owners = world.store.owners();
    let id = owners.find_or_create("key").await.unwrap();
    let since = || world.store.now().plus_seconds(-OVERLAP_SECONDS);
    let (one, two) = tokio::join!(
        owners.rotate_webhook_secret(&id, since()),
        owners.rotate_webhook_secret(&id, since())
    );
    let rotated: Vec<_> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(rotated.len(), 1);
    assert_eq!(rotated[0].webhook_secret_version, 1);
    assert_eq!(owners.get(&id).await.unwrap().webhook_secret_version, 1);
    world.store.clock().advance(OVERLAP_SECONDS);
    let next = owners.rotate_webhook_secret(&id, since()).await.unwrap();
    assert_eq!(next.unwrap().webhook_secret_version, 2);
    // It is still whom the key stands for.
    assert_eq!(owners.find("key").await.unwrap(), Some(id));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_webhook_is_signed_by_its_owners_keys_as_they_are_then() {
    let world = World::new().await;
    let hook = world.origin.on("/hook", |_| Answer::status(500));
    let id = ended(&world, &hook).await;
    let owners = world.store.owners();
    let owner = owners.find_or_create("key").await.unwrap();
    let request = world.request(id).await;
    assert_eq!(request.owner_id, owner);
    let signatures = || {
        let posted = world.origin.requests("/hook").pop().unwrap();
        posted.headers["webhook-signature"].split(' ').count()
    };
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    assert_eq!(signatures(), 1);
    let since = world.store.now().plus_seconds(-OVERLAP_SECONDS);
    owners.rotate_webhook_secret(&owner, since).await.unwrap();
    world.webhooks().attempt((id, 1), 1).await.unwrap();
    assert_eq!(signatures(), 2);
    world.store.clock().advance(OVERLAP_SECONDS);
    world.webhooks().attempt((id, 1), 2).await.unwrap();
    assert_eq!(signatures(), 1);
    let posted = world.origin.requests("/hook").pop().unwrap();
    let keys = world
        .webhooks()
        .master
        .of(&owners.get(&owner).await.unwrap(), world.store.now());
    let header = |name: &str| posted.headers[name].as_str();
    let signed = (
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
    );
    let now = world.store.now();
    signature::verify(&[keys.current], signed, &posted.body, now).unwrap();
}
