//! The demo: the sample CSV through the whole pipeline, with its numbers.

mod report;

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sent::{Host, Sent};
use halftone_local::api::Upload;
use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Kind, Layout};
use halftone_local::sample;
use halftone_local::session::{self, Settings};
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
    let session = session::start(console, layout, Kind::Normal, &settings)?;
    let events = layout.root.join("events");
    let origin = sample::serve(&events)?;
    origin.on(HOOK, |_| Answer::status(204));
    let directory = session.layout().demo();
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).map_err(Failure::because("cannot make the demo's folder"))?;
    let sample = directory.join("sample.csv");
    let csv = sample::csv(&events, &origin.url(""))?;
    fs::write(&sample, &csv).map_err(Failure::because("cannot write the sample"))?;
    let mut host = Host::Own(Box::new(session));
    let upload = Upload {
        name: "sample.csv",
        file: csv.as_bytes(),
        fields: &[("webhookUrl", &origin.url(HOOK))],
    };
    let sent = Sent::upload(console, "Upload the sample CSV", &host, &upload)?;
    let ended = sent.wait(&mut host, Some(PATIENCE))?;
    let images = sent.images()?;
    sent.download(&images, &directory, file_name)?;
    let webhook = webhook(console, &mut host, &origin, &sent.request)?;
    report::print(&ended, &images, &directory, webhook.as_ref());
    report::curl(host.stack(), &sent.request, &images, &sample);
    match host {
        Host::Own(session) => session.serve(),
        Host::Other(_) => Ok(()),
    }
}

/// The name that an output has in its URL: the sample's are all different.
fn file_name(image: &Value) -> String {
    let url = image["outputUrl"].as_str().unwrap_or_default();
    url.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The webhook of this request, if it comes in time.
fn webhook(
    console: &Console,
    host: &mut Host<'_>,
    origin: &Origin,
    request: &str,
) -> Result<Option<Value>, Failure> {
    console.step("Wait for the webhook", |step| {
        let deadline = Instant::now() + WEBHOOK;
        while Instant::now() < deadline {
            if let Some(webhook) = received(origin, request) {
                return Ok(Some(webhook));
            }
            step.tick();
            host.watch(console)?;
        }
        step.note("none came");
        Ok(None)
    })
}

/// The webhook of a request, once it came.
fn received(origin: &Origin, request: &str) -> Option<Value> {
    let posted = origin.requests(HOOK).into_iter();
    let mut bodies = posted.filter_map(|posted| serde_json::from_slice(&posted.body).ok());
    bodies.find(|body: &Value| body["requestId"] == request)
}
