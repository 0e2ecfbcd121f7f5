//! A CSV that was sent to a stack: waited for, and its outputs fetched.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use halftone_local::api::{Api, Taken, Upload, patiently, refused};
use halftone_local::console::{Console, Step};
use halftone_local::emulator::agent;
use halftone_local::failure::Failure;
use halftone_local::progress::Position;
use halftone_local::session::Session;
use halftone_local::stack::Stack;

use crate::sizes::bytes;

/// How often the status is asked for, where nothing else is to be looked after.
const INTERVAL: Duration = Duration::from_millis(200);
/// How long the stack may answer that a service of its own is away: images go on when it is back.
const AWAY_FOR: Duration = Duration::from_secs(10 * 60);
/// The most that is read of a file: an output is never larger than its source.
const MOST_BYTES: u64 = 1 << 30;

/// Where a CSV is sent to.
#[derive(Debug)]
pub enum Host<'a> {
    /// A stack of this process, which looks after it.
    Own(Box<Session<'a>>),
    /// One that another process keeps up.
    Other(Stack),
}

impl Host<'_> {
    /// Its description.
    pub fn stack(&self) -> &Stack {
        match self {
            Self::Own(session) => &session.stack,
            Self::Other(stack) => stack,
        }
    }

    /// Lets a moment pass.
    pub fn watch(&mut self, console: &Console) -> Result<(), Failure> {
        match self {
            Self::Own(session) => session.watch(),
            Self::Other(_) => console.pause(INTERVAL),
        }
    }
}

/// A request on its way.
#[derive(Debug)]
pub struct Sent<'a> {
    console: &'a Console,
    api: Api,
    /// Its id.
    pub request: String,
}

impl<'a> Sent<'a> {
    /// Sends a CSV.
    pub fn upload(
        console: &'a Console,
        title: &str,
        host: &Host<'_>,
        upload: &Upload<'_>,
    ) -> Result<Self, Failure> {
        console.step(title, |step| {
            let api = Api::of(host.stack());
            let Taken {
                request,
                understood,
            } = api.send(upload)?;
            let understood = understood.unwrap_or_default();
            for remark in remarks(&understood) {
                step.say(&remark);
            }
            step.note(match understood.is_object() {
                true => format!(
                    "{} rows, {} images: request {request}",
                    understood["rows"], understood["images"]
                ),
                false => format!(
                    "{}, more than a call takes: put by itself, request {request}",
                    bytes(upload.file.len() as u64)
                ),
            });
            Ok(Self {
                console,
                api,
                request,
            })
        })
    }

    /// Waits for the end, at most so long; gives the last status. A file that was put by itself may be
    /// refused only now.
    pub fn wait(&self, host: &mut Host<'_>, patience: Option<Duration>) -> Result<Value, Failure> {
        self.console.step("Compress the images", |step| {
            let (started, mut heard) = (Instant::now(), Instant::now());
            loop {
                let status = match self.api.status(&self.request) {
                    Err(failure) if failure.is_away() && heard.elapsed() < AWAY_FOR => {
                        host.watch(self.console)?;
                        continue;
                    }
                    status => status?,
                };
                heard = Instant::now();
                step.at(position(&status, started.elapsed()));
                if status["status"] != "Pending" {
                    let error = &status["data"]["error"];
                    if let Some(message) = error["message"].as_str() {
                        return Err(refused(message, error));
                    }
                    step.note(status["status"].as_str().unwrap_or_default());
                    return Ok(status);
                }
                if patience.is_some_and(|patience| started.elapsed() > patience) {
                    let advice = "`cargo local logs` in another terminal shows what happens";
                    return Err(Failure::new("the request does not end").advise(advice));
                }
                host.watch(self.console)?;
            }
        })
    }

    /// All images, page by page.
    pub fn images(&self) -> Result<Vec<Value>, Failure> {
        let mut images = Vec::new();
        let status = format!("/api/v1/images/status/{}?limit=1000", self.request);
        let mut path = status.clone();
        loop {
            let page = self.api.get(&path)?;
            let more = page["data"]["images"].as_array();
            images.extend(more.cloned().unwrap_or_default());
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("{status}&cursor={cursor}"),
                None => return Ok(images),
            }
        }
    }

    /// Writes the outputs into a folder, each under the name that `name` gives it; how many there are.
    pub fn download(
        &self,
        images: &[Value],
        directory: &Path,
        name: fn(&Value) -> String,
    ) -> Result<usize, Failure> {
        self.console.step("Download the outputs", |step| {
            fs::create_dir_all(directory).map_err(Failure::because("cannot make the folder"))?;
            let outputs = images.iter().filter(|image| image["outputUrl"].is_string());
            let outputs: Vec<_> = outputs.collect();
            for (index, image) in outputs.iter().enumerate() {
                let name = name(image);
                at(step, index, outputs.len(), &name);
                self.console.check()?;
                let url = image["outputUrl"].as_str().unwrap_or_default();
                let bytes = patiently(|| fetch(url))?;
                write(&directory.join(name), &bytes)?;
            }
            step.note(format!("{} files", outputs.len()));
            Ok(outputs.len())
        })
    }

    /// Writes the results in this form, `csv` or `source`, to a file.
    pub fn results(&self, form: &str, path: &Path) -> Result<(), Failure> {
        let results = format!("/api/v1/images/results/{}?as={form}", self.request);
        let answer = self.api.get(&results)?;
        let url = answer["url"].as_str().unwrap_or_default();
        write(path, &patiently(|| fetch(url))?)
    }
}

/// What its owner should know of how a CSV was read.
fn remarks(understood: &Value) -> Vec<String> {
    let notes = understood["notes"].as_array().into_iter().flatten();
    let notes = notes.filter_map(Value::as_str).map(str::to_owned);
    let skipped = understood["skipped"].as_u64().filter(|rows| *rows > 0);
    let skipped =
        skipped.map(|rows| format!("rows skipped: {rows}; the results say which and why"));
    notes.chain(skipped).collect()
}

fn fetch(url: &str) -> Result<Vec<u8>, Failure> {
    let answer = agent().get(url).call();
    let mut answer = answer.map_err(Failure::because(format!("cannot fetch {url}")))?;
    let bytes = answer.body_mut().with_config().limit(MOST_BYTES);
    let bytes = bytes.read_to_vec();
    let bytes = bytes.map_err(Failure::because(format!("cannot fetch {url}")))?;
    let what = || format!("{url} answers {}", answer.status());
    match answer.status().as_u16() {
        200 => Ok(bytes),
        429 | 503 => Err(Failure::away(what())),
        _ => Err(Failure::new(what())),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let what = format!("cannot write {}", path.display());
    fs::write(path, bytes).map_err(Failure::because(what))
}

fn position(status: &Value, elapsed: Duration) -> Position {
    let count = |name: &str| {
        let count = status["progress"][name].as_u64().unwrap_or_default();
        usize::try_from(count).unwrap_or(usize::MAX)
    };
    let (done, total) = (count("succeeded") + count("failed"), count("total"));
    Position {
        done,
        total,
        label: pace(done, total, elapsed),
    }
}

/// How fast it goes, and how long it takes if it goes on so.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn pace(done: usize, total: usize, elapsed: Duration) -> String {
    let rate = done as f64 / elapsed.as_secs_f64();
    if done == 0 || !rate.is_finite() {
        return "images".to_owned();
    }
    let left = total.saturating_sub(done) as f64 / rate;
    format!("images, {rate:.1} a second, {left:.0} s left")
}

fn at(step: &mut Step, done: usize, total: usize, label: &str) {
    step.at(Position {
        done,
        total,
        label: label.to_owned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_guessed_or_left_out_is_said() {
        let understood = serde_json::json!({"notes": ["a guess"], "skipped": 2});
        let skipped = "rows skipped: 2; the results say which and why";
        assert_eq!(remarks(&understood), ["a guess", skipped]);
        let whole = serde_json::json!({"notes": [], "skipped": 0});
        assert!(remarks(&whole).is_empty());
    }

    #[test]
    fn how_fast_and_how_long() {
        let five = Duration::from_secs(5);
        assert_eq!(pace(0, 10, five), "images");
        assert_eq!(pace(1, 10, Duration::ZERO), "images");
        assert_eq!(pace(10, 30, five), "images, 2.0 a second, 10 s left");
    }
}
