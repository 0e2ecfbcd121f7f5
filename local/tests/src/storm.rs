//! Faults of every kind in a row, as a seed has them: the same seed has the same faults in the same order.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::{Value, json};

use crate::faults::{Fault, signal};
use crate::processes::function_processes;
use crate::stack::{Stack, events};

/// Longest outage: long enough that calls give up, short enough that a run sees many.
const LONGEST: u64 = 8_000;
/// Longest calm between two faults.
const CALM: u64 = 2_500;
const FUNCTIONS: [&str; 4] = ["upload", "ingest", "compress", "finalize"];

/// Numbers that a seed determines ([SplitMix64](https://prng.di.unimi.it/splitmix64.c)).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Those of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one, below this.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % end
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let count = u64::try_from(all.len()).unwrap_or(1);
        all[usize::try_from(self.below(count)).unwrap_or(0)]
    }
}

/// One fault, as it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gust {
    /// All processes of a function are killed.
    Kill(&'static str),
    /// A service answers with errors, or not at all, for so long.
    Out(&'static str, &'static str, Duration),
    /// MongoDB takes connections and answers nothing for so long.
    MongodbStops(Duration),
    /// MongoDB is gone for so long, and comes back with its data.
    MongodbDies(Duration),
    /// Messages come twice: some of this queue are received and sent once more.
    Repeat(&'static str),
    /// A sweep before its time.
    Sweep,
}

impl Gust {
    /// The next one of a seed.
    pub fn next(dice: &mut Dice) -> Self {
        let kind = dice.below(10);
        let long = Duration::from_millis(500 + dice.below(LONGEST));
        match kind {
            0..=2 => Self::Kill(dice.of(&FUNCTIONS)),
            3 | 4 => {
                let service = dice.of(&["s3", "sqs", "lambda"]);
                Self::Out(service, dice.of(&["error", "hang"]), long)
            }
            5 => Self::MongodbStops(long),
            6 => Self::MongodbDies(long),
            7 | 8 => Self::Repeat(dice.of(&["imagesQueueUrl", "finalizeQueueUrl"])),
            _ => Self::Sweep,
        }
    }

    fn kind(&self) -> String {
        match self {
            Self::Kill(function) => format!("{function} killed"),
            Self::Out(service, how, _) => format!("{service}: {how}"),
            Self::MongodbStops(_) => "MongoDB stops".to_owned(),
            Self::MongodbDies(_) => "MongoDB dies".to_owned(),
            Self::Repeat(queue) => format!("repeats of {queue}"),
            Self::Sweep => "sweep".to_owned(),
        }
    }

    async fn blow(&self, stack: &Stack) {
        match self {
            Self::Kill(function) => {
                for pid in function_processes(stack, function) {
                    // It may have ended by itself.
                    let _ = std::panic::catch_unwind(|| signal(pid, "KILL"));
                }
            }
            Self::Out(service, how, long) => {
                let _fault = Fault::of_services(stack, &json!({*service: how}));
                tokio::time::sleep(*long).await;
            }
            Self::MongodbStops(long) => {
                let _fault = Fault::of_mongodb_stopped(stack);
                tokio::time::sleep(*long).await;
            }
            Self::MongodbDies(long) => {
                let _fault = Fault::of_mongodb(stack);
                tokio::time::sleep(*long).await;
            }
            Self::Repeat(queue) => repeat(stack, queue).await,
            Self::Sweep => sweep(stack).await,
        }
    }
}

/// Faults until then; how many of which kind.
pub async fn blow(stack: &Stack, dice: &mut Dice, until: Instant) -> BTreeMap<String, usize> {
    let mut blown = BTreeMap::new();
    while Instant::now() < until {
        let gust = Gust::next(dice);
        eprintln!("{gust:?}");
        gust.blow(stack).await;
        *blown.entry(gust.kind()).or_default() += 1;
        tokio::time::sleep(Duration::from_millis(dice.below(CALM))).await;
    }
    blown
}

/// What is received is sent once more, and is visible again at once.
async fn repeat(stack: &Stack, queue: &str) {
    let url = stack.text(queue);
    let call = stack.sqs.receive_message().queue_url(url);
    let Ok(received) = call.max_number_of_messages(10).send().await else {
        return;
    };
    for message in received.messages() {
        let (Some(body), Some(receipt)) = (message.body(), message.receipt_handle()) else {
            continue;
        };
        let again = stack.sqs.send_message().queue_url(url).message_body(body);
        let _ = again.message_group_id("storm").send().await;
        let back = stack.sqs.change_message_visibility().queue_url(url);
        let back = back.receipt_handle(receipt).visibility_timeout(0);
        let _ = back.send().await;
    }
}

/// Has finalize sweep, as the schedule does.
pub async fn sweep(stack: &Stack) {
    let event = std::fs::read(events().join("finalize-schedule.json")).unwrap_or_default();
    let call = stack.lambda.invoke();
    let call = call.function_name(stack.function("finalize"));
    let call = call.invocation_type(InvocationType::Event);
    let _ = call.payload(Blob::new(event)).send().await;
}

/// What a request's answer says, or `None` while the services are away.
pub async fn asked(stack: &Stack, path: &str) -> Option<Value> {
    let answer = stack.get(path).await;
    (answer.status == 200).then(|| answer.json())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_the_same_faults_again_and_all_kinds_come() {
        let of = |seed| {
            let mut dice = Dice::new(seed);
            (0..200).map(|_| Gust::next(&mut dice)).collect::<Vec<_>>()
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        let kinds: std::collections::BTreeSet<_> = of(1).iter().map(Gust::kind).collect();
        assert_eq!(kinds.len(), 4 + 6 + 2 + 2 + 1, "{kinds:?}");
    }
}
