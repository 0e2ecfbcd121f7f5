//! The figures for people.

use crate::markdown::{aligned, cells};

use super::outcome::Outcome;

/// What both took for the same request.
pub fn quick(outcomes: &[Outcome]) -> String {
    let mut table = vec![cells(&[
        "an origin that answers",
        "CPU",
        "an image",
        "wall",
        "peak memory",
        "outputs",
        "succeeded",
    ])];
    table.extend(outcomes.iter().map(|outcome| {
        let cpu = outcome.used.cpu.as_secs_f64();
        let ended = outcome.progress.succeeded + outcome.progress.failed;
        let bytes = outcome
            .bytes
            .map(|bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        vec![
            outcome.name.to_owned(),
            format!("{cpu:.1} s"),
            format!("{:.0} ms", cpu * 1e3 / ended.max(1) as f64),
            format!("{:.0} s", outcome.wall.as_secs_f64()),
            format!("{:.0} MB", outcome.used.peak as f64 / f64::from(1 << 20)),
            bytes.unwrap_or_default(),
            outcome.progress.succeeded.to_string(),
        ]
    }));
    aligned(&table)
}

/// What became of the images on a bad day.
pub fn bad(outcomes: &[Outcome]) -> String {
    let mut table = vec![cells(&[
        "a bad day",
        "succeeded",
        "failed",
        "never end",
        "webhook",
        "wall",
    ])];
    table.extend(outcomes.iter().map(|outcome| {
        let progress = outcome.progress;
        vec![
            outcome.name.to_owned(),
            progress.succeeded.to_string(),
            progress.failed.to_string(),
            progress.pending.to_string(),
            outcome.webhooks.to_string(),
            format!("{:.0} s", outcome.wall.as_secs_f64()),
        ]
    }));
    aligned(&table)
}

#[cfg(test)]
mod tests {
    use super::super::outcome::{Progress, Usage};
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_it_took_and_what_became_of_it() {
        let outcome = Outcome {
            name: "Node",
            progress: Progress {
                ended: false,
                succeeded: 90,
                failed: 10,
                pending: 120,
            },
            bytes: Some(31_400_000),
            webhooks: 0,
            wall: Duration::from_secs(20),
            used: Usage {
                cpu: Duration::from_secs(7),
                peak: 100 << 20,
            },
        };
        let outcomes = [outcome];
        let words = |table: &str| -> Vec<String> {
            let line = table.lines().nth(2).unwrap_or_default();
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let quick = words(&quick(&outcomes));
        assert_eq!(
            quick[1..7],
            ["Node", "7.0 s", "70 ms", "20 s", "100 MB", "31.4 MB"]
        );
        let bad = words(&bad(&outcomes));
        assert_eq!(bad[1..7], ["Node", "90", "10", "120", "0", "20 s"]);
    }
}
