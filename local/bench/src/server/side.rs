//! One of the two sides, and a request that it is given.

use std::time::{Duration, Instant};

use halftone_local::api::{Api, Upload};
use halftone_local::console::Console;
use halftone_local::failure::Failure;

use super::halftone::Halftone;
use super::node::Server;
use super::origin::{Day, Photographs};
use super::outcome::{Outcome, Progress, Usage};

/// How often the status is asked for.
const POLL: Duration = Duration::from_millis(250);
/// After so long without anything new an image counts as one that never ends: longer than the queue of a stack that is
/// started for this keeps from others what a killed instance had taken, and than any wait between two tries.
const PATIENCE: Duration = Duration::from_secs(260);
/// How long the webhook may take after the end.
const WEBHOOK: Duration = Duration::from_secs(30);

/// Who works.
pub enum Side<'a> {
    /// The function.
    Halftone(Halftone<'a>),
    /// The Node.js server.
    Node(Server<'a>),
}

impl Side<'_> {
    fn api(&self) -> &Api {
        match self {
            Self::Halftone(halftone) => &halftone.api,
            Self::Node(server) => &server.api,
        }
    }

    fn usage(&self) -> Result<Usage, Failure> {
        match self {
            Self::Halftone(halftone) => halftone.usage(),
            Self::Node(server) => server.usage(),
        }
    }

    /// Does what it does not do by itself; kills it when that is `due`, and starts it again. Whether it was killed.
    fn advance(self, due: &dyn Fn() -> bool) -> Result<(Self, bool), Failure> {
        match self {
            Self::Halftone(mut halftone) => {
                let killed = halftone.advance(due)?;
                Ok((Self::Halftone(halftone), killed))
            }
            Self::Node(server) if due() => Ok((Self::Node(server.restart()?), true)),
            Self::Node(_) => Ok((self, false)),
        }
    }

    /// Has it do a request to its end. On a bad day it is killed once half of the images were given to it.
    pub fn outcome(
        mut self,
        console: &Console,
        name: &'static str,
        photographs: &Photographs,
        day: Day,
    ) -> Result<Outcome, Failure> {
        let csv = photographs.csv()?;
        let before = self.usage()?.cpu;
        let started = Instant::now();
        let request = upload(self.api(), &csv, &photographs.webhook())?;
        let (mut killed, mut seen, mut heard) = (day == Day::Good, None, started);
        let half = photographs.images() / 2;
        let status = loop {
            let may_be_killed = !killed;
            let due = || may_be_killed && photographs.asked() >= half;
            let (side, now_killed) = self.advance(&due)?;
            (self, killed) = (side, killed || now_killed);
            let status = self.api().status(&request)?;
            let progress = (Progress::of(&status)?, photographs.asked());
            if seen.replace(progress) != Some(progress) {
                heard = Instant::now();
            }
            if progress.0.ended || heard.elapsed() > PATIENCE {
                break status;
            }
            console.pause(POLL)?;
        };
        let mut used = self.usage()?;
        used.cpu = used.cpu.checked_sub(before).unwrap_or(used.cpu);
        let progress = Progress::of(&status)?;
        Ok(Outcome {
            name,
            progress,
            bytes: status["data"]["savings"]["bytesOut"].as_u64(),
            webhooks: webhooks(console, photographs, progress.ended)?,
            wall: heard.duration_since(started),
            used,
        })
    }
}

fn upload(api: &Api, csv: &str, webhook: &str) -> Result<String, Failure> {
    let upload = Upload {
        name: "sample.csv",
        file: csv.as_bytes(),
        // Nothing is kept of what was made before.
        fields: &[("fresh", "true"), ("webhookUrl", webhook)],
    };
    Ok(api.send(&upload)?.request)
}

/// The webhooks that came; one is waited for when the request has ended.
fn webhooks(console: &Console, photographs: &Photographs, ended: bool) -> Result<usize, Failure> {
    let deadline = Instant::now() + WEBHOOK;
    while ended && photographs.webhooks() == 0 && Instant::now() < deadline {
        console.pause(POLL)?;
    }
    Ok(photographs.webhooks())
}
