//! A process may die between any two of a job's effects, and nothing is lost by it, and nothing done twice.
//!
//! Each job runs once to see which effects it has, then dies at each of them, right before and right after; then
//! what Lambda and SQS would do is done: its message comes again, the sweep goes on. In the end all must be as if it
//! had never died.

use std::collections::BTreeSet;

use halftone_codec::{PixelLimits, inspect};
use halftone_origin::Answer;
use halftone_pipeline::jobs::control::Control;
use halftone_pipeline::jobs::intake::Csv;
use halftone_pipeline::request::{Counts, ImageFailure, ImageStatus, RequestId, RequestStatus};
use halftone_pipeline::services::queue::{FinalizeMessage, ImageMessage};
use halftone_pipeline::services::store::{DeliveryState, Retry, Try};

use crate::wire::{Moment, Wire};
use crate::world::{World, batch, csv, later, upload};

/// Sweeps within which everything has ended, whatever died.
const SWEEPS: usize = 12;
/// Longer than any lease, and than a purge's second pass waits. All sweeps together take longer than a request
/// must be silent: a check that dies when it has noted a requeue, and not told of it, leaves that to the next.
const BETWEEN_SWEEPS: i64 = 2_000;

/// What dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Upload,
    Intake,
    Compress,
    Finish,
    Cancel,
    Retry,
    Requeue,
    Check,
    TriedDeadLetter,
    UntriedDeadLetter,
    Webhook,
    Sweep,
    Purge,
}

/// What a job is run on.
struct Work {
    /// Makes it another one's.
    number: usize,
    /// Of an upload only its first run says so.
    id: Option<RequestId>,
    messages: Vec<ImageMessage>,
}

impl Work {
    fn id(&self) -> RequestId {
        self.id.unwrap()
    }

    /// Two pictures, one that is missing, and the first again.
    fn urls(&self, world: &World) -> Vec<String> {
        let path = |name: &str| format!("/{}/{name}", self.number);
        let first = world.picture(&path("a.bmp"));
        vec![
            first.clone(),
            world.picture(&path("b.bmp")),
            world
                .origin
                .on(&path("missing.bmp"), |_| Answer::status(404)),
            first,
        ]
    }

    fn hook(&self) -> String {
        format!("/{}/hook", self.number)
    }

    /// Uploads it, or uploads it again.
    async fn upload(&self, world: &World, until: std::time::Instant) -> RequestId {
        let hook = world.origin.serve(&self.hook(), "ok");
        let mut upload = upload(csv(&self.urls(world)), Some(&hook));
        upload.idempotency_key = Some(self.number.to_string());
        // An owner of its own, who is recorded with it.
        upload.api_key_id = self.number.to_string();
        world.uploads().accept(upload, until).await.unwrap().id
    }

    async fn compress(&self, world: &World) {
        world
            .compress()
            .run(&batch(&self.messages, 1), later())
            .await;
    }
}

impl Job {
    /// All that was before.
    async fn prepare(self, world: &World, number: usize) -> Work {
        let mut work = Work {
            number,
            id: None,
            messages: Vec::new(),
        };
        if self == Self::Upload {
            return work;
        }
        if self == Self::Intake {
            work.id = Some(work.upload(world, std::time::Instant::now()).await);
            return work;
        }
        work.id = Some(work.upload(world, later()).await);
        let id = work.id();
        let control = Control {
            store: world.store.clone(),
            finalize: world.finalize.clone(),
        };
        if self == Self::Cancel {
            control.cancel(&world.request(id).await).await.unwrap();
            return work;
        }
        if matches!(self, Self::Requeue | Self::Check | Self::Sweep) {
            // Their messages got lost.
            world.queued().await;
            return work;
        }
        work.messages = world.queued().await;
        work.messages.sort_by_key(|message| message.image);
        match self {
            Self::TriedDeadLetter => {
                let made = Try {
                    tries: 1,
                    failure: failure(),
                    not_before: world.store.now(),
                };
                let tried = [(work.messages[0], made)];
                world.store.images().record(&[], &tried).await.unwrap();
            }
            Self::Finish => work.compress(world).await,
            Self::Webhook => {
                work.compress(world).await;
                assert!(world.completion().finish(id, later()).await.unwrap());
            }
            Self::Retry | Self::Purge => {
                work.compress(world).await;
                settle(world, id).await;
                let request = world.request(id).await;
                if self == Self::Purge {
                    control.purge(&request).await.unwrap();
                } else {
                    world.picture(&format!("/{number}/missing.bmp"));
                    let all = Retry::default();
                    control.retry(&request, &all).await.unwrap();
                }
            }
            _ => {}
        }
        work
    }

    /// Runs it, as a message or a call of an owner has it run.
    async fn run(self, world: &World, work: &mut Work) {
        let completion = world.completion();
        match self {
            Self::Upload => work.id = Some(work.upload(world, later()).await),
            Self::Intake => drop(
                world
                    .intake()
                    .go_on(work.id(), Csv::Kept, later())
                    .await
                    .unwrap(),
            ),
            Self::Compress => work.compress(world).await,
            Self::Finish | Self::Cancel | Self::Retry | Self::Purge => {
                completion
                    .finish(work.id(), later())
                    .await
                    .map(drop)
                    .unwrap();
            }
            Self::Requeue => completion.requeue(work.id(), 0, later()).await.unwrap(),
            Self::Check => {
                world.store.clock().advance(7 * 3_600);
                completion.check(work.id(), later()).await.unwrap();
            }
            Self::TriedDeadLetter | Self::UntriedDeadLetter => {
                let letters = world.dead_letters();
                letters.take(work.messages[0], later()).await.unwrap();
                // The others were received as usual.
                if work.messages.len() > 1 {
                    let others = batch(&work.messages[1..], 1);
                    world.compress().run(&others, later()).await;
                }
            }
            Self::Webhook => world.webhooks().attempt((work.id(), 1), 0).await.unwrap(),
            Self::Sweep => {
                world.store.clock().advance(7 * 3_600);
                world.sweep().run(later()).await.unwrap();
            }
        }
    }

    fn expected(self) -> (RequestStatus, Counts) {
        let counts = |succeeded, failed, cancelled| Counts {
            succeeded,
            failed,
            cancelled,
            unchanged: 0,
        };
        match self {
            Self::Cancel => (RequestStatus::Cancelled, counts(0, 0, 4)),
            Self::Retry => (RequestStatus::Completed, counts(4, 0, 0)),
            // With the copy of the image that was given up.
            Self::TriedDeadLetter => (RequestStatus::Completed, counts(1, 3, 0)),
            _ => (RequestStatus::Completed, counts(3, 1, 0)),
        }
    }
}

fn failure() -> ImageFailure {
    ImageFailure {
        code: "timeout".to_owned(),
        message: "no answer".to_owned(),
        sniffed: None,
    }
}

/// Does what is queued, handed over and due, until the request and its webhooks have ended; whether it is there.
async fn settle(world: &World, id: RequestId) -> bool {
    for _ in 0..SWEEPS {
        loop {
            let images = batch(&world.queued().await, 1);
            let told = world.told().await;
            if images.is_empty() && told.is_empty() {
                break;
            }
            world.compress().run(&images, later()).await;
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
        let call = world.s3.get_object().bucket(world.outputs.bucket());
        let got = call.key(key).send().await.unwrap().body.collect().await;
        let bytes = got.unwrap().into_bytes();
        assert!(inspect(&bytes, &limits).is_ok(), "{key} is no picture");
        keys.insert(key.to_owned());
    }
    keys
}

/// Runs a job on a wire, and lets it die where that is cut; whether it did.
async fn run_on(wire: &Wire, world: &World, job: Job, work: &mut Work) -> bool {
    let victim = world.through(wire).await;
    tokio::select! {
        biased;
        () = wire.is_cut() => true,
        () = job.run(&victim, work) => false,
    }
}

/// Ends what was begun, as Lambda and SQS would.
async fn end(world: &World, job: Job, mut work: Work, what: &str) {
    // The message of a job that died, or the call of whoever got no answer, comes again.
    job.run(world, &mut work).await;
    let is_there = settle(world, work.id()).await;
    if job == Job::Purge {
        assert!(!is_there, "{what}");
        let prefix = work.id();
        assert_eq!(
            objects(world, &format!("output/{prefix}/")).await,
            BTreeSet::new(),
            "{what}"
        );
        return;
    }
    reconcile(world, job, &work, what).await;
}

/// A job dies at each of its effects.
async fn dies_everywhere(job: Job) {
    let world = World::new().await;
    let whole = Wire::default();
    let mut work = job.prepare(&world, 0).await;
    assert!(!run_on(&whole, &world, job, &mut work).await);
    end(&world, job, work, "whole").await;
    let effects = whole.effects();
    assert!(!effects.is_empty());
    let mut died = BTreeSet::new();
    for at in 0..effects.len() {
        for moment in [Moment::Before, Moment::After] {
            let number = 1 + 2 * at + usize::from(moment == Moment::After);
            let mut work = job.prepare(&world, number).await;
            let wire = Wire::cut_at(at, moment);
            let has_died = run_on(&wire, &world, job, &mut work).await;
            let what = format!("{job:?} dies {moment:?} {:?}", wire.effects().last());
            if has_died {
                died.insert(wire.effects().pop().unwrap());
            }
            end(&world, job, work, &what).await;
        }
    }
    eprintln!("{job:?}: {effects:#?}");
    // Effects beside each other may come in another order, and each has been there.
    assert_eq!(died, effects.into_iter().collect());
}

macro_rules! dies_everywhere {
    ($($name:ident: $job:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[ignore = "needs the local stack: cargo local test"]
        async fn $name() {
            dies_everywhere(Job::$job).await;
        }
    )*};
}

dies_everywhere! {
    an_upload_dies_at_each_of_its_effects: Upload,
    an_intake_dies_at_each_of_its_effects: Intake,
    a_batch_dies_at_each_of_its_effects: Compress,
    an_end_dies_at_each_of_its_effects: Finish,
    a_cancellation_dies_at_each_of_its_effects: Cancel,
    a_retry_dies_at_each_of_its_effects: Retry,
    a_requeue_dies_at_each_of_its_effects: Requeue,
    a_check_dies_at_each_of_its_effects: Check,
    a_tried_dead_letter_dies_at_each_of_its_effects: TriedDeadLetter,
    an_untried_dead_letter_dies_at_each_of_its_effects: UntriedDeadLetter,
    a_webhook_dies_at_each_of_its_effects: Webhook,
    a_sweep_dies_at_each_of_its_effects: Sweep,
    a_purge_dies_at_each_of_its_effects: Purge,
}
