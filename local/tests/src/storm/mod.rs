//! Faults of every kind in a row, as a seed has them: the same seed has the same faults in the same order.

mod dice;
mod gust;
mod messages;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use halftone_local::schedule::Schedule;
use serde_json::Value;

pub use dice::Dice;
pub use gust::Gust;

use crate::stack::{Stack, events};

/// Longest calm between two faults, in milliseconds.
const CALM: u64 = 2_500;

/// The faults of a schedule until then; how many of which kind. Messages get lost only where they are queued once
/// more soon.
pub async fn blow(
    stack: &Stack,
    dice: &mut Dice,
    until: Instant,
    loses: bool,
    schedule: &Schedule,
) -> BTreeMap<String, usize> {
    let mut blown = BTreeMap::new();
    for number in 1..=*schedule.numbers.end() {
        if Instant::now() >= until {
            break;
        }
        let gust = Gust::next(dice, loses);
        // In the place of one that is left out there is calm.
        if schedule.has(gust.family(), number) {
            eprintln!("fault {number}: {gust:?}");
            gust.blow(stack).await;
            *blown.entry(gust.kind()).or_default() += 1;
        }
        tokio::time::sleep(Duration::from_millis(dice.below(CALM))).await;
    }
    blown
}

/// Has finalize sweep, as the schedule does.
pub async fn sweep(stack: &Stack) {
    let event = std::fs::read(events().join("finalize-schedule.json")).unwrap_or_default();
    invoke(stack, "finalize", event).await;
}

/// Has a function called with an event, as far as that goes: whoever sends events may fail too.
pub async fn invoke(stack: &Stack, function: &str, event: Vec<u8>) {
    let call = stack.lambda.invoke();
    let call = call.function_name(stack.function(function));
    let call = call.invocation_type(InvocationType::Event);
    let _ = call.payload(Blob::new(event)).send().await;
}

/// What a request's answer says, or `None` while the services are away.
pub async fn asked(stack: &Stack, path: &str) -> Option<Value> {
    let answer = stack.get(path).await;
    (answer.status == 200).then(|| answer.json())
}
