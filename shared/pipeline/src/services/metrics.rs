//! Metrics, as CloudWatch reads them out of a function's log: the Embedded Metric Format, one line of
//! JSON each. No call is made and nothing is waited for.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;

use serde_json::{Map, Value, json};

use crate::request::Timestamp;

/// Where CloudWatch shows them.
pub const NAMESPACE: &str = "Halftone";
/// Most values of one metric in a line; those beyond are in further lines.
const MAX_VALUES: usize = 100;

/// Metrics that have their dimensions in common. Written by [`Metrics::write`], or not at all.
#[derive(Debug)]
#[must_use]
pub struct Metrics {
    dimensions: Vec<(&'static str, String)>,
    metrics: Vec<(&'static str, &'static str, Vec<u64>)>,
}

impl Metrics {
    /// Of a function as a whole.
    pub fn of_function() -> Self {
        Self::of_part(&[])
    }

    /// Of a part of what a function does, such as the images that failed for one reason.
    pub fn of_part(dimensions: &[(&'static str, &str)]) -> Self {
        let function = ("Function", function_name());
        let part = dimensions
            .iter()
            .map(|(name, it)| (*name, (*it).to_owned()));
        Self {
            dimensions: std::iter::once(function).chain(part).collect(),
            metrics: Vec::new(),
        }
    }

    /// How often something was.
    pub fn count(self, name: &'static str, count: u64) -> Self {
        self.with(name, "Count", vec![count])
    }

    /// Sizes in bytes.
    pub fn bytes(self, name: &'static str, sizes: impl IntoIterator<Item = u64>) -> Self {
        self.with(name, "Bytes", sizes.into_iter().collect())
    }

    /// Times in milliseconds.
    pub fn milliseconds(self, name: &'static str, times: impl IntoIterator<Item = u64>) -> Self {
        self.with(name, "Milliseconds", times.into_iter().collect())
    }

    fn with(mut self, name: &'static str, unit: &'static str, values: Vec<u64>) -> Self {
        if !values.is_empty() {
            self.metrics.push((name, unit, values));
        }
        self
    }

    /// Writes them to the log of a Lambda function; nobody reads them elsewhere.
    pub fn write(self) {
        if function_name().is_empty() {
            return;
        }
        let mut output = std::io::stdout().lock();
        for line in self.lines(Timestamp::now()) {
            // A log that cannot be written to is no reason to fail at what it would say.
            let _ = writeln!(output, "{line}");
        }
    }

    fn lines(&self, at: Timestamp) -> Vec<Value> {
        let longest = self.metrics.iter().map(|(_, _, values)| values.len()).max();
        let starts = (0..longest.unwrap_or(0)).step_by(MAX_VALUES);
        starts.map(|start| self.line(at, start)).collect()
    }

    fn line(&self, at: Timestamp, start: usize) -> Value {
        let names: Vec<_> = self.dimensions.iter().map(|(name, _)| *name).collect();
        let mut line: Map<String, Value> = self
            .dimensions
            .iter()
            .map(|(name, it)| ((*name).to_owned(), it.as_str().into()))
            .collect();
        let mut definitions = Vec::new();
        for (name, unit, values) in &self.metrics {
            let values: Vec<_> = values.iter().skip(start).take(MAX_VALUES).collect();
            if !values.is_empty() {
                definitions.push(json!({"Name": name, "Unit": unit}));
                line.insert((*name).to_owned(), json!(values));
            }
        }
        let directive =
            json!({"Namespace": NAMESPACE, "Dimensions": [names], "Metrics": definitions});
        let metadata = json!({"Timestamp": at.unix_millis(), "CloudWatchMetrics": [directive]});
        line.insert("_aws".to_owned(), metadata);
        Value::Object(line)
    }
}

/// The function's name, as Lambda says; empty outside of Lambda.
#[allow(
    clippy::disallowed_methods,
    reason = "it is Lambda's own, no setting of the template"
)]
fn function_name() -> String {
    std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_form_that_cloudwatch_reads() {
        let metrics = Metrics::of_part(&[("Code", "timeout")])
            .count("Images", 3)
            .bytes("BytesIn", [10, 20]);
        let lines = metrics.lines(Timestamp::from_unix_millis(1_700_000_000_000).unwrap());
        let expected = json!({
            "_aws": {
                "Timestamp": 1_700_000_000_000_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Halftone",
                    "Dimensions": [["Function", "Code"]],
                    "Metrics": [
                        {"Name": "Images", "Unit": "Count"},
                        {"Name": "BytesIn", "Unit": "Bytes"},
                    ],
                }],
            },
            "Function": function_name(),
            "Code": "timeout",
            "Images": [3],
            "BytesIn": [10, 20],
        });
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn many_values_take_several_lines_and_none_take_no_line() {
        let lines = Metrics::of_function()
            .milliseconds("FetchTime", 0..250)
            .count("Images", 250)
            .lines(Timestamp::now());
        let counted: Vec<_> = lines
            .iter()
            .map(|line| line["FetchTime"].as_array().unwrap().len())
            .collect();
        assert_eq!(counted, [100, 100, 50]);
        assert!(lines[1]["Images"].is_null());
        assert_eq!(
            lines[1]["_aws"]["CloudWatchMetrics"][0]["Metrics"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert!(
            Metrics::of_function()
                .bytes("BytesIn", [])
                .lines(Timestamp::now())
                .is_empty()
        );
    }
}
