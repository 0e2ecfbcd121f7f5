//! The time in fifths: what grows, grows from one to the next.

use crate::markdown::{aligned, cells};
use crate::statistics::median;
use crate::usage::MEGABYTE;

use super::instances::Instances;
use super::{Ended, Sample, Seen};

/// How many parts the time has. The first holds the start.
const PARTS: u32 = 5;

/// A figure of the processes.
type Figure = fn(&Instances) -> f64;

/// The table.
pub fn markdown(seen: &Seen) -> String {
    let end = seen.samples.last().map_or(0.0, |sample| sample.at);
    let mut table = vec![cells(&[
        "minutes",
        "images",
        "a second",
        "a request",
        "instances",
        "the largest",
        "most open files",
        "connections",
    ])];
    for part in 0..PARTS {
        let bounds = (f64::from(part), f64::from(part + 1));
        let within = |at: f64| {
            let share = at / end.max(1.0) * f64::from(PARTS);
            share > bounds.0 && share <= bounds.1 || at == 0.0 && part == 0
        };
        let samples = seen.samples.iter().filter(|sample| within(sample.at));
        let ended = seen.ended.iter().filter(|ended| within(ended.at));
        let length = end / f64::from(PARTS);
        table.push(row(
            (bounds.0 * length, bounds.1 * length),
            &samples.collect::<Vec<_>>(),
            &ended.collect::<Vec<_>>(),
        ));
    }
    aligned(&table)
}

fn row((from, to): (f64, f64), samples: &[&Sample], ended: &[&Ended]) -> Vec<String> {
    let of = |figure: Figure| {
        let values = samples.iter().map(|sample| figure(&sample.instances));
        median(values).unwrap_or_default()
    };
    let images: u64 = ended.iter().map(|ended| ended.images).sum();
    let took = median(ended.iter().map(|ended| ended.took)).unwrap_or_default();
    vec![
        format!("{:.0} to {:.0}", from / 60.0, to / 60.0),
        images.to_string(),
        format!("{:.1}", images as f64 / (to - from).max(1.0)),
        format!("{took:.0} s"),
        format!("{:.0}", of(|all| f64::from(all.count))),
        format!("{:.0} MB", of(|all| all.largest as f64 / MEGABYTE)),
        format!("{:.0}", of(|all| all.files as f64)),
        format!("{:.0}", of(|all| all.connections as f64)),
    ]
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Two minutes of each fifth, and a request at the end of each minute.
    pub fn seen() -> Seen {
        let minutes = (1..=10).map(|minute| f64::from(minute) * 60.0);
        Seen {
            samples: minutes
                .clone()
                .map(|at| Sample {
                    at,
                    instances: Instances {
                        count: 9,
                        largest: 80 << 20,
                        files: 30,
                        connections: 100,
                    },
                })
                .collect(),
            ended: minutes
                .map(|at| Ended {
                    at,
                    took: 60.0,
                    images: 440,
                })
                .collect(),
        }
    }

    #[test]
    fn each_fifth_has_its_own() {
        let table = markdown(&seen());
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows.len(), 5);
        for (row, minutes) in rows
            .iter()
            .zip(["0 to 2", "2 to 4", "4 to 6", "6 to 8", "8 to 10"])
        {
            let words: Vec<&str> = row.split('|').map(str::trim).collect();
            let expected = ["880", "7.3", "60 s", "9", "80 MB", "30", "100"];
            assert_eq!(words[1], minutes);
            assert_eq!(words[2..9], expected);
        }
    }
}
