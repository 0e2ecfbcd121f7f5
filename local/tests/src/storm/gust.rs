//! The kinds of faults.

use std::time::{Duration, Instant};

use halftone_local::schedule::Family;
use serde_json::json;

use super::{Dice, messages, sweep};
use crate::faults::{Fault, sent, signal};
use crate::processes::function_processes;
use crate::stack::{LONG, Stack};
use crate::wait::until;

/// Longest outage, in milliseconds: long enough that calls give up, short enough that a run sees many.
const LONGEST: u64 = 8_000;
const FUNCTIONS: [&str; 5] = ["upload", "ingest", "compress", "finalize", "status"];
const QUEUES: [&str; 2] = ["imagesQueueUrl", "finalizeQueueUrl"];
/// A slow database works for so long, then stands for so long.
const WORKS: Duration = Duration::from_millis(50);
const STANDS: Duration = Duration::from_millis(250);

/// One fault, as it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gust {
    /// All processes of a function are killed.
    Kill(&'static str),
    /// A function is deployed anew while it works.
    Redeploy(&'static str),
    /// A service answers with errors to all or some calls, late, or not at all, for so long.
    Out(&'static str, &'static str, Duration),
    /// MongoDB takes connections and answers nothing for so long.
    MongodbStops(Duration),
    /// MongoDB is gone for so long, and comes back with its data.
    MongodbDies(Duration),
    /// MongoDB works a sixth of the time for so long.
    MongodbIsSlow(Duration),
    /// Messages come twice: some of this queue are received and sent once more.
    Repeat(&'static str),
    /// Messages of this queue come later, and after others.
    Delay(&'static str),
    /// Messages of this queue are gone.
    Lose(&'static str),
    /// A sweep before its time.
    Sweep,
}

impl Gust {
    /// The next one of a seed.
    pub fn next(dice: &mut Dice, loses: bool) -> Self {
        let kind = dice.below(16);
        let long = Duration::from_millis(500 + dice.below(LONGEST));
        match kind {
            0..=2 => Self::Kill(dice.of(&FUNCTIONS)),
            3 => Self::Redeploy(dice.of(&FUNCTIONS)),
            4..=6 => {
                let service = dice.of(&["s3", "sqs", "lambda"]);
                Self::Out(service, dice.of(&["error", "hang", "some", "slow"]), long)
            }
            7 => Self::MongodbStops(long),
            8 => Self::MongodbDies(long),
            9 => Self::MongodbIsSlow(long),
            10 | 11 => Self::Repeat(dice.of(&QUEUES)),
            12 | 13 => Self::Delay(dice.of(&QUEUES)),
            14 if loses => Self::Lose(dice.of(&QUEUES)),
            _ => Self::Sweep,
        }
    }

    /// What it has in common with others.
    pub fn family(&self) -> Family {
        match self {
            Self::Kill(_) => Family::Kill,
            Self::Redeploy(_) => Family::Redeploy,
            Self::Out("s3", ..) => Family::S3,
            Self::Out("sqs", ..) => Family::Sqs,
            Self::Out(..) => Family::Lambda,
            Self::MongodbStops(_) | Self::MongodbDies(_) | Self::MongodbIsSlow(_) => {
                Family::Mongodb
            }
            Self::Repeat(_) => Family::Repeat,
            Self::Delay(_) => Family::Delay,
            Self::Lose(_) => Family::Lose,
            Self::Sweep => Family::Sweep,
        }
    }

    pub(super) fn kind(&self) -> String {
        match self {
            Self::Kill(function) => format!("{function} killed"),
            Self::Redeploy(function) => format!("{function} deployed anew"),
            Self::Out(service, how, _) => format!("{service}: {how}"),
            Self::MongodbStops(_) => "MongoDB stops".to_owned(),
            Self::MongodbDies(_) => "MongoDB dies".to_owned(),
            Self::MongodbIsSlow(_) => "MongoDB is slow".to_owned(),
            Self::Repeat(queue) => format!("repeats of {queue}"),
            Self::Delay(queue) => format!("delays of {queue}"),
            Self::Lose(queue) => format!("losses of {queue}"),
            Self::Sweep => "sweep".to_owned(),
        }
    }

    pub(super) async fn blow(&self, stack: &Stack) {
        match self {
            Self::Kill(function) => {
                for pid in function_processes(stack, function) {
                    // It may have ended by itself.
                    let _ = std::panic::catch_unwind(|| signal(pid, "KILL"));
                }
            }
            Self::Redeploy(function) => redeploy(stack, function).await,
            Self::Out(service, how, long) => {
                let _fault = Fault::of_services(stack, &json!({*service: how}));
                tokio::time::sleep(*long).await;
            }
            Self::MongodbStops(long) => {
                mongodb_runs(stack).await;
                let _fault = Fault::of_mongodb_stopped(stack);
                tokio::time::sleep(*long).await;
            }
            Self::MongodbDies(long) => {
                let _fault = Fault::of_mongodb(stack);
                tokio::time::sleep(*long).await;
            }
            Self::MongodbIsSlow(long) => slow_mongodb(stack, Instant::now() + *long).await,
            Self::Repeat(queue) => messages::repeat(stack, queue).await,
            Self::Delay(queue) => messages::delay(stack, queue).await,
            Self::Lose(queue) => messages::lose(stack, queue).await,
            Self::Sweep => sweep(stack).await,
        }
    }
}

/// It may be on its way back from a fault before.
async fn mongodb_runs(stack: &Stack) {
    until("MongoDB runs", LONG, async || {
        sent(stack.pid("mongodb"), "CONT").then_some(())
    })
    .await;
}

async fn slow_mongodb(stack: &Stack, end: Instant) {
    mongodb_runs(stack).await;
    while Instant::now() < end {
        let fault = Fault::of_mongodb_stopped(stack);
        tokio::time::sleep(STANDS).await;
        drop(fault);
        tokio::time::sleep(WORKS).await;
    }
}

/// As it is: AWS gives new calls to new processes, and so does the emulator.
async fn redeploy(stack: &Stack, function: &str) {
    let call = stack.lambda.update_function_configuration();
    let call = call.function_name(stack.function(function));
    let now = format!("{:?}", std::time::SystemTime::now());
    call.description(now).send().await.unwrap();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_has_the_same_faults_again_and_all_kinds_come() {
        let of = |seed, loses| {
            let mut dice = Dice::new(seed);
            let next = |_| Gust::next(&mut dice, loses);
            (0..2_000).map(next).collect::<Vec<_>>()
        };
        assert_eq!(of(7, true), of(7, true));
        assert_ne!(of(7, true), of(8, true));
        let kinds = |loses| {
            let all = of(1, loses);
            let kinds: BTreeSet<_> = all.iter().map(Gust::kind).collect();
            kinds.len()
        };
        let quiet = FUNCTIONS.len() * 2 + 3 * 4 + 3 + QUEUES.len() * 2 + 1;
        assert_eq!((kinds(false), kinds(true)), (quiet, quiet + QUEUES.len()));
        let families: BTreeSet<_> = of(1, true).iter().map(Gust::family).collect();
        assert_eq!(families, Family::ALL.into());
    }
}
