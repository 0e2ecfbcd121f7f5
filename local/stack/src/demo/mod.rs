//! The demo: the sample CSV through the whole pipeline, with its numbers.

mod report;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use halftone_local::api::Api;
use halftone_local::console::{Console, Step};
use halftone_local::emulator::agent;
use halftone_local::failure::Failure;
use halftone_local::layout::{Kind, Layout};
use halftone_local::progress::Position;
use halftone_local::sample;
use halftone_local::session::{self, Session, Settings};
use halftone_origin::{Answer, Origin};

/// Where the webhook is received.
const HOOK: &str = "/webhook";
/// How long the sample may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long the webhook may take after the request has ended.
const WEBHOOK: Duration = Duration::from_secs(30);

/// Sets up, shows the pipeline at work, and serves.
pub fn run(console: &Console, layout: &Layout) -> Result<(), Failure> {
    let settings = Settings::for_this_machine();
    let mut session = session::start(console, layout, Kind::Normal, &settings)?;
    let events = layout.root.join("events");
    let origin = sample::serve(&events)?;
    origin.on(HOOK, |_| Answer::status(204));
    let directory = session.layout().demo();
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).map_err(Failure::because("cannot make the demo's folder"))?;
    let sample = directory.join("sample.csv");
    fs::write(&sample, sample::csv(&events, &origin.url(""))?)
        .map_err(Failure::because("cannot write the sample"))?;
    let mut demo = Demo {
        console,
        api: Api::of(&session.stack),
        session: &mut session,
        origin: &origin,
    };
    let request = demo.upload(&sample)?;
    let ended = demo.wait(&request)?;
    let images = demo.images(&request)?;
    demo.download(&images, &directory)?;
    let webhook = demo.webhook(&request)?;
    report::print(&ended, &images, &directory, webhook.as_ref());
    report::curl(&session.stack, &request, &images, &sample);
    session.serve()
}

struct Demo<'a, 'b> {
    console: &'a Console,
    api: Api,
    session: &'a mut Session<'b>,
    origin: &'a Origin,
}

impl Demo<'_, '_> {
    fn upload(&mut self, sample: &Path) -> Result<String, Failure> {
        self.console.step("Upload the sample CSV", |step| {
            let csv = fs::read_to_string(sample).map_err(Failure::because("cannot read it"))?;
            let request = self.api.upload(&csv, Some(&self.origin.url(HOOK)))?;
            step.note(&request);
            Ok(request)
        })
    }

    /// Waits for the end of the request; gives its last status.
    fn wait(&mut self, request: &str) -> Result<Value, Failure> {
        let console = self.console;
        console.step("Compress the images", |step| {
            let deadline = Instant::now() + PATIENCE;
            loop {
                let status = self.api.status(request)?;
                step.at(position(&status));
                if status["status"] != "Pending" {
                    step.note(status["status"].as_str().unwrap_or_default());
                    return Ok(status);
                }
                if Instant::now() > deadline {
                    let advice = "`cargo local logs` in another terminal shows what happens";
                    return Err(Failure::new("the request does not end").advise(advice));
                }
                self.session.watch()?;
            }
        })
    }

    /// All images, page by page.
    fn images(&self, request: &str) -> Result<Vec<Value>, Failure> {
        let mut images = Vec::new();
        let mut path = format!("/api/v1/images/status/{request}");
        loop {
            let page = self.api.get(&path)?;
            images.extend(
                page["data"]["images"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default(),
            );
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("/api/v1/images/status/{request}?cursor={cursor}"),
                None => return Ok(images),
            }
        }
    }

    fn download(&self, images: &[Value], directory: &Path) -> Result<(), Failure> {
        self.console.step("Download the outputs", |step| {
            let urls: Vec<&str> = images
                .iter()
                .filter_map(|image| image["outputUrl"].as_str())
                .collect();
            for (index, url) in urls.iter().enumerate() {
                let name = url.rsplit('/').next().unwrap_or_default();
                at(step, index, urls.len(), name);
                let mut answer = agent()
                    .get(*url)
                    .call()
                    .map_err(Failure::because("no output"))?;
                let bytes = answer.body_mut().with_config().limit(1 << 30).read_to_vec();
                let bytes = bytes.map_err(Failure::because("no output"))?;
                if !answer.status().is_success() {
                    return Err(Failure::new(format!("{url} answers {}", answer.status())));
                }
                fs::write(directory.join(name), bytes).map_err(Failure::because("cannot write"))?;
            }
            step.note(format!("{} files", urls.len()));
            Ok(())
        })
    }

    /// The webhook of this request, if it comes in time.
    fn webhook(&mut self, request: &str) -> Result<Option<Value>, Failure> {
        let console = self.console;
        console.step("Wait for the webhook", |step| {
            let deadline = Instant::now() + WEBHOOK;
            while Instant::now() < deadline {
                if let Some(webhook) = received(self.origin, request) {
                    return Ok(Some(webhook));
                }
                step.tick();
                self.session.watch()?;
            }
            step.note("none came");
            Ok(None)
        })
    }
}

/// The webhook of a request, once it came.
fn received(origin: &Origin, request: &str) -> Option<Value> {
    let posted = origin.requests(HOOK).into_iter();
    let mut bodies = posted.filter_map(|posted| serde_json::from_slice(&posted.body).ok());
    bodies.find(|body: &Value| body["requestId"] == request)
}

fn position(status: &Value) -> Position {
    let count = |name: &str| {
        let count = status["progress"][name].as_u64().unwrap_or_default();
        usize::try_from(count).unwrap_or(usize::MAX)
    };
    let done = count("succeeded") + count("failed");
    Position {
        done,
        total: count("total"),
        label: "images".to_owned(),
    }
}

fn at(step: &mut Step, done: usize, total: usize, label: &str) {
    step.at(Position {
        done,
        total,
        label: label.to_owned(),
    });
}
