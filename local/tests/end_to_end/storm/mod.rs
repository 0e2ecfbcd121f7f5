//! Everything that can fail does, over and over, and in the end nothing is lost and nothing was done twice.
//!
//! `cargo local chaos` runs this with a seed, a size and a time of one's own.

mod arrival;
mod images;
mod reconcile;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use halftone_local::schedule::{Family, Schedule};
use halftone_origin::Origin;
use halftone_tests::queues;
use halftone_tests::stack::{Stack, alone};
use halftone_tests::storm::{Dice, asked, blow, sweep};
use serde_json::Value;

use arrival::{Asked, arrive};

/// Images of one request.
const IMAGES: usize = 20;
/// Requests that are sent at the same time.
const SENDERS: usize = 4;
/// How long after the last fault all may take: a killed batch comes back after its visibility timeout, a fault
/// of a service of ours costs up to some minutes, and then there are a sweep each.
const SETTLES: Duration = Duration::from_secs(15 * 60);
/// And how long each image, where they were sent sooner than the machine can make them.
const AN_IMAGE: Duration = Duration::from_millis(500);

/// What is asked for: by `cargo local chaos`, or by nobody.
#[allow(
    clippy::disallowed_methods,
    reason = "the command says here what it was asked for"
)]
fn wish(name: &str, usual: u64) -> u64 {
    let text = std::env::var(format!("HALFTONE_CHAOS_{name}"));
    let number = text.ok().and_then(|text| text.parse().ok());
    number.unwrap_or(usual)
}

/// Which faults are asked for.
#[allow(
    clippy::disallowed_methods,
    reason = "the command says here what it was asked for"
)]
fn schedule() -> Schedule {
    let all = Schedule::default();
    let only = std::env::var("HALFTONE_CHAOS_ONLY").ok();
    let only = only.map(|words| {
        words
            .split(',')
            .map(|word| Family::of(word).unwrap())
            .collect()
    });
    Schedule {
        only: only.unwrap_or(all.only),
        numbers: wish("FROM", 1)..=wish("TO", u64::MAX),
    }
}

/// Sends requests, a few at a time, in order.
async fn arrivals(stack: &Stack, origin: &Origin, requests: usize) -> Vec<Asked> {
    let sends = (0..requests).map(|number| arrive(stack, origin, number));
    stream::iter(sends).buffered(SENDERS).collect().await
}

/// The whole status of a request that has ended.
async fn ended(stack: &Stack, id: &str, until: Instant) -> Value {
    let path = format!("/api/v1/images/status/{id}?limit=1000");
    let mut swept = Instant::now();
    loop {
        let found = asked(stack, &path).await;
        if let Some(body) = found.filter(|body| body["status"] != "Pending") {
            return body;
        }
        assert!(
            Instant::now() < until,
            "{id} has not ended: {:?}",
            asked(stack, &path).await
        );
        if swept.elapsed() > Duration::from_secs(30) {
            sweep(stack).await;
            swept = Instant::now();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The webhook comes by itself, at the latest by a sweep.
async fn told(origin: &Origin, asked: &Asked, until: Instant) {
    let path = asked.hook.trim_start_matches(&origin.url("")).to_owned();
    // Of what is bad at first, the second counts.
    while !origin
        .requests(&path)
        .iter()
        .any(|it| it.status == Some(200))
    {
        assert!(Instant::now() < until, "{}: no webhook", asked.id);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn dead_letter_queues_are_empty(stack: &Stack) {
    for dead in ["imagesDlqUrl", "finalizeDlqUrl"] {
        let count = queues::count(stack, dead).await;
        assert_eq!(count, queues::Count::default(), "{dead}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_and_all_else_fails_at_random_and_nothing_is_lost() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let (seed, seconds) = (wish("SEED", 1), wish("SECONDS", 30));
    let images = usize::try_from(wish("IMAGES", 80)).unwrap();
    let (mut dice, began) = (Dice::new(seed), Instant::now());
    let end = began + Duration::from_secs(seconds);
    let loses = wish("LOSES", 0) == 1;
    let schedule = schedule();
    let storm = blow(&stack, &mut dice, end, loses, &schedule);
    let requests = arrivals(&stack, &origin, images.div_ceil(IMAGES));
    let (blown, all) = tokio::join!(storm, requests);
    let still = u32::try_from(images).unwrap_or(u32::MAX);
    let until = Instant::now() + SETTLES + AN_IMAGE * still;
    let mut codes = BTreeMap::<String, usize>::new();
    for asked in &all {
        let body = ended(&stack, &asked.id, until).await;
        told(&origin, asked, until).await;
        let found = reconcile::reconcile(&stack, &origin, asked, &body).await;
        for (code, images) in found {
            *codes.entry(code).or_default() += images;
        }
        asked.is_the_same_when_asked_again(&stack).await;
    }
    queues::all_handled(&stack).await;
    dead_letter_queues_are_empty(&stack).await;
    println!(
        "seed {seed}: {} requests, {} images in {:?}\nfaults: {blown:#?}\nimages: {codes:#?}",
        all.len(),
        all.len() * IMAGES,
        began.elapsed()
    );
}
