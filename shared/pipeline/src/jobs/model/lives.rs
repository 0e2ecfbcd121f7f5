//! What may happen together, and that nothing is lost by it; and that without any one rule something is.

use std::time::Instant;

use stateright::{Checker, Model};

use super::state::Budget;
use super::{Flaw, Life};

/// Nothing goes wrong.
const CALM: Budget = Budget {
    crashes: 0,
    duplicates: 0,
    losses: 0,
    service_faults: 0,
    waits: 0,
    image_faults: 0,
    receiver_faults: 0,
    cancels: 0,
    retries: 0,
    deadlines: 0,
    sweeps: 4,
    early_sweeps: 0,
    slow: 0,
};

/// What may go wrong together, each with as many images as make it interesting.
fn lives() -> Vec<(&'static str, Life)> {
    let life = |images, budget| Life {
        images,
        at_once: 2,
        budget,
        flaw: None,
    };
    vec![
        (
            "crashes and repeats",
            life(
                2,
                Budget {
                    crashes: 1,
                    duplicates: 1,
                    ..CALM
                },
            ),
        ),
        (
            "two crashes",
            life(
                1,
                Budget {
                    crashes: 2,
                    duplicates: 1,
                    ..CALM
                },
            ),
        ),
        (
            "lost messages",
            life(
                2,
                Budget {
                    losses: 1,
                    crashes: 1,
                    ..CALM
                },
            ),
        ),
        (
            "bad images, a service away, a bad receiver",
            life(
                2,
                Budget {
                    image_faults: 2,
                    service_faults: 1,
                    receiver_faults: 1,
                    ..CALM
                },
            ),
        ),
        (
            "bad images and repeats",
            life(
                1,
                Budget {
                    image_faults: 1,
                    duplicates: 1,
                    crashes: 1,
                    ..CALM
                },
            ),
        ),
        (
            "dead letters",
            life(
                1,
                Budget {
                    service_faults: 3,
                    crashes: 1,
                    ..CALM
                },
            ),
        ),
        (
            "images that wait",
            life(
                1,
                Budget {
                    waits: 2,
                    service_faults: 1,
                    cancels: 1,
                    crashes: 1,
                    ..CALM
                },
            ),
        ),
        (
            "cancelled",
            life(
                2,
                Budget {
                    cancels: 1,
                    crashes: 1,
                    ..CALM
                },
            ),
        ),
        (
            "cancelled, with repeats",
            life(
                1,
                Budget {
                    cancels: 1,
                    duplicates: 1,
                    losses: 1,
                    ..CALM
                },
            ),
        ),
        (
            "failed images again",
            life(
                1,
                Budget {
                    image_faults: 1,
                    retries: 1,
                    crashes: 1,
                    ..CALM
                },
            ),
        ),
        (
            "failed images again, with repeats",
            life(
                1,
                Budget {
                    image_faults: 1,
                    retries: 1,
                    duplicates: 1,
                    ..CALM
                },
            ),
        ),
        (
            "past its deadline",
            life(
                1,
                Budget {
                    deadlines: 1,
                    crashes: 1,
                    ..CALM
                },
            ),
        ),
        (
            "past its deadline while it is taken in",
            life(
                2,
                Budget {
                    deadlines: 1,
                    early_sweeps: 1,
                    ..CALM
                },
            ),
        ),
        (
            "an end slower than its lease",
            life(
                1,
                Budget {
                    slow: 1,
                    duplicates: 2,
                    ..CALM
                },
            ),
        ),
    ]
}

/// Walks all ways; which properties do not hold, and in how many steps, and how many states there are.
fn walk(life: Life) -> (Vec<(&'static str, usize)>, usize) {
    let checker = life.checker().threads(2).spawn_bfs().join();
    let found = checker.discoveries().into_iter();
    let found = found
        .map(|(name, path)| (name, path.into_actions().len()))
        .collect();
    (found, checker.unique_state_count())
}

#[test]
fn nothing_is_lost_and_all_ends_once_whatever_happens() {
    for (name, life) in lives() {
        let began = Instant::now();
        let checker = life.checker().threads(2).spawn_bfs().join();
        println!(
            "{name}: {} states, {:?}",
            checker.unique_state_count(),
            began.elapsed()
        );
        let found: Vec<String> = checker
            .discoveries()
            .into_iter()
            .map(|(property, path)| format!("{property}: {:#?}", path.into_actions()))
            .collect();
        assert_eq!(found, Vec::<String>::new(), "{name}");
    }
}

/// The model can fail: without any one of its rules, some way leads to what must not be.
#[test]
fn each_rule_is_needed() {
    let flaws = [
        (Flaw::RecordsWhatEnded, "bad images and repeats"),
        (Flaw::CountsRepeats, "crashes and repeats"),
        (Flaw::EndsUnconditionally, "an end slower than its lease"),
        (Flaw::SchedulesAfterTheEnd, "two crashes"),
        (Flaw::PostsBeforeTheEnd, "two crashes"),
        (Flaw::CancelsUnderAnIntake, "cancelled"),
        (
            Flaw::ExpiresUnderAnIntake,
            "past its deadline while it is taken in",
        ),
        (Flaw::FailsDeadLetters, "dead letters"),
        (Flaw::NeverSweeps, "lost messages"),
    ];
    let mut unseen = Vec::new();
    for (flaw, name) in flaws {
        let (_, life) = lives()
            .into_iter()
            .find(|(other, _)| *other == name)
            .unwrap();
        let (found, states) = walk(Life {
            flaw: Some(flaw),
            ..life
        });
        println!("{flaw:?}: {found:?} in {states} states");
        if found.is_empty() {
            unseen.push(flaw);
        }
    }
    assert_eq!(unseen, []);
}
