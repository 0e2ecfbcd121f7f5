//! What is measured of one size, and what it costs.

use std::time::Duration;

use crate::deployed::share::processors;
use crate::deployed::work::BATCH;
use crate::markdown::aligned;

/// US dollars for one gigabyte over one second on arm64, and for one invocation, in us-east-1
/// ([prices of Lambda](https://aws.amazon.com/lambda/pricing/), November 2026).
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
const INVOCATION: f64 = 0.000_000_2;

/// The figures of one size and one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Memory of the function, in MB.
    pub memory: u32,
    /// How long the origin waits with each image.
    pub wait: Duration,
    /// From its start to its first question for work.
    pub init: Duration,
    /// Its runs of full batches but the first.
    pub runs: Vec<Duration>,
    /// The images that ended in them. What waits for its turn goes on in a later run.
    pub images: usize,
    /// Processor time of one image.
    pub cpu_per_image: Duration,
    /// The most memory that it had, in bytes.
    pub peak: u64,
}

impl Figures {
    /// Billed time of one image, in milliseconds.
    pub fn time(&self) -> f64 {
        milliseconds(self.runs.iter().sum()) / self.images as f64
    }

    /// US dollars for a million images.
    pub fn cost(&self) -> f64 {
        let gigabytes = f64::from(self.memory) / 1024.0;
        let runs = self.runs.len() as f64 / self.images as f64;
        let image = self.time() / 1e3 * gigabytes * GIGABYTE_SECOND + runs * INVOCATION;
        image * 1e6
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A line for each size, from its figures at each of the origins.
pub fn table(rows: &[Vec<Figures>], hosts: usize) -> String {
    let waits = rows
        .first()
        .into_iter()
        .flatten()
        .map(|figures| figures.wait);
    let cost = |wait: Duration| format!("a million, origin waits {:.1} s", wait.as_secs_f64());
    let head = [
        "memory",
        "processors",
        "init",
        "an image",
        "its CPU",
        "memory used",
    ];
    let head = head.map(str::to_owned).into_iter().chain(waits.map(cost));
    let mut table = vec![head.collect()];
    table.extend(rows.iter().filter_map(|origins| line(origins)));
    let hosts = if hosts == 1 {
        "one host".to_owned()
    } else {
        format!("{hosts} hosts")
    };
    format!("Images of {hosts}:\n\n{}", aligned(&table))
}

fn line(origins: &[Figures]) -> Option<Vec<String>> {
    let (quick, peak) = (origins.first()?, origins.iter().map(|row| row.peak).max()?);
    let about = [
        format!("{} MB", quick.memory),
        format!("{:.2}", processors(quick.memory)),
        format!("{:.0} ms", milliseconds(quick.init)),
        format!("{:.1} ms", quick.time()),
        format!("{:.1} ms", milliseconds(quick.cpu_per_image)),
        format!("{:.0} MB", peak as f64 / f64::from(1 << 20)),
    ];
    let costs = origins
        .iter()
        .map(|row| format!("{:.2} USD ({:.2} ×)", row.cost(), row.cost() / quick.cost()));
    Some(about.into_iter().chain(costs).collect())
}

/// What the table is of.
pub fn about(rows: &[Vec<Figures>], machine: &str) -> String {
    let images = rows.iter().flatten().next().map_or(0, |row| row.images);
    format!("means of some {images} of the sample photographs, in batches of {BATCH}; {machine}")
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn figures(memory: u32, batch: u64) -> Figures {
        Figures {
            memory,
            wait: Duration::ZERO,
            init: Duration::from_millis(70),
            runs: vec![Duration::from_millis(batch); 3],
            images: 300,
            cpu_per_image: Duration::from_millis(20),
            peak: 150 << 20,
        }
    }

    #[test]
    fn time_and_money_of_an_image() {
        let quick = figures(1024, 5_000);
        assert!((quick.time() - 50.0).abs() < 1e-9);
        // A million times 0.05 s of one gigabyte, and ten thousand invocations.
        assert!((quick.cost() - (0.666_67 + 0.002)).abs() < 1e-6);
        let slow = Figures {
            wait: Duration::from_secs(1),
            ..figures(1024, 10_000)
        };
        let rows = [vec![quick, slow]];
        let table = table(&rows, 10);
        assert!(table.starts_with("Images of 10 hosts:\n\n| "), "{table}");
        assert!(table.contains("a million, origin waits 1.0 s"), "{table}");
        assert!(
            table.contains("| 1024 MB |       0.58 | 70 ms |  50.0 ms |"),
            "{table}"
        );
        assert!(table.contains("0.67 USD (1.00 ×)"), "{table}");
        assert!(table.contains("1.34 USD (2.00 ×)"), "{table}");
        let about = about(&rows, "here");
        assert_eq!(
            about,
            "means of some 300 of the sample photographs, in batches of 200; here"
        );
    }
}
