//! The work that is measured: CSVs through the API and the queue of a running stack, whose own
//! compress function is paused.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use halftone_local::api::{Api, Upload};
use halftone_local::console::Console;
use halftone_local::emulator::Emulator;
use halftone_local::failure::Failure;
use halftone_local::stack::Stack;

/// Messages of a batch: the default of the template's `CompressBatchSize`.
pub const BATCH: usize = 200;
/// Messages that SQS hands over in one call.
const RECEIVED_AT_ONCE: usize = 10;
/// Messages that SQS takes back in one call.
const DELETED_AT_ONCE: usize = 10;
/// How long a request may take to end after its last image.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running stack that is given work.
pub struct Work<'a> {
    stack: &'a Stack,
    api: Api,
    emulator: Emulator,
    function: String,
}

impl<'a> Work<'a> {
    /// Takes the images from the stack's own function.
    pub fn new(stack: &'a Stack) -> Result<Self, Failure> {
        let work = Self {
            stack,
            api: Api::of(stack),
            emulator: Emulator::at(stack.text("awsEndpointUrl").to_owned()),
            function: stack.function("compress").to_owned(),
        };
        work.emulator.pause_consumer(&work.function)?;
        Ok(work)
    }

    /// The variables of the deployed function.
    pub fn environment(&self) -> Result<Vec<(String, String)>, Failure> {
        self.emulator.variables(&self.function)
    }

    /// Puts all images of a CSV on the queue; the id of their request.
    pub fn upload(&self, csv: &str) -> Result<String, Failure> {
        let upload = Upload {
            name: "sample.csv",
            file: csv.as_bytes(),
            // Each batch does the whole work.
            fields: &[("fresh", "true")],
        };
        Ok(self.api.send(&upload)?.request)
    }

    /// The next batch, as Lambda hands it over; nothing when the queue is empty.
    pub fn batch(&self) -> Result<Option<Value>, Failure> {
        let queue = self.stack.text("imagesQueueUrl");
        let mut records = Vec::new();
        while records.len() < BATCH {
            let most = RECEIVED_AT_ONCE.min(BATCH - records.len());
            let messages = self.emulator.receive(queue, most)?;
            if messages.is_empty() {
                break;
            }
            records.extend(messages.iter().map(record));
        }
        let is_any = !records.is_empty();
        Ok(is_any.then(|| json!({ "Records": records })))
    }

    /// Takes the messages of a batch off the queue that were worked on, as Lambda does. The others come back.
    pub fn settle(&self, batch: &Value, answer: &Value) -> Result<(), Failure> {
        let done = done(batch, answer);
        for handles in done.chunks(DELETED_AT_ONCE) {
            let queue = self.stack.text("imagesQueueUrl");
            self.emulator.delete(queue, handles)?;
        }
        Ok(())
    }

    /// How many images of a request have succeeded.
    pub fn succeeded(&self, request: &str) -> Result<usize, Failure> {
        let status = self.api.status(request)?;
        let succeeded = status["progress"]["succeeded"].as_u64();
        let succeeded = succeeded.and_then(|count| usize::try_from(count).ok());
        succeeded.ok_or_else(|| Failure::new(format!("no count of images: {status}")))
    }

    /// Waits for the end of a request, all of whose images must have succeeded.
    pub fn expect_success(&self, console: &Console, request: &str) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let status = self.api.status(request)?;
            let progress = &status["progress"];
            if status["status"] != "Pending" {
                let all = progress["succeeded"] == progress["total"];
                let why = || Failure::new(format!("not every image succeeded: {progress}"));
                return all.then_some(()).ok_or_else(why);
            }
            console.pause(Duration::from_millis(200))?;
        }
        Err(Failure::new("the request does not end"))
    }
}

fn record(message: &Value) -> Value {
    json!({
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": halftone_local::emulator::REGION,
    })
}

/// The receipts of what did not fail.
fn done<'a>(batch: &'a Value, answer: &Value) -> Vec<&'a str> {
    let failures = answer["batchItemFailures"].as_array();
    let failed = |id: &Value| {
        let mut failures = failures.into_iter().flatten();
        failures.any(|failure| failure["itemIdentifier"] == *id)
    };
    let records = batch["Records"].as_array().into_iter().flatten();
    records
        .filter(|record| !failed(&record["messageId"]))
        .filter_map(|record| record["receiptHandle"].as_str())
        .collect()
}

/// How many messages a batch has.
pub fn size(batch: &Value) -> usize {
    batch["Records"].as_array().map_or(0, Vec::len)
}

/// Fails when a batch would have to be tried again.
pub fn expect_no_failures(answer: &Value) -> Result<(), Failure> {
    match answer["batchItemFailures"].as_array() {
        Some(failures) if failures.is_empty() => Ok(()),
        _ => Err(Failure::new(format!("images of a batch failed: {answer}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_stays_on_the_queue() {
        let record = |id: &str| json!({"messageId": id, "receiptHandle": format!("receipt {id}")});
        let batch = json!({"Records": [record("a"), record("b"), record("c")]});
        let answer = json!({"batchItemFailures": [{"itemIdentifier": "b"}]});
        assert_eq!(done(&batch, &answer), ["receipt a", "receipt c"]);
    }
}
