//! What is measured of a request, and the table of it.

use serde_json::Value;

use crate::markdown::{aligned, cells};

/// A megabyte as memory is measured.
const MEGABYTE: f64 = 1_048_576.0;

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
    /// Milliseconds of the median and of the slowest hundredth: a request, and a page of ten images.
    pub status: (f64, f64),
    pub page: (f64, f64),
}

/// One job over so many images.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub images: f64,
    pub seconds: f64,
    /// The most memory of the worker, in bytes.
    pub peak: f64,
    /// Processor time of the worker and of the database, in milliseconds.
    pub cpu: f64,
    pub database: f64,
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
            Some((look["p50"].as_f64()?, look["p99"].as_f64()?))
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
            mongodb: count(|name| !name.starts_with("SQS ") && !name.starts_with("S3 ")),
            // Receiving and deleting are Lambda's.
            sqs: count(|name| name.starts_with("SQS Send")),
            s3: count(|name| name.starts_with("S3 ")),
        })
    }
}

/// A line for each request.
pub fn table(rows: &[Figures]) -> String {
    let mut table = vec![cells(&[
        "images",
        "validation, s",
        "intake, images/s",
        "their memory, MB",
        "request p50 / p99, ms",
        "page p50 / p99, ms",
        "finalize, s",
        "its memory, MB",
        "MongoDB commands",
        "SQS sends",
        "S3 calls",
        "our CPU, ms",
        "database's CPU, ms",
    ])];
    table.extend(rows.iter().map(line));
    let note = "Commands, calls and processor time are for one image, by validation, intake, compress and finalize together; \
                with * without compress: the images' documents were laid directly, and intake had a minute.\n";
    format!("{}\n{note}", aligned(&table))
}

fn line(row: &Figures) -> Vec<String> {
    let mark = if row.laid { " *" } else { "" };
    let pair = |(p50, p99): (f64, f64)| format!("{p50:.1} / {p99:.1}");
    vec![
        format!("{}{mark}", row.images),
        format!("{:.1}", row.validate.seconds),
        format!("{:.0}", row.intake.images / row.intake.seconds),
        format!("{:.0}", row.intake.peak.max(row.validate.peak) / MEGABYTE),
        pair(row.status),
        pair(row.page),
        format!("{:.1}", row.finalize.seconds),
        format!("{:.0}", row.finalize.peak / MEGABYTE),
        format!("{:.3}", row.of_an_image(|stage| stage.mongodb)),
        format!("{:.3}", row.of_an_image(|stage| stage.sqs)),
        format!("{:.3}", row.of_an_image(|stage| stage.s3)),
        format!("{:.1}", row.of_an_image(|stage| stage.cpu)),
        format!("{:.1}", row.of_an_image(|stage| stage.database)),
    ]
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    pub fn said(images: u64) -> Value {
        let stage = json!({
            "images": images, "seconds": 2.0, "cpuMs": 30, "mongodbCpuMs": 20,
            "peakBytes": 52_428_800, "calls": {
                "insert": images, "SQS SendMessageBatch": images, "SQS ReceiveMessage": 7,
                "S3 GET": images, "S3 PUT": images,
            },
        });
        let look = json!({"p50": 1.0, "p99": 4.0});
        json!({
            "images": images, "laid": null, "validate": stage, "intake": stage, "compress": stage, "finalize": stage,
            "looks": {"status": look, "page": look},
        })
    }

    #[test]
    fn costs_are_those_of_one_image() {
        let figures = Figures::of(&said(10)).unwrap();
        let table = table(&[figures]);
        let row = table.lines().nth(2).unwrap();
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let expected = [
            "10",
            "2.0",
            "5",
            "50",
            "1.0 / 4.0",
            "1.0 / 4.0",
            "2.0",
            "50",
            "4.000",
            "4.000",
            "8.000",
            "12.0",
            "8.0",
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn figures_that_are_not_whole_are_none() {
        let mut said = said(10);
        said["finalize"] = Value::Null;
        assert_eq!(Figures::of(&said), None);
    }
}
