//! What is kept of webhooks, and sending one once more.

use halftone_origin::Answer;
use halftone_pipeline::jobs::webhook::{MAX_REPLAYS, ReplayError};
use halftone_pipeline::request::RequestId;
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::{DeliveryState, MAX_ATTEMPTS};

use crate::webhook::ended;
use crate::world::World;

/// Has the latest webhook of a request sent once more.
async fn replay(world: &World, id: RequestId) -> Result<u32, ReplayError> {
    let request = world.request(id).await;
    let replayed = world.control().replay(&request, None).await;
    replayed.map(|delivery| delivery.attempt)
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_replay_is_the_same_webhook_again() {
    let world = World::new().await;
    let id = ended(&world, &world.origin.serve("/hook", "ok")).await;
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    let attempt = replay(&world, id).await.unwrap();
    let queued = FinalizeMessage::Webhook {
        request_id: id,
        round: 1,
        attempt,
    };
    assert_eq!(world.told().await, [queued]);
    // Repeats of either message send nothing.
    for attempt in [0, attempt, attempt, 0] {
        world.webhooks().attempt((id, 1), attempt).await.unwrap();
    }
    let posted = world.origin.requests("/hook");
    assert_eq!(posted.len(), 2);
    assert_eq!(
        posted[0].headers["webhook-id"],
        posted[1].headers["webhook-id"]
    );
    assert_eq!(posted[0].body, posted[1].body);
    let delivery = world
        .store
        .deliveries()
        .get((id, 1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert_eq!((delivery.attempts.len(), delivery.replays), (2, 1));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_is_pending_is_not_sent_anew_and_two_calls_are_one() {
    let world = World::new().await;
    let id = ended(&world, &world.origin.serve("/hook", "ok")).await;
    let pending = replay(&world, id).await.unwrap_err();
    assert!(matches!(pending, ReplayError::Pending(_)), "{pending:?}");
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    let (one, two) = tokio::join!(replay(&world, id), replay(&world, id));
    assert_eq!(one.is_ok(), two.is_err());
    let refused = one.err().or(two.err()).unwrap();
    assert!(matches!(refused, ReplayError::Pending(_)), "{refused:?}");
    assert_eq!(world.told().await.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_replay_that_fails_is_tried_on_the_whole_schedule_again() {
    let world = World::new().await;
    let id = ended(&world, &world.origin.on("/hook", |_| Answer::status(500))).await;
    let deliveries = world.store.deliveries();
    let mut made = 0;
    for sending in 1..=3 {
        for _ in 0..10 {
            world.webhooks().attempt((id, 1), made).await.unwrap();
            made += 1;
            world.store.clock().advance(30 * 3_600);
        }
        let delivery = deliveries.get((id, 1)).await.unwrap().unwrap();
        assert_eq!(delivery.state, DeliveryState::Failed);
        assert_eq!(delivery.attempt, sending * 10);
        replay(&world, id).await.unwrap();
    }
    let delivery = deliveries.get((id, 1)).await.unwrap().unwrap();
    // The latest, and no more.
    assert_eq!(
        delivery.attempts.len(),
        usize::try_from(MAX_ATTEMPTS).unwrap()
    );
    let last = delivery.attempts.last().unwrap();
    assert_eq!(
        (last.status, last.code.as_deref()),
        (Some(500), Some("http_status"))
    );
    // Should its message get lost, the sweep has it sent.
    assert_eq!(deliveries.due(10).await.unwrap().len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_webhook_is_replayed_so_often_and_no_more() {
    let world = World::new().await;
    let id = ended(&world, &world.origin.serve("/hook", "ok")).await;
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    for _ in 0..MAX_REPLAYS {
        let attempt = replay(&world, id).await.unwrap();
        world.webhooks().attempt((id, 1), attempt).await.unwrap();
    }
    let refused = replay(&world, id).await.unwrap_err();
    assert!(matches!(refused, ReplayError::TooOften), "{refused:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_request_without_a_webhook_has_none_to_send() {
    let world = World::new().await;
    let urls = [world.picture("/a.bmp")];
    let silent = world.accepted(&urls, None).await;
    let none = replay(&world, silent).await.unwrap_err();
    assert!(matches!(none, ReplayError::NoReceiver), "{none:?}");
    let hook = world.origin.serve("/hook", "ok");
    let open = world.accepted(&urls, Some(&hook)).await;
    let early = replay(&world, open).await.unwrap_err();
    assert!(matches!(early, ReplayError::NotEnded), "{early:?}");
    let request = world.request(open).await;
    let unknown = world.control().replay(&request, Some(7)).await;
    assert!(matches!(unknown, Err(ReplayError::Unknown(7))));
}
