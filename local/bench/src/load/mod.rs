//! `cargo local bench load`: the local stack at its full rate for a long time. What grows with time shows: memory,
//! open files and connections of the functions' processes, and how long a request takes.
//!
//! The functions are as the local stack has them, not optimised: what counts is not how fast they are.

mod instances;
mod plot;
mod table;

use std::time::{Duration, Instant};

use serde_json::Value;

use halftone_local::api::{Api, Upload};
use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::layout::{Kind, Layout};
use halftone_local::progress::Position;
use halftone_local::session::{self, Session, Settings};
use halftone_origin::Origin;

use crate::{machine, origin, results};
use instances::Instances;

/// Requests that are pending at any time: so many that there is always something to do.
const PENDING: usize = 3;
/// How often each has the sample.
const COPIES: usize = 40;
/// How often the processes are looked at.
const EVERY: Duration = Duration::from_secs(10);
/// How often the requests are.
const POLL: Duration = Duration::from_secs(1);

/// What was seen at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    /// Seconds from the start.
    at: f64,
    /// The functions' processes.
    instances: Instances,
}

/// A request that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ended {
    /// Seconds from the start to its end.
    at: f64,
    /// Seconds from its upload to its end.
    took: f64,
    images: u64,
}

/// All that was seen.
#[derive(Debug, Default)]
struct Seen {
    samples: Vec<Sample>,
    ended: Vec<Ended>,
}

/// Works for so many minutes, prints and writes.
pub fn run(console: &Console, layout: &Layout, minutes: u64) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    let settings = Settings::for_this_machine();
    let session = session::start(console, layout, Kind::Normal, &settings)?;
    let events = layout.root.join("events");
    let origin = origin::start(&events)?;
    let load = Load {
        console,
        session: &session,
        api: Api::of(&session.stack),
        csv: origin::csv(&events, &origin, Duration::ZERO, COPIES)?,
        _origin: origin,
        length: Duration::from_secs(minutes * 60),
    };
    let seen = console.step(&format!("{minutes} minutes of work"), |step| {
        load.seen(step)
    })?;
    let text = format!("{}\n{}\n", table::markdown(&seen), machine::processor());
    println!("\n{text}");
    let results = [("load.md", text), ("load.svg", plot::svg(&seen))];
    results::write(&files, &results)
}

struct Load<'a> {
    console: &'a Console,
    session: &'a Session<'a>,
    api: Api,
    csv: String,
    _origin: Origin,
    length: Duration,
}

impl Load<'_> {
    fn seen(&self, step: &mut Step) -> Result<Seen, Failure> {
        let (start, mut seen) = (Instant::now(), Seen::default());
        let (mut pending, mut next) = (Vec::new(), Duration::ZERO);
        while start.elapsed() < self.length {
            self.keep_busy(start, &mut pending, &mut seen.ended)?;
            if start.elapsed() >= next {
                next = start.elapsed() + EVERY;
                seen.samples.push(Sample {
                    at: start.elapsed().as_secs_f64(),
                    instances: Instances::below(&self.session.layout().data())?,
                });
            }
            let seconds =
                |length: Duration| usize::try_from(length.as_secs()).unwrap_or(usize::MAX);
            step.at(Position {
                done: seconds(start.elapsed()),
                total: seconds(self.length),
                label: format!("{} requests have ended", seen.ended.len()),
            });
            self.console.pause(POLL)?;
        }
        Ok(seen)
    }

    /// Notes which requests have ended, and has others follow them.
    fn keep_busy(
        &self,
        start: Instant,
        pending: &mut Vec<(String, Instant)>,
        ended: &mut Vec<Ended>,
    ) -> Result<(), Failure> {
        for (request, since) in std::mem::take(pending) {
            match unless_away(self.images_at_end(&request))?.flatten() {
                None => pending.push((request, since)),
                Some(images) => ended.push(Ended {
                    at: start.elapsed().as_secs_f64(),
                    took: since.elapsed().as_secs_f64(),
                    images,
                }),
            }
        }
        while pending.len() < PENDING {
            let Some(request) = unless_away(self.upload())? else {
                break;
            };
            pending.push((request, Instant::now()));
        }
        Ok(())
    }

    /// Everything anew each time: what has not changed would not be compressed.
    fn upload(&self) -> Result<String, Failure> {
        let taken = self.api.send(&Upload {
            name: "load.csv",
            file: self.csv.as_bytes(),
            fields: &[("fresh", "true")],
        })?;
        Ok(taken.request)
    }

    /// How many images have succeeded of a request that has ended; fails if not all.
    fn images_at_end(&self, request: &str) -> Result<Option<u64>, Failure> {
        let status = self.api.status(request)?;
        if status["status"] == "Pending" {
            return Ok(None);
        }
        let count = |of: &str| status["progress"][of].as_u64();
        match (count("succeeded"), count("total")) {
            (Some(images), Some(total)) if images == total => Ok(Some(images)),
            _ => Err(not_whole(&status)),
        }
    }
}

/// Nothing, where a call is to be made again in a moment.
fn unless_away<T>(outcome: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match outcome {
        Err(failure) if failure.is_away() => Ok(None),
        outcome => outcome.map(Some),
    }
}

fn not_whole(status: &Value) -> Failure {
    Failure::new(format!(
        "a request did not end well: {}",
        status["progress"]
    ))
}
