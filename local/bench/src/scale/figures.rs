//! What is measured of a request, and the table of it.

use serde_json::Value;

use crate::markdown::{aligned, cells};
use crate::usage::MEGABYTE;

/// The figures of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub images: f64,
    /// Its documents were laid directly.
    pub laid: bool,
    /// The CSV being validated.
    pub validate: Stage,
    pub intake: Stage,
    pub compress: Option<Stage>,
    pub finalize: Stage,
    /// A request, and a page of ten of its images.
    pub status: Look,
    pub page: Look,
    /// Bytes of an image's document when it has ended.
    pub document: f64,
}

/// What a look takes, in milliseconds: the median, the slowest hundredth, and the database's processor time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    pub p50: f64,
    pub p99: f64,
    pub database: f64,
}

/// One job over so many images.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub images: f64,
    pub seconds: f64,
    /// The most memory of the worker, in bytes.
    pub peak: f64,
    /// Processor time of the worker, the database and the AWS emulator, in milliseconds.
    pub cpu: f64,
    pub database: f64,
    pub emulator: f64,
    /// Commands and calls.
    pub mongodb: f64,
    pub sqs: f64,
    pub s3: f64,
}

impl Figures {
    /// As the worker says them; `None` where something is missing.
    pub fn of(said: &Value) -> Option<Self> {
        let images = said["images"].as_f64()?;
        let look = |of: &str| {
            let look = &said["looks"][of];
            Some(Look {
                p50: look["p50"].as_f64()?,
                p99: look["p99"].as_f64()?,
                database: look["mongodbCpuMs"].as_f64()?,
            })
        };
        Some(Self {
            images,
            laid: !said["laid"].is_null(),
            validate: Stage::of(&said["validate"], images)?,
            intake: Stage::of(&said["intake"], said["intake"]["images"].as_f64()?)?,
            compress: Stage::of(&said["compress"], images),
            finalize: Stage::of(&said["finalize"], images)?,
            status: look("status")?,
            page: look("page")?,
            document: said["documentBytes"].as_f64()?,
        })
    }

    /// What an image costs of something in all jobs together.
    fn of_an_image(&self, figure: fn(&Stage) -> f64) -> f64 {
        let always = [&self.validate, &self.intake, &self.finalize];
        let stages = always.into_iter().chain(&self.compress);
        stages.map(|stage| figure(stage) / stage.images).sum()
    }
}

impl Stage {
    fn of(said: &Value, images: f64) -> Option<Self> {
        let number = |name: &str| said[name].as_f64();
        let calls = said["calls"].as_object()?;
        let count = |of: fn(&str) -> bool| {
            let calls = calls.iter().filter(|(name, _)| of(name));
            calls.filter_map(|(_, count)| count.as_f64()).sum()
        };
        Some(Self {
            images,
            seconds: number("seconds")?,
            peak: number("peakBytes")?,
            cpu: number("cpuMs")?,
            database: number("mongodbCpuMs")?,
            emulator: number("awsCpuMs")?,
            mongodb: count(|name| !name.starts_with("SQS ") && !name.starts_with("S3 ")),
            // Receiving and deleting are Lambda's.
            sqs: count(|name| name.starts_with("SQS Send")),
            s3: count(|name| name.starts_with("S3 ")),
        })
    }
}

/// Two lines for each request: what it takes, and what an image of it does.
pub fn table(rows: &[Figures]) -> String {
    let mut times = vec![cells(&[
        "images",
        "validation, s",
        "intake, images/s",
        "its CPU, ms an image",
        "their memory, MB",
        "request p50 / p99 (CPU), ms",
        "page p50 / p99 (CPU), ms",
        "finalize, s",
        "its memory, MB",
    ])];
    times.extend(rows.iter().map(time_line));
    let mut costs = vec![cells(&[
        "an image of so many",
        "MongoDB commands",
        "SQS sends",
        "S3 calls",
        "document, bytes",
        "our CPU, ms",
        "database's CPU, ms",
        "emulator's CPU, ms",
    ])];
    costs.extend(rows.iter().map(cost_line));
    let note = "What an image takes is by validation, intake, compress and finalize together; with * without compress: \
                the images' documents were laid directly, and intake had a minute. A page has ten images; its CPU, \
                as a request's, is the database's.\n";
    format!("{}\n{}\n{note}", aligned(&times), aligned(&costs))
}

fn name(row: &Figures) -> String {
    format!("{}{}", row.images, if row.laid { " *" } else { "" })
}

fn time_line(row: &Figures) -> Vec<String> {
    let look = |look: Look| format!("{:.1} / {:.1} ({:.2})", look.p50, look.p99, look.database);
    vec![
        name(row),
        format!("{:.1}", row.validate.seconds),
        format!("{:.0}", row.intake.images / row.intake.seconds),
        format!("{:.2}", row.intake.cpu / row.intake.images),
        format!("{:.0}", row.intake.peak.max(row.validate.peak) / MEGABYTE),
        look(row.status),
        look(row.page),
        format!("{:.1}", row.finalize.seconds),
        format!("{:.0}", row.finalize.peak / MEGABYTE),
    ]
}

fn cost_line(row: &Figures) -> Vec<String> {
    vec![
        name(row),
        format!("{:.3}", row.of_an_image(|stage| stage.mongodb)),
        format!("{:.3}", row.of_an_image(|stage| stage.sqs)),
        format!("{:.3}", row.of_an_image(|stage| stage.s3)),
        format!("{:.0}", row.document),
        format!("{:.2}", row.of_an_image(|stage| stage.cpu)),
        format!("{:.2}", row.of_an_image(|stage| stage.database)),
        format!("{:.2}", row.of_an_image(|stage| stage.emulator)),
    ]
}

/// What the servers do by themselves, as the worker says it; `None` where something is missing.
pub fn limits(said: &Value) -> Option<String> {
    let mut table = vec![cells(&[
        "of the servers alone",
        "a second",
        "their CPU, ms each",
    ])];
    for row in said["limits"].as_array()? {
        let number = |name: &str| row[name].as_f64();
        let times = number("times")?;
        table.push(vec![
            row["what"].as_str()?.to_owned(),
            format!("{:.0}", times / number("seconds")?),
            format!("{:.2}", number("cpuMs")? / times),
        ]);
    }
    Some(aligned(&table))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    pub fn said(images: u64) -> Value {
        let stage = json!({
            "images": images, "seconds": 2.0, "cpuMs": 30, "mongodbCpuMs": 20, "awsCpuMs": 10,
            "peakBytes": 52_428_800, "calls": {
                "insert": images, "SQS SendMessageBatch": images, "SQS ReceiveMessage": 7,
                "S3 GET": images, "S3 PUT": images,
            },
        });
        let look = json!({"p50": 1.0, "p99": 4.0, "mongodbCpuMs": 0.5});
        json!({
            "images": images, "laid": null, "validate": stage, "intake": stage, "compress": stage, "finalize": stage,
            "looks": {"status": look, "page": look}, "documentBytes": 770.4,
        })
    }

    #[test]
    fn costs_are_those_of_one_image() {
        let figures = Figures::of(&said(10)).unwrap();
        let table = table(&[figures]);
        let line = |number| -> Vec<&str> {
            let line: &str = table.lines().nth(number).unwrap();
            line.trim_matches('|').split('|').map(str::trim).collect()
        };
        let times = [
            "10",
            "2.0",
            "5",
            "3.00",
            "50",
            "1.0 / 4.0 (0.50)",
            "1.0 / 4.0 (0.50)",
            "2.0",
            "50",
        ];
        assert_eq!(line(2), times);
        let costs = [
            "10", "4.000", "4.000", "8.000", "770", "12.00", "8.00", "4.00",
        ];
        assert_eq!(line(6), costs);
    }

    #[test]
    fn limits_are_rates_and_times() {
        let one = json!({"what": "reads", "times": 500, "seconds": 2.0, "cpuMs": 100});
        let table = limits(&json!({"limits": [one]})).unwrap();
        assert!(
            table.ends_with("| reads                |      250 |               0.20 |\n"),
            "{table}"
        );
        assert_eq!(limits(&json!({"limits": [{}]})), None);
    }

    #[test]
    fn figures_that_are_not_whole_are_none() {
        let mut said = said(10);
        said["finalize"] = Value::Null;
        assert_eq!(Figures::of(&said), None);
    }
}
