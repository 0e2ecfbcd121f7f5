//! CSVs that are announced: what waits for them, and what comes.

use aws_sdk_s3::primitives::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use halftone_pipeline::jobs::accept::AcceptError;
use halftone_pipeline::jobs::announce::{Announced, Announcement};
use halftone_pipeline::jobs::control::Control;
use halftone_pipeline::request::{OptionName, Phase, RequestId, RequestStatus, Wishes};
use halftone_pipeline::services::blobs::Key;
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::Request;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::world::{World, csv, later};

/// An hour, which is how long a URL lives, and for as long something may be on its way.
const AN_HOUR: i64 = 3_600;

fn announcement(csv: &str) -> Announcement {
    Announcement {
        api_key_id: "key".to_owned(),
        idempotency_key: None,
        bytes: csv.len() as u64,
        sha256: Sha256::digest(csv).into(),
        content_type: "text/csv".to_owned(),
        file_name: Some("products.csv".to_owned()),
        wishes: Wishes::default(),
    }
}

fn three() -> String {
    let url = |n| format!("http://192.0.2.1/{n}.jpg");
    csv(&[url(1), url(2), url(3)])
}

impl World {
    async fn announce(&self, announcement: &Announcement) -> Announced {
        self.uploads().announce(announcement).await.unwrap()
    }

    /// Puts a file where an announced one goes, as S3 keeps what came by the URL.
    async fn put_announced(&self, id: RequestId, body: &str) {
        let call = self.s3.put_object().bucket(self.uploads.bucket());
        let call = call.key(Key::Presigned(id).to_string());
        let call = call.checksum_sha256(STANDARD.encode(Sha256::digest(body)));
        let body = ByteStream::from(body.as_bytes().to_vec());
        call.body(body).send().await.unwrap();
    }

    async fn arrived(&self, id: RequestId) {
        self.drops().arrived(id, later()).await.unwrap();
    }

    async fn files_awaited(&self) -> Vec<String> {
        self.uploads.list("presigned/", None).await.unwrap()
    }

    async fn refused(&self, id: RequestId, code: &str) -> Request {
        let request = self.request(id).await;
        assert_eq!(request.status, RequestStatus::Failed);
        assert_eq!(request.failure.as_ref().unwrap().code, code);
        assert_eq!(self.files_awaited().await, [""; 0]);
        request
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_was_announced_waits_and_begins_when_it_comes_once() {
    let world = World::new().await;
    let mut announced = announcement(&three());
    announced.wishes.set(OptionName::Quality, "71").unwrap();
    let Announced { id, put } = world.announce(&announced).await;
    let (put, _) = put.unwrap();
    assert_eq!(put.headers["content-type"], "text/csv");
    assert_eq!(put.headers["content-length"], three().len().to_string());
    assert!(put.headers.contains_key("x-amz-checksum-sha256"));
    let waits = world.request(id).await;
    assert_eq!(waits.phase(), Some(Phase::Awaiting));
    assert_eq!(waits.options.quality.get(), 71);
    // Nobody makes anything of it before it has come.
    world.drops().go_on(id, later()).await.unwrap();
    assert!(!world.completion().finish(id, later()).await.unwrap());
    assert_eq!(world.request(id).await.phase(), Some(Phase::Awaiting));
    world.put_announced(id, &three()).await;
    let (one, two) = (world.drops(), world.drops());
    let (one, two) = tokio::join!(one.arrived(id, later()), two.arrived(id, later()));
    one.unwrap();
    two.unwrap();
    world.arrived(id).await;
    let begun = world.request(id).await;
    assert_eq!(begun.phase(), Some(Phase::Compressing));
    assert_eq!((begun.intake.images, begun.intake.rows), (3, 3));
    assert_eq!(begun.product_name, "Product 1");
    assert_eq!(world.recorded(id).await.len(), 3);
    assert_eq!(world.queued().await.len(), 3);
    assert_eq!(world.files_awaited().await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_repeat_of_the_call_is_the_same_request_and_another_file_is_refused() {
    let world = World::new().await;
    let mut announced = announcement(&three());
    announced.idempotency_key = Some("monday".to_owned());
    let Announced { id, .. } = world.announce(&announced).await;
    let until = world.request(id).await.awaiting.unwrap().until;
    world.store.clock().advance(60);
    let again = world.announce(&announced).await;
    assert_eq!(again.id, id);
    assert!(again.put.is_some());
    let longer = world.request(id).await.awaiting.unwrap().until;
    assert!(longer.since(until).as_secs() >= 60);
    let other = Announcement {
        bytes: 1,
        ..announced.clone()
    };
    let other = world.uploads().announce(&other).await;
    assert!(matches!(other, Err(AcceptError::KeyReused)), "{other:?}");
    world.put_announced(id, &three()).await;
    world.arrived(id).await;
    let late = world.announce(&announced).await;
    assert_eq!((late.id, late.put), (id, None));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn announcements_count_as_pending_requests() {
    let world = World::new().await;
    world.announce(&announcement(&three())).await;
    let mut uploads = world.uploads();
    uploads.max_pending = 1;
    let refused = uploads.announce(&announcement(&three())).await;
    assert!(matches!(refused, Err(AcceptError::TooManyPending(1))));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_csv_that_cannot_be_used_ends_as_failed_with_its_rows_and_the_webhook() {
    let world = World::new().await;
    let bad = csv(&["http://192.0.2.1/1.jpg".to_owned(), "none".to_owned()]);
    let mut announced = announcement(&bad);
    let hook = world.origin.url("/hook");
    announced.wishes.set(OptionName::WebhookUrl, &hook).unwrap();
    let Announced { id, .. } = world.announce(&announced).await;
    world.put_announced(id, &bad).await;
    world.arrived(id).await;
    let refused = world.refused(id, "invalid_rows").await;
    assert_eq!(refused.failure.unwrap().rows[0].line, 3);
    world.webhook_is_queued(id).await;
    world.arrived(id).await;
    assert_eq!(world.told().await, []);
    assert_eq!(world.queued().await, []);
}

impl World {
    async fn webhook_is_queued(&self, id: RequestId) {
        let webhook = FinalizeMessage::Webhook {
            request_id: id,
            round: 1,
            attempt: 0,
        };
        assert_eq!(self.told().await, [webhook]);
        let delivery = self.store.deliveries().get((id, 1)).await.unwrap();
        assert!(delivery.is_some());
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn another_file_than_the_one_announced_is_refused() {
    let world = World::new().await;
    let Announced { id, .. } = world.announce(&announcement(&three())).await;
    // By somebody who has the bucket, as the URL takes no other.
    world.put_announced(id, &three().replace('3', "4")).await;
    world.arrived(id).await;
    let refused = world.refused(id, "other_file").await;
    let message = refused.failure.unwrap().message;
    assert!(message.contains("announced were"), "{message}");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_never_comes_ends_by_the_sweep_and_says_so() {
    let world = World::new().await;
    let mut announced = announcement(&three());
    let hook = world.origin.url("/hook");
    announced.wishes.set(OptionName::WebhookUrl, &hook).unwrap();
    let Announced { id, .. } = world.announce(&announced).await;
    // The URL has expired; what was begun before may still be on its way.
    world.store.clock().advance(AN_HOUR + 60);
    world.drops().go_on(id, later()).await.unwrap();
    assert_eq!(world.request(id).await.phase(), Some(Phase::Awaiting));
    world.store.clock().advance(AN_HOUR);
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.handed_over(), [json!({ "requestId": id })]);
    world.drops().go_on(id, later()).await.unwrap();
    world.refused(id, "never_uploaded").await;
    world.webhook_is_queued(id).await;
    // Should it come all the same, it is too late.
    world.put_announced(id, &three()).await;
    world.arrived(id).await;
    world.refused(id, "never_uploaded").await;
    assert_eq!(world.queued().await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_file_whose_event_is_lost_is_found_by_the_sweep() {
    let world = World::new().await;
    let Announced { id, .. } = world.announce(&announcement(&three())).await;
    world.put_announced(id, &three()).await;
    world.store.clock().advance(61);
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.handed_over(), [json!({ "requestId": id })]);
    world.drops().go_on(id, later()).await.unwrap();
    assert_eq!(world.queued().await.len(), 3);
    assert_eq!(world.files_awaited().await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn whoever_takes_a_file_in_and_dies_is_followed() {
    let world = World::new().await;
    let Announced { id, .. } = world.announce(&announcement(&three())).await;
    world.put_announced(id, &three()).await;
    let requests = world.store.requests();
    let lease = world.store.now().plus_seconds(900);
    assert!(requests.claim_arrival(id, lease).await.unwrap().is_some());
    // The event comes once more while it is believed to be at work.
    world.arrived(id).await;
    assert_eq!(world.request(id).await.phase(), Some(Phase::Awaiting));
    assert_eq!(world.files_awaited().await.len(), 1);
    world.store.clock().advance(901);
    world.sweep().run(later()).await.unwrap();
    assert_eq!(world.handed_over().len(), 1);
    world.drops().go_on(id, later()).await.unwrap();
    assert_eq!(world.queued().await.len(), 3);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn one_that_waits_can_be_given_up_and_removed() {
    let world = World::new().await;
    let control = Control {
        store: world.store.clone(),
        finalize: world.finalize.clone(),
    };
    let Announced { id, .. } = world.announce(&announcement(&three())).await;
    control.cancel(&world.request(id).await).await.unwrap();
    assert!(world.completion().finish(id, later()).await.unwrap());
    let ended = world.request(id).await;
    assert_eq!(ended.status, RequestStatus::Cancelled);
    assert_eq!(ended.progress().total, 0);
    world.put_announced(id, &three()).await;
    world.arrived(id).await;
    assert_eq!(world.request(id).await.status, RequestStatus::Cancelled);
    assert_eq!(world.files_awaited().await, [""; 0]);

    let Announced { id, .. } = world.announce(&announcement(&three())).await;
    world.put_announced(id, &three()).await;
    control.purge(&world.request(id).await).await.unwrap();
    world.completion().finish(id, later()).await.unwrap();
    assert_eq!(world.files_awaited().await, [""; 0]);
    world.store.clock().advance(AN_HOUR);
    assert!(world.completion().finish(id, later()).await.unwrap());
    assert!(world.store.requests().get(id).await.unwrap().is_none());
    // The URL may outlive the request.
    world.put_announced(id, &three()).await;
    world.arrived(id).await;
    assert_eq!(world.files_awaited().await, [""; 0]);
    assert_eq!(world.queued().await, []);
    assert_eq!(world.handed_over(), Vec::<Value>::new());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn one_that_is_given_up_while_its_file_is_read_ends_as_cancelled() {
    let world = World::new().await;
    let Announced { id, .. } = world.announce(&announcement(&three())).await;
    world.put_announced(id, &three()).await;
    let requests = world.store.requests();
    let lease = world.store.now().plus_seconds(900);
    let request = requests.claim_arrival(id, lease).await.unwrap().unwrap();
    requests.cancel(id).await.unwrap();
    // Finalize waits for whoever is at it.
    assert!(!world.completion().finish(id, later()).await.unwrap());
    assert!(request.awaits_file());
    world.store.clock().advance(901);
    assert!(world.completion().finish(id, later()).await.unwrap());
    assert_eq!(world.request(id).await.status, RequestStatus::Cancelled);
}
