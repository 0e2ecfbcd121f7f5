//! The steps, in the order in which a caller would take them.

use std::time::{Duration, Instant};

use serde_json::Value;

use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::progress::Position;

use super::client::Client;
use super::output;

/// How long the CSV may take: images of an origin that is down are tried for four minutes.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often its status is asked for.
const INTERVAL: Duration = Duration::from_secs(1);
/// An id that no request has.
const NOBODY: &str = "/api/v1/images/status/00000000-0000-4000-8000-000000000000";

/// All steps, with what they are done with.
pub struct Check<'a> {
    console: &'a Console,
    client: &'a Client,
    failed: usize,
}

impl<'a> Check<'a> {
    /// Nothing is done yet.
    pub fn new(console: &'a Console, client: &'a Client) -> Self {
        Self {
            console,
            client,
            failed: 0,
        }
    }

    /// Takes all of them and counts those that failed. Those that need what a failed one should have
    /// given are left out, which is said.
    pub fn all(mut self, csv: &str) -> Result<usize, Failure> {
        let client = self.client;
        self.step("403 without a key", |_| without_key(client))?;
        self.step("404 of an unknown request", |_| unknown(client))?;
        let request = self.step("Upload the CSV", |step| upload(client, csv, step))?;
        let Some((request, rows)) = request else {
            return Ok(self.leave_out("its status, results and outputs"));
        };
        let console = self.console;
        self.step("Wait for its end", |step| {
            wait(client, console, &request, step)
        })?;
        self.step("Read the results CSV", |step| {
            results(client, &request, rows, step)
        })?;
        let images = self.step("Find its outputs", |step| outputs(client, &request, step))?;
        let Some(image) = images else {
            return Ok(self.leave_out("fetching an output"));
        };
        self.step("Fetch and decode an output", |step| {
            fetch(client, &image, step)
        })?;
        self.step("HEAD of an output", |_| head(client, &image))?;
        Ok(self.failed)
    }

    /// Takes one. If it fails, says why and goes on, unless it was interrupted.
    fn step<T>(
        &mut self,
        title: &str,
        work: impl FnOnce(&mut Step) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        match self.console.step(title, work) {
            Ok(value) => Ok(Some(value)),
            Err(failure) if failure.is_final() => Err(failure),
            Err(failure) => {
                self.failed += 1;
                println!("{failure}\n");
                Ok(None)
            }
        }
    }

    fn leave_out(&self, what: &str) -> usize {
        println!("  - left out: {what}");
        self.failed
    }
}

fn without_key(client: &Client) -> Result<(), Failure> {
    is_problem(client.get_without_key(NOBODY)?, 403, "invalid_api_key")
}

fn unknown(client: &Client) -> Result<(), Failure> {
    is_problem(client.get(NOBODY)?, 404, "not_found")
}

/// Whether an answer is this problem, in the form that all have.
fn is_problem(answer: super::client::Answer, status: u16, code: &str) -> Result<(), Failure> {
    let is_form = answer.media_type.starts_with("application/problem+json");
    if answer.status == status && is_form && answer.json()["code"] == code {
        return Ok(());
    }
    let what = format!("expected {status} {code} as application/problem+json: it");
    Err(answer.unexpected(&what))
}

/// The request's id, and how many rows were understood.
fn upload(client: &Client, csv: &str, step: &mut Step) -> Result<(String, u64), Failure> {
    let answer = client.upload(csv)?;
    let said = answer.json();
    let Some(request) = said["requestId"].as_str() else {
        return Err(answer.unexpected("upload"));
    };
    let understood = &said["understood"];
    let rows = understood["rows"].as_u64().unwrap_or_default();
    step.note(format!(
        "{} rows, {} images",
        understood["rows"], understood["images"]
    ));
    Ok((request.to_owned(), rows))
}

fn wait(client: &Client, console: &Console, request: &str, step: &mut Step) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = client.get(&format!("/api/v1/images/status/{request}?limit=1"))?;
        let status = answer.json();
        let count = |name: &str| status["progress"][name].as_u64().unwrap_or_default();
        match status["status"].as_str() {
            Some("Pending") => {}
            Some("Completed") => {
                step.note(format!(
                    "{} succeeded, {} failed",
                    count("succeeded"),
                    count("failed")
                ));
                return Ok(());
            }
            Some(_) => return Err(Failure::new(format!("no image succeeded: {status}"))),
            None => return Err(answer.unexpected("status")),
        }
        if Instant::now() > deadline {
            let waited = PATIENCE.as_secs() / 60;
            return Err(
                Failure::new(format!("it is pending after {waited} minutes: {status}"))
                    .advise("see the log of compress: MongoDB may be out of its reach"),
            );
        }
        let whole = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        step.at(Position {
            done: whole(count("succeeded") + count("failed")),
            total: whole(count("total")),
            label: "images".to_owned(),
        });
        console.pause(INTERVAL)?;
    }
}

fn results(client: &Client, request: &str, rows: u64, step: &mut Step) -> Result<(), Failure> {
    let answer = client.get(&format!("/api/v1/images/results/{request}"))?;
    let said = answer.json();
    let Some(url) = said["url"].as_str() else {
        return Err(answer.unexpected("results"));
    };
    let file = client.fetch(url)?;
    if file.status != 200 {
        return Err(file.unexpected("the results CSV"));
    }
    let mut reader = csv::Reader::from_reader(&file.body[..]);
    let headers = reader.headers().map_err(Failure::because("it is no CSV"))?;
    if !headers.iter().any(|name| name == "Output Image Urls") {
        return Err(file.unexpected("it has no column `Output Image Urls`: it"));
    }
    let found = reader.records().filter_map(Result::ok).count();
    step.note(format!("{found} rows"));
    if found as u64 == rows {
        return Ok(());
    }
    Err(Failure::new(format!(
        "it has {found} rows, and the upload understood {rows}"
    )))
}

/// An image that succeeded; fails, with their errors, if one did not.
fn outputs(client: &Client, request: &str, step: &mut Step) -> Result<Value, Failure> {
    let answer = client.get(&format!("/api/v1/images/status/{request}?limit=100"))?;
    let status = answer.json();
    let Some(images) = status["data"]["images"].as_array() else {
        return Err(answer.unexpected("status"));
    };
    for image in images.iter().filter(|image| !image["error"].is_null()) {
        step.say(&format!(
            "{}: {}",
            image["inputUrl"], image["error"]["message"]
        ));
    }
    let mut succeeded = images.iter().filter(|image| image["outputUrl"].is_string());
    let image = succeeded.next().cloned();
    step.note(format!(
        "{} of {}",
        succeeded.count() + usize::from(image.is_some()),
        images.len()
    ));
    image.ok_or_else(|| {
        Failure::new("there is no output")
            .advise("the errors above say why: image URLs must be public")
    })
}

fn fetch(client: &Client, image: &Value, step: &mut Step) -> Result<(), Failure> {
    let answer = client.fetch(image["outputUrl"].as_str().unwrap_or_default())?;
    if answer.status != 200 {
        return Err(answer.unexpected("the output"));
    }
    step.note(output::described(&answer.body, image["bytesOut"].as_u64())?);
    Ok(())
}

fn head(client: &Client, image: &Value) -> Result<(), Failure> {
    let answer = client.head(image["outputUrl"].as_str().unwrap_or_default())?;
    if answer.status == 200 && answer.media_type.starts_with("image/") {
        return Ok(());
    }
    let what = format!(
        "expected 200 and an image's media type, not {}: HEAD",
        answer.media_type
    );
    Err(answer.unexpected(&what))
}
