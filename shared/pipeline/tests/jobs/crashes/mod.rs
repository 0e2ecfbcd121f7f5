//! A process may die between any two of a job's effects, any call may be done twice or come late, and nothing is
//! lost by it, and nothing done twice.
//!
//! Each job runs once to see which effects it has, then each of them has each mishap: the process dies right before
//! it or right after, its answer gets lost, or it arrives when all is over. Then what Lambda and SQS would do is done:
//! its message comes again, the sweep goes on. In the end all must be as if nothing had happened.

mod outcome;
mod work;

use std::collections::BTreeSet;

use crate::wire::{Mishap, Wire};
use crate::world::World;
use outcome::is_over;
use work::{Failed, Job, Work};

/// How often each effect's turn comes until each has had its mishap.
const ROUNDS: usize = 3;

/// Runs a job on a wire; `None` when its process dies there.
async fn run_on(
    wire: &Wire,
    world: &World,
    job: Job,
    work: &mut Work,
) -> Option<Result<(), Failed>> {
    let victim = world.through(wire).await;
    tokio::select! {
        biased;
        () = wire.is_cut() => None,
        ended = job.run(&victim, work) => Some(ended),
    }
}

/// Ends what was begun, as Lambda and SQS would.
async fn end(world: &World, job: Job, work: &mut Work, what: &str) {
    // The message of a job that died or failed, or the call of whoever got no answer, comes again.
    job.run(world, work).await.unwrap();
    is_over(world, job, work, what).await;
}

/// One effect of a job has a mishap; its name, if it was come to.
async fn disturb(
    world: &World,
    (job, number): (Job, usize),
    at: usize,
    mishap: Mishap,
) -> Option<String> {
    let mut work = job.prepare(world, number).await;
    let wire = Wire::with(at, mishap);
    let ended = run_on(&wire, world, job, &mut work).await;
    let struck = wire.struck();
    let what = format!("{job:?}: {mishap:?} {struck:?} {ended:?}");
    eprintln!("{what}");
    end(world, job, &mut work, &what).await;
    if mishap == Mishap::Late {
        wire.deliver().await;
        is_over(world, job, &work, &what).await;
    }
    struck
}

/// Each effect of a job has each of these mishaps.
async fn disturbed_everywhere(job: Job, mishaps: [Mishap; 2]) {
    let world = World::new().await;
    let whole = Wire::default();
    let mut work = job.prepare(&world, 0).await;
    run_on(&whole, &world, job, &mut work)
        .await
        .unwrap()
        .unwrap();
    end(&world, job, &mut work, "whole").await;
    let effects = whole.effects();
    assert!(!effects.is_empty());
    let mut numbers = 1..;
    for mishap in mishaps {
        let all: BTreeSet<_> = effects.iter().cloned().collect();
        let mut struck = BTreeSet::new();
        // Effects beside each other may come in another order, and a run that a service leaves without an answer in
        // time, as under load, comes to fewer of them.
        for _ in 0..ROUNDS {
            for at in 0..effects.len() {
                let number = numbers.next().unwrap();
                struck.extend(disturb(&world, (job, number), at, mishap).await);
            }
            if struck == all {
                break;
            }
        }
        assert_eq!(struck, all, "{mishap:?}");
    }
    eprintln!("{job:?}: {effects:#?}");
}

macro_rules! disturbed_everywhere {
    ($mishaps:expr, $($name:ident: $job:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[ignore = "needs the local stack: cargo local test"]
        async fn $name() {
            disturbed_everywhere(Job::$job, $mishaps).await;
        }
    )*};
}

disturbed_everywhere! {
    [Mishap::DiesBefore, Mishap::DiesAfter],
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

disturbed_everywhere! {
    [Mishap::Unanswered, Mishap::Late],
    an_upload_has_each_call_repeated_or_late: Upload,
    an_intake_has_each_call_repeated_or_late: Intake,
    a_batch_has_each_call_repeated_or_late: Compress,
    an_end_has_each_call_repeated_or_late: Finish,
    a_cancellation_has_each_call_repeated_or_late: Cancel,
    a_retry_has_each_call_repeated_or_late: Retry,
    a_requeue_has_each_call_repeated_or_late: Requeue,
    a_check_has_each_call_repeated_or_late: Check,
    a_tried_dead_letter_has_each_call_repeated_or_late: TriedDeadLetter,
    an_untried_dead_letter_has_each_call_repeated_or_late: UntriedDeadLetter,
    a_webhook_has_each_call_repeated_or_late: Webhook,
    a_sweep_has_each_call_repeated_or_late: Sweep,
    a_purge_has_each_call_repeated_or_late: Purge,
}
