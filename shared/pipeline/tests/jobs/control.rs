//! Requests that are given up, whose failed images go again, or that are removed; and what races with it.

use std::time::{Duration, Instant};

use halftone_origin::{Answer, Gate};
use halftone_pipeline::jobs::control::ControlError;
use halftone_pipeline::jobs::intake::{Csv, Taken};
use halftone_pipeline::request::{
    Counts, ImageFailure, ImageStatus, RequestId, RequestStatus, ResultsFile,
};
use halftone_pipeline::services::blobs::Key;
use halftone_pipeline::services::queue::FinalizeMessage;
use halftone_pipeline::services::store::{DeliveryState, Image, ImageEnd, Request, Retry};

use crate::world::{World, batch, csv, later, upload};

impl World {
    pub async fn cancel(&self, id: RequestId) -> Result<Request, ControlError> {
        self.control().cancel(&self.request(id).await).await
    }

    async fn retry(&self, id: RequestId, retry: Retry) -> Result<Request, ControlError> {
        self.control().retry(&self.request(id).await, &retry).await
    }

    /// Does all that is queued, until nothing is; webhooks are left out.
    pub async fn work(&self) {
        loop {
            let images = batch(&self.queued().await, 1);
            let told = self.told().await;
            if images.is_empty() && told.is_empty() {
                return;
            }
            for images in images.chunks(10) {
                self.compressed(images).await;
            }
            for message in told {
                self.act_on(message).await;
            }
        }
    }

    async fn act_on(&self, message: FinalizeMessage) {
        let completion = self.completion();
        match message {
            FinalizeMessage::Finalize { request_id } => {
                completion.finish(request_id, later()).await.map(drop)
            }
            FinalizeMessage::Check { request_id } => completion.check(request_id, later()).await,
            FinalizeMessage::Requeue { request_id, from } => {
                completion.requeue(request_id, from, later()).await
            }
            FinalizeMessage::Archive { request_id, round } => {
                completion.archive((request_id, round), later()).await
            }
            FinalizeMessage::Webhook { .. } | FinalizeMessage::Notice { .. } => Ok(()),
        }
        .unwrap();
    }

    /// A request with all its images is consistent: as many as the CSV has, each ended, and counted.
    pub async fn ended(&self, id: RequestId) -> Request {
        let request = self.request(id).await;
        assert_ne!(request.status, RequestStatus::Pending);
        let images = self.recorded(id).await;
        let of = |status| images.iter().filter(|image| image.status == status).count() as u64;
        assert_eq!(of(ImageStatus::Pending), 0);
        let missing = request.intake.images - images.len() as u64;
        let counted = Counts {
            succeeded: of(ImageStatus::Succeeded),
            failed: of(ImageStatus::Failed),
            cancelled: of(ImageStatus::Cancelled) + missing,
            unchanged: images.iter().filter(|image| is_unchanged(image)).count() as u64,
        };
        assert_eq!(request.counts, counted);
        assert_eq!(counted.ended(), request.intake.images);
        request
    }

    fn pictures(&self, count: usize) -> Vec<String> {
        let picture = |n| self.picture(&format!("/{n}.bmp"));
        (0..count).map(picture).collect()
    }

    /// The keys of what there is of a request.
    pub async fn objects_of(&self, id: RequestId) -> Vec<String> {
        let mut keys = self.outputs.list(&Key::outputs(id), None).await.unwrap();
        keys.extend(
            self.outputs
                .list(&format!("results/{id}"), None)
                .await
                .unwrap(),
        );
        keys.extend(
            self.uploads
                .list(&format!("requests/{id}"), None)
                .await
                .unwrap(),
        );
        keys
    }

    /// Answers of this path that are missing until they are there; its URL.
    fn broken(&self, path: &str) -> String {
        self.origin.on(path, |_| Answer::status(404));
        self.origin.url(path)
    }
}

/// Whether an image has the output of an earlier request.
pub fn is_unchanged(image: &Image) -> bool {
    (image.success.as_ref()).is_some_and(|success| success.unchanged)
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_request_that_is_given_up_fetches_nothing_more_and_ends_with_what_it_has() {
    let world = World::new().await;
    let hook = world.origin.url("/hook");
    let id = world.accepted(&world.pictures(3), Some(&hook)).await;
    let messages = batch(&world.queued().await, 1);
    world.compress().run(&messages[..1], later()).await;
    let first = world.origin.requests("/0.bmp").len();
    world.told().await;
    let cancelled = world.cancel(id).await.unwrap();
    assert_eq!(cancelled.status, RequestStatus::Pending);
    world.cancel(id).await.unwrap();
    let finalize = FinalizeMessage::Finalize { request_id: id };
    assert_eq!(world.told().await, [finalize.clone(), finalize]);
    // Messages that are left do nothing, before the end and after it.
    assert_eq!(world.compress().run(&messages[1..], later()).await, []);
    assert!(world.completion().finish(id, later()).await.unwrap());
    assert!(world.completion().finish(id, later()).await.unwrap());
    assert_eq!(world.compress().run(&messages[1..], later()).await, []);
    let asked = ["/0.bmp", "/1.bmp", "/2.bmp"].map(|path| world.origin.requests(path).len());
    assert_eq!(asked, [first, 0, 0]);
    let request = world.ended(id).await;
    assert_eq!(request.status, RequestStatus::Cancelled);
    assert_eq!((request.counts.succeeded, request.counts.cancelled), (1, 2));
    let results = world.results(id).await;
    assert_eq!(results.matches(",Cancelled,").count(), 2, "{results}");
    let webhook = FinalizeMessage::Webhook {
        request_id: id,
        round: 1,
        attempt: 0,
    };
    assert_eq!(world.told().await, [webhook]);
    // Given up before: it is as it is. It cannot go again.
    let again = world.cancel(id).await.unwrap();
    assert_eq!(again.status, RequestStatus::Cancelled);
    let retried = world.retry(id, Retry::default()).await;
    assert!(matches!(retried, Err(ControlError::Cancelled)));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn one_that_has_ended_cannot_be_given_up() {
    let world = World::new().await;
    let id = world.accepted(&world.pictures(1), None).await;
    world.work().await;
    let refused = world.cancel(id).await.unwrap_err();
    let completed = RequestStatus::Completed;
    assert!(matches!(refused, ControlError::AlreadyEnded(status) if status == completed));
    assert_eq!(world.ended(id).await.status, completed);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn given_up_while_its_last_batch_ends_a_request_ends_once() {
    for wait in [0, 2, 5, 10, 20, 40] {
        let world = World::new().await;
        let hook = world.origin.url("/hook");
        let id = world.accepted(&world.pictures(4), Some(&hook)).await;
        let messages = batch(&world.queued().await, 1);
        let compress = world.compress();
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let cancelled = world.cancel(id).await;
            world.completion().finish(id, later()).await.unwrap();
            cancelled
        };
        let completion = world.completion();
        let (back, cancelled, ended) = tokio::join!(
            compress.run(&messages, later()),
            cancel,
            completion.finish(id, later())
        );
        assert_eq!(back, []);
        ended.unwrap();
        world.completion().finish(id, later()).await.unwrap();
        let request = world.ended(id).await;
        let expected = match cancelled {
            Ok(_) => RequestStatus::Cancelled,
            Err(_) => RequestStatus::Completed,
        };
        assert_eq!(request.status, expected, "after {wait} ms");
        let told = world.told().await.into_iter();
        let webhooks = told.filter(|it| matches!(it, FinalizeMessage::Webhook { .. }));
        assert_eq!(webhooks.count(), 1);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_is_being_fetched_when_its_request_is_given_up_is_not_written() {
    let world = World::new().await;
    let gate = Gate::closed();
    let url = world
        .origin
        .hold("/slow.bmp", crate::world::picture(), &gate);
    let id = world.accepted(&[url], None).await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.compress();
    let cancel = async {
        crate::world::until("it is being fetched", async || {
            let asked = world.origin.requests("/slow.bmp");
            (!asked.is_empty()).then_some(())
        })
        .await;
        world.cancel(id).await.unwrap();
        // So old that what is known of the request is looked up anew.
        tokio::time::sleep(Duration::from_millis(600)).await;
        gate.open();
    };
    let (back, ()) = tokio::join!(compress.run(&messages, later()), cancel);
    assert_eq!(back, []);
    assert_eq!(
        world
            .outputs
            .list(&Key::outputs(id), None)
            .await
            .unwrap()
            .len(),
        0
    );
    world.completion().finish(id, later()).await.unwrap();
    assert_eq!(world.ended(id).await.counts.cancelled, 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_intake_stops_when_its_request_is_given_up() {
    // Several times as many as are taken in at once.
    const IMAGES: usize = 3_000;
    let world = World::new().await;
    let urls: Vec<_> = (0..IMAGES)
        .map(|n| format!("http://192.0.2.1/{n}.jpg"))
        .collect();
    let accepted = world.uploads();
    let upload = upload(csv(&urls), None);
    let id = accepted.accept(upload, Instant::now()).await.unwrap().id;
    let intake = world.intake();
    let cancel = async {
        crate::world::until("the first images are taken in", async || {
            (!world.recorded(id).await.is_empty()).then_some(())
        })
        .await;
        world.cancel(id).await.unwrap();
        // Now or after the intake has stopped, whichever comes first: while it runs, finalize waits for it.
        world.completion().finish(id, later()).await.unwrap()
    };
    let (taken, _) = tokio::join!(intake.go_on(id, Csv::Kept, later()), cancel);
    assert_eq!(taken.unwrap(), Taken::NotOurs);
    assert!(world.recorded(id).await.len() < urls.len());
    let finalize = FinalizeMessage::Finalize { request_id: id };
    assert_eq!(world.told().await.last(), Some(&finalize));
    assert!(world.completion().finish(id, later()).await.unwrap());
    let request = world.ended(id).await;
    assert_eq!(request.counts.cancelled, IMAGES as u64);
    let results = world.results(id).await;
    assert_eq!(results.matches(",Cancelled,").count(), IMAGES);
    // Whoever goes on with it does nothing.
    let again = world.intake().go_on(id, Csv::Kept, later()).await.unwrap();
    assert_eq!(again, Taken::NotOurs);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn given_up_behind_an_intake_that_died_a_request_ends_by_the_sweep() {
    let world = World::new().await;
    let upload = upload(csv(&world.pictures(2)), None);
    let accepted = world.uploads().accept(upload, Instant::now()).await;
    let id = accepted.unwrap().id;
    let requests = world.store.requests();
    assert!(requests.claim_intake(id, 60).await.unwrap().is_some());
    world.cancel(id).await.unwrap();
    world.work().await;
    assert_eq!(world.request(id).await.status, RequestStatus::Pending);
    world.store.clock().advance(61);
    world.sweep().run(later()).await.unwrap();
    world.work().await;
    let request = world.ended(id).await;
    assert_eq!(request.status, RequestStatus::Cancelled);
    assert_eq!(request.counts.cancelled, 2);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn many_images_are_given_up_in_as_many_runs_as_it_takes() {
    let world = World::new().await;
    let urls: Vec<_> = (0..1_100)
        .map(|n| format!("http://192.0.2.1/{n}.jpg"))
        .collect();
    let id = world.accepted(&urls, None).await;
    world.queued().await;
    world.cancel(id).await.unwrap();
    let completion = world.completion();
    let mut runs = 0;
    while !world.told().await.is_empty() && runs < 3 {
        assert!(!completion.finish(id, Instant::now()).await.unwrap());
        runs += 1;
    }
    assert_eq!(runs, 3, "500 a run");
    assert!(completion.finish(id, later()).await.unwrap());
    assert_eq!(world.ended(id).await.counts.cancelled, 1_100);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn failed_images_go_again_in_a_round_of_their_own() {
    let world = World::new().await;
    let hook = world.origin.serve("/hook", "ok");
    let mut urls = world.pictures(2);
    let broken = world.broken("/broken.bmp");
    // The second is a copy of the first.
    urls.extend([broken.clone(), broken]);
    let id = world.accepted(&urls, Some(&hook)).await;
    let pending = world.retry(id, Retry::default()).await;
    assert!(matches!(pending, Err(ControlError::NotEnded)));
    world.work().await;
    let before = world.ended(id).await;
    assert_eq!((before.counts.succeeded, before.counts.failed), (2, 2));
    let outputs = world.outputs.list(&Key::outputs(id), None).await.unwrap();
    world.webhooks().attempt((id, 1), 0).await.unwrap();
    // Once it is there, a retry has it made.
    world.picture("/broken.bmp");
    let asked = world.origin.requests("/0.bmp").len();
    let begun = world.retry(id, Retry::default()).await.unwrap();
    assert_eq!((begun.status, begun.round), (RequestStatus::Pending, 2));
    let again = world.retry(id, Retry::default()).await;
    assert!(matches!(again, Err(ControlError::NotEnded)));
    world.work().await;
    let request = world.ended(id).await;
    assert_eq!(request.status, RequestStatus::Completed);
    assert_eq!((request.counts.succeeded, request.round), (4, 2));
    assert!(request.savings.bytes_in > before.savings.bytes_in);
    assert_eq!(world.origin.requests("/0.bmp").len(), asked);
    let all = world.outputs.list(&Key::outputs(id), None).await.unwrap();
    assert!(outputs.iter().all(|key| all.contains(key)) && all.len() == outputs.len() + 1);
    // A worker of the first round that was believed to be dead writes at last.
    let late = Key::Results(id, 1, ResultsFile::Json);
    let late = world.outputs.put(&late, "text/plain", "late".into());
    late.await.unwrap();
    let json = world.results_as(id, ResultsFile::Json).await;
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&json).unwrap();
    let rounds = rows.iter().map(|row| row["images"][0]["round"].as_u64());
    assert_eq!(rounds.collect::<Vec<_>>(), [1, 1, 2, 2].map(Some));
    world.webhooks().attempt((id, 2), 0).await.unwrap();
    let hooks = world.origin.requests("/hook");
    let ids: Vec<_> = hooks
        .iter()
        .map(|hook| &hook.headers["webhook-id"])
        .collect();
    assert_eq!(ids, [&format!("msg_{id}_1"), &format!("msg_{id}_2")]);
    let nothing = world.retry(id, Retry::default()).await;
    assert!(matches!(nothing, Err(ControlError::NothingFailed)));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_retry_is_of_one_code_or_one_host() {
    let world = World::new().await;
    let gone = world.broken("/gone.bmp");
    let text = world.origin.serve("/text.bmp", "no picture");
    let other = gone.replace("127.0.0.1", "localhost");
    let id = world.accepted(&[gone, text, other], None).await;
    world.work().await;
    let failed = world.ended(id).await;
    assert_eq!(
        (failed.status, failed.counts.failed),
        (RequestStatus::Failed, 3)
    );
    let of = |code: Option<&str>, host: Option<&str>| Retry {
        code: code.map(str::to_owned),
        host: host.map(str::to_owned),
        counted: false,
    };
    let nothing = world.retry(id, of(Some("timeout"), None)).await;
    assert!(matches!(nothing, Err(ControlError::NothingFailed)));
    let hosts: Vec<_> = world
        .recorded(id)
        .await
        .into_iter()
        .map(|image| image.host)
        .collect();
    let rounds = async || {
        let images = world.recorded(id).await;
        images.iter().map(|image| image.round).collect::<Vec<_>>()
    };
    world
        .retry(id, of(Some("http_status"), None))
        .await
        .unwrap();
    world.work().await;
    assert_eq!(
        rounds().await.iter().filter(|round| **round == 2).count(),
        2
    );
    let before = rounds().await;
    world.retry(id, of(None, Some(&hosts[0]))).await.unwrap();
    world.work().await;
    let expected: Vec<_> = (hosts.iter().zip(before))
        .map(|(host, before)| if *host == hosts[0] { 3 } else { before })
        .collect();
    assert_eq!(rounds().await, expected);
    assert_eq!(world.ended(id).await.counts.failed, 3);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_retry_that_dies_anywhere_goes_on_and_its_counters_are_right() {
    let world = World::new().await;
    let mut urls: Vec<_> = (0..600)
        .map(|n| world.broken(&format!("/{n}.bmp")))
        .collect();
    urls.extend([world.picture("/600.bmp"), world.picture("/601.bmp")]);
    let id = world.accepted(&urls, None).await;
    world.work().await;
    assert_eq!(world.ended(id).await.counts.failed, 600);
    for n in 0..3 {
        world.picture(&format!("/{n}.bmp"));
    }
    let begun = world.retry(id, Retry::default()).await.unwrap();
    world.told().await;
    let completion = world.completion();
    // A run that has time for a page only.
    assert!(!completion.finish(id, Instant::now()).await.unwrap());
    world.told().await;
    // From several sides at once, its message sent more than once.
    let (one, two) = (world.completion(), world.completion());
    let (one, two) = tokio::join!(one.finish(id, later()), two.finish(id, later()));
    assert!(!one.unwrap() && !two.unwrap());
    let counts = world.request(id).await.counts;
    assert_eq!((counts.succeeded, counts.failed), (2, 0));
    // What comes late from the round before changes nothing.
    let requests = world.store.requests();
    let late = Counts {
        failed: 1,
        ..Counts::default()
    };
    let count = requests.count((id, 1), late, Default::default());
    assert!(count.await.unwrap().is_none());
    let end = requests.end((id, 1), late, Default::default(), "");
    assert_eq!(end.await.unwrap(), None);
    world.work().await;
    let request = world.ended(id).await;
    assert_eq!((request.counts.succeeded, request.counts.failed), (5, 597));
    assert_eq!((request.round, request.retry), (begun.round, None));
}

/// A request of a picture and its copy, whose first image ended so before the deadline, and whose copy
/// was not ended by then.
async fn copy_left_behind(world: &World, end: ImageEnd) -> RequestId {
    let urls = [world.picture("/copied.bmp"), world.picture("/copied.bmp")];
    let id = world.accepted(&urls, None).await;
    let messages = world.queued().await;
    assert_eq!(messages.len(), 1);
    let images = world.store.images();
    let recorded = images.record(&[(messages[0], end)], &[]).await;
    assert_eq!(recorded.unwrap(), [true]);
    let failure = ImageFailure::deadline_exceeded(None);
    assert_eq!(images.fail_pending(id, &failure, 10).await.unwrap(), 1);
    assert!(world.completion().finish(id, later()).await.unwrap());
    let retry = Retry {
        code: Some("deadline_exceeded".to_owned()),
        ..Retry::default()
    };
    world.retry(id, retry).await.unwrap();
    world.work().await;
    id
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_copy_that_failed_otherwise_than_its_first_takes_it_along() {
    let world = World::new().await;
    let failure = ImageFailure {
        code: "http_status".into(),
        message: "the server answered 404".into(),
        sniffed: None,
    };
    let id = copy_left_behind(&world, ImageEnd::Failed(failure, 1)).await;
    assert_eq!(world.ended(id).await.counts.succeeded, 2);
    let rounds = world
        .recorded(id)
        .await
        .into_iter()
        .map(|image| image.round);
    assert_eq!(rounds.collect::<Vec<_>>(), [2, 2]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_copy_whose_first_succeeded_ends_as_that_did() {
    let world = World::new().await;
    let other = world.accepted(&world.pictures(1), None).await;
    world.work().await;
    let success = world.recorded(other).await[0].success.clone().unwrap();
    let id = copy_left_behind(&world, ImageEnd::Succeeded(success)).await;
    assert_eq!(world.ended(id).await.counts.succeeded, 2);
    assert_eq!(world.origin.requests("/copied.bmp").len(), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_webhook_that_was_not_delivered_before_the_next_round_is_given_up() {
    let world = World::new().await;
    let hook = world.origin.url("/hook");
    world.origin.on("/hook", |_| Answer::status(503));
    let id = world.accepted(&[world.broken("/0.bmp")], Some(&hook)).await;
    world.work().await;
    let webhooks = world.webhooks();
    webhooks.attempt((id, 1), 0).await.unwrap();
    world.retry(id, Retry::default()).await.unwrap();
    webhooks.attempt((id, 1), 1).await.unwrap();
    let deliveries = world.store.deliveries();
    let first = deliveries.get((id, 1)).await.unwrap().unwrap();
    assert_eq!(
        (first.state, first.attempts.len()),
        (DeliveryState::Failed, 2)
    );
    world.told().await;
    world.completion().finish(id, later()).await.unwrap();
    world.work().await;
    let second = deliveries.get((id, 2)).await.unwrap().unwrap();
    assert_eq!((second.state, second.attempt), (DeliveryState::Pending, 0));
    assert_eq!(world.origin.requests("/hook").len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_request_that_is_given_up_in_its_second_round_keeps_what_it_has() {
    let world = World::new().await;
    let urls = [world.picture("/0.bmp"), world.broken("/1.bmp")];
    let id = world.accepted(&urls, None).await;
    world.work().await;
    world.retry(id, Retry::default()).await.unwrap();
    world.cancel(id).await.unwrap();
    world.work().await;
    let request = world.ended(id).await;
    assert_eq!(request.status, RequestStatus::Cancelled);
    assert_eq!((request.counts.succeeded, request.counts.failed), (1, 1));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_purge_leaves_nothing() {
    let world = World::new().await;
    let hook = world.origin.url("/hook");
    let key = "a key of its own";
    let csv = csv(&world.pictures(3));
    let id = world.accept_with(key, &csv, None).await.unwrap();
    let other = world.accepted(&world.pictures(1), Some(&hook)).await;
    world.work().await;
    let request = world.request(id).await;
    let control = world.control();
    control.purge(&request).await.unwrap();
    control.purge(&request).await.unwrap();
    world.work().await;
    assert_eq!(world.objects_of(id).await, Vec::<String>::new());
    assert_eq!(world.recorded(id).await.len(), 0);
    // What was under way writes once more.
    let late = Key::Results(id, 1, ResultsFile::Csv);
    world
        .outputs
        .put(&late, "text/csv", "late".into())
        .await
        .unwrap();
    assert_eq!(world.objects_of(id).await.len(), 1);
    world.sweep().run(later()).await.unwrap();
    world.work().await;
    assert!(world.store.requests().get(id).await.unwrap().is_some());
    world.store.clock().advance(16 * 60);
    world.sweep().run(later()).await.unwrap();
    world.work().await;
    assert_eq!(world.objects_of(id).await, Vec::<String>::new());
    assert!(world.store.requests().get(id).await.unwrap().is_none());
    // The other one is untouched, and the key stands for a new request.
    assert_eq!(world.ended(other).await.counts.succeeded, 1);
    assert!(!world.objects_of(other).await.is_empty());
    let new = world.accept_with(key, &csv, None).await.unwrap();
    assert_ne!(new, id);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_pending_request_is_purged_without_being_worked_on() {
    let world = World::new().await;
    let hook = world.origin.url("/hook");
    let id = world.accepted(&world.pictures(3), Some(&hook)).await;
    let messages = batch(&world.queued().await, 1);
    world.compress().run(&messages[..1], later()).await;
    let request = world.request(id).await;
    world.control().purge(&request).await.unwrap();
    assert_eq!(world.compress().run(&messages[1..], later()).await, []);
    world.work().await;
    assert_eq!(world.origin.requests("/1.bmp").len(), 0);
    assert_eq!(world.objects_of(id).await, Vec::<String>::new());
    // No webhook, no results, however often somebody looks.
    let delivery = world.store.deliveries().get((id, 1)).await.unwrap();
    assert!(delivery.is_none());
    assert!(!world.completion().finish(id, later()).await.unwrap());
    assert_eq!(world.objects_of(id).await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_is_forgotten_before_its_deadline_does_not_go_again() {
    let world = World::new().await;
    let id = world.accepted(&[world.broken("/0.bmp")], None).await;
    world.work().await;
    world.store.clock().advance(29 * 86_400 + 60);
    let refused = world.retry(id, Retry::default()).await;
    assert!(matches!(refused, Err(ControlError::ExpiresSoon(_))));
    assert_eq!(world.request(id).await.round, 1);
}
