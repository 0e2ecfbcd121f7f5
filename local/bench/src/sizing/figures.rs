//! What is measured of one size, and what it costs.

use std::time::Duration;

use crate::markdown::{aligned, cells};
use crate::sizing::share::processors;
use crate::sizing::work::BATCH;
use crate::statistics::median;

/// US dollars for one gigabyte over one second on arm64, and for one invocation, in us-east-1
/// ([prices of Lambda](https://aws.amazon.com/lambda/pricing/), November 2026).
const GIGABYTE_SECOND: f64 = 0.000_013_333_4;
const INVOCATION: f64 = 0.000_000_2;

/// The figures of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Memory of the function, in MB.
    pub memory: u32,
    /// From its start to its first question for work.
    pub init: Duration,
    /// Its first batch.
    pub first: Duration,
    /// Its other batches.
    pub batches: Vec<Duration>,
    /// Processor time of one image.
    pub cpu_per_image: Duration,
    /// The most memory that it had, in bytes.
    pub peak: u64,
}

impl Figures {
    /// Billed time of one image in milliseconds: its part of the median batch.
    pub fn time(&self) -> f64 {
        let batches = self.batches.iter().map(|&batch| milliseconds(batch));
        median(batches).unwrap_or(f64::NAN) / BATCH as f64
    }

    /// US dollars for a million images.
    pub fn cost(&self) -> f64 {
        let gigabytes = f64::from(self.memory) / 1024.0;
        let image = self.time() / 1e3 * gigabytes * GIGABYTE_SECOND + INVOCATION / BATCH as f64;
        image * 1e6
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A line for each size.
pub fn table(rows: &[Figures], about: &str) -> String {
    let mut table = vec![cells(&[
        "memory",
        "processors",
        "init",
        "first batch",
        "batch of 10",
        "an image",
        "its CPU",
        "memory used",
        "a million images",
    ])];
    for row in rows {
        table.push(vec![
            format!("{} MB", row.memory),
            format!("{:.2}", processors(row.memory)),
            format!("{:.0} ms", milliseconds(row.init)),
            format!("{:.0} ms", milliseconds(row.first)),
            format!("{:.0} ms", row.time() * BATCH as f64),
            format!("{:.1} ms", row.time()),
            format!("{:.1} ms", milliseconds(row.cpu_per_image)),
            format!("{:.0} MB", row.peak as f64 / f64::from(1 << 20)),
            format!("{:.2} USD", row.cost()),
        ]);
    }
    let batches = rows.first().map_or(0, |row| row.batches.len());
    format!(
        "{}\nmedians of {batches} batches of the sample photographs; {about}\n",
        aligned(&table)
    )
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn figures(memory: u32, batch: u64) -> Figures {
        Figures {
            memory,
            init: Duration::from_millis(70),
            first: Duration::from_millis(3 * batch),
            batches: vec![Duration::from_millis(batch); 3],
            cpu_per_image: Duration::from_millis(20),
            peak: 150 << 20,
        }
    }

    #[test]
    fn time_and_money_of_an_image() {
        let figures = figures(1024, 500);
        assert!((figures.time() - 50.0).abs() < 1e-9);
        // A million times 0.05 s of one gigabyte, and a hundred thousand invocations.
        assert!((figures.cost() - (0.666_67 + 0.02)).abs() < 1e-6);
        let table = table(&[figures], "here");
        assert!(table.contains("| 1024 MB |       0.58 | 70 ms |     1500 ms |      500 ms |"));
        assert!(table.contains("| 150 MB |") || table.contains("|      150 MB |"));
        assert!(table.ends_with("medians of 3 batches of the sample photographs; here\n"));
    }
}
