//! What must be there in the end, and what goes on until then.

use std::collections::BTreeSet;

use halftone_codec::{PixelLimits, inspect};
use halftone_pipeline::jobs::intake::Csv;
use halftone_pipeline::request::{Counts, ImageStatus, RequestId, RequestStatus};
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::DeliveryState;

use super::work::{Job, Work};
use crate::world::{World, batch, later};

/// Sweeps within which everything has ended, whatever died.
const SWEEPS: usize = 12;
/// Longer than any lease, and than a purge's second pass waits. All sweeps together take longer than a request
/// must be silent: a check that dies when it has noted a requeue, and not told of it, leaves that to the next.
const BETWEEN_SWEEPS: i64 = 2_000;

/// Does what is queued, handed over and due, until the request and its webhooks have ended; whether it is there.
pub async fn settle(world: &World, id: RequestId) -> bool {
    for _ in 0..SWEEPS {
        loop {
            let images = batch(&world.queued().await, 1);
            let told = world.told().await;
            if images.is_empty() && told.is_empty() {
                break;
            }
            world.compressed(&images).await;
            for message in told {
                act_on(world, message).await;
            }
        }
        let Some(request) = world.store.requests().get(id).await.unwrap() else {
            return false;
        };
        if request.status == RequestStatus::Pending && !request.intake.complete {
            let intake = world.intake();
            intake.go_on(id, Csv::Kept, later()).await.unwrap();
        }
        let delivery = world.store.deliveries().get((id, request.round)).await;
        let delivery = delivery.unwrap().map(|delivery| delivery.state);
        if request.ended_at.is_some() && delivery == Some(DeliveryState::Delivered) {
            return true;
        }
        world.store.clock().advance(BETWEEN_SWEEPS);
        world.sweep().run(later()).await.unwrap();
    }
    panic!(
        "{id} has not ended: {:?}",
        world.store.requests().get(id).await
    )
}

async fn act_on(world: &World, message: FinalizeMessage) {
    let completion = world.completion();
    match message {
        FinalizeMessage::Finalize { request_id } => {
            completion
                .finish(request_id, later())
                .await
                .map(drop)
                .unwrap();
        }
        FinalizeMessage::Check { request_id } => {
            completion.check(request_id, later()).await.unwrap();
        }
        FinalizeMessage::Requeue { request_id, from } => {
            completion.requeue(request_id, from, later()).await.unwrap();
        }
        // Neither is asked for here.
        FinalizeMessage::Archive { .. } | FinalizeMessage::Notice { .. } => {
            unreachable!("{message:?}")
        }
        FinalizeMessage::Webhook {
            request_id,
            round,
            attempt,
        } => {
            let webhooks = world.webhooks();
            webhooks
                .attempt((request_id, round), attempt)
                .await
                .unwrap();
        }
    }
}

/// From outside: every image has ended once, and everything says the same of it.
async fn reconcile(world: &World, job: Job, work: &Work, what: &str) {
    let id = work.id();
    let request = world.request(id).await;
    assert_eq!((request.status, request.counts), job.expected(), "{what}");
    let images = world.recorded(id).await;
    let of = |status| images.iter().filter(|image| image.status == status).count() as u64;
    let counted = Counts {
        succeeded: of(ImageStatus::Succeeded),
        failed: of(ImageStatus::Failed),
        cancelled: of(ImageStatus::Cancelled),
        unchanged: request.counts.unchanged,
    };
    assert_eq!(counted, request.counts, "{what}");
    let results = world.results(id).await;
    assert_eq!(
        results.lines().count(),
        1 + images.len(),
        "{what}:\n{results}"
    );
    let succeeded = results.matches("Succeeded").count() as u64;
    assert_eq!(succeeded, request.counts.succeeded, "{what}:\n{results}");
    // Each output belongs to an image, and can be looked at.
    let named: BTreeSet<String> = images
        .iter()
        .filter_map(|image| image.success.as_ref())
        .map(|success| success.output_key.clone())
        .collect();
    assert_eq!(
        objects(world, &format!("output/{id}/")).await,
        named,
        "{what}"
    );
    // One webhook a round, however often it comes.
    let posted = world.origin.requests(&work.hook());
    let ids: BTreeSet<String> = posted
        .iter()
        .map(|hook| hook.headers["webhook-id"].clone())
        .collect();
    let rounds: BTreeSet<String> = (1..=request.round)
        .map(|round| format!("msg_{id}_{round}"))
        .collect();
    assert_eq!(ids, rounds, "{what}");
}

/// The keys below a prefix, each of an object that is a picture.
async fn objects(world: &World, prefix: &str) -> BTreeSet<String> {
    let call = world.s3.list_objects_v2().bucket(world.outputs.bucket());
    let listed = call.prefix(prefix).send().await.unwrap();
    let limits = PixelLimits {
        max_pixels: 1_000_000,
        max_dimension: 1_000,
    };
    let mut keys = BTreeSet::new();
    for object in listed.contents() {
        let key = object.key().unwrap();
        let bytes = world.output(key).await;
        assert!(inspect(&bytes, &limits).is_ok(), "{key} is no picture");
        keys.insert(key.to_owned());
    }
    keys
}

/// All that a request has to do is done, and everything says the same of it.
pub async fn is_over(world: &World, job: Job, work: &Work, what: &str) {
    let is_there = settle(world, work.id()).await;
    if job == Job::Purge {
        assert!(!is_there, "{what}");
        let prefix = format!("output/{}/", work.id());
        assert_eq!(objects(world, &prefix).await, BTreeSet::new(), "{what}");
        return;
    }
    reconcile(world, job, work, what).await;
}
