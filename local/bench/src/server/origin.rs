//! The origin of the images: the sample photographs, served at once, or as shops' servers are on a bad day.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use halftone_local::failure::Failure;
use halftone_origin::{Answer, Origin, Request};

use crate::photographs;

/// How often the sample is in the CSV: 220 images.
const COPIES: usize = 20;
/// Images of the sample.
const SAMPLE: usize = 11;
/// How long an image is waited for that hangs.
const SILENCE: Duration = Duration::from_secs(30);
/// How often an image is refused with 503 before it is given.
const REFUSALS: usize = 2;
/// What hangs when it is first asked for, in every second copy of the sample.
const HANGS: &str = "cat.jpg";
/// What is refused at first, in every second copy.
const REFUSED: &str = "bird-lamp.jpg";

/// What a webhook is sent to.
const WEBHOOK: &str = "/webhook";

/// How the origin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Everything is there at once.
    Good,
    /// Some images hang at first, some are refused at first.
    Bad,
}

/// A running one, for one request.
pub struct Photographs {
    events: PathBuf,
    origin: Origin,
    given: Arc<AtomicUsize>,
}

impl Photographs {
    /// Serves `/COPY/photos/…` from the folder `events`.
    pub fn start(events: &Path, day: Day) -> Result<Self, Failure> {
        let origin = Origin::start().map_err(Failure::because("the photos are not served"))?;
        origin.on(WEBHOOK, |_| Answer::status(200));
        let given = Arc::new(AtomicUsize::new(0));
        let (folder, counter) = (events.to_owned(), Arc::clone(&given));
        origin.otherwise(move |request| {
            let answer = answer(&folder, request, day);
            if answer.is_some() {
                counter.fetch_add(1, Ordering::Relaxed);
            }
            answer.unwrap_or_else(|| Answer::status(404))
        });
        Ok(Self {
            events: events.to_owned(),
            origin,
            given,
        })
    }

    /// The CSV of all of them.
    pub fn csv(&self) -> Result<String, Failure> {
        photographs::csv(&self.events, &self.origin.url(""), COPIES)
    }

    /// How many images that is.
    pub fn images(&self) -> usize {
        COPIES * SAMPLE
    }

    /// Where its webhook goes.
    pub fn webhook(&self) -> String {
        self.origin.url(WEBHOOK)
    }

    /// How many webhooks came.
    pub fn webhooks(&self) -> usize {
        self.origin.hits(WEBHOOK)
    }

    /// How often it was asked for an image.
    pub fn asked(&self) -> usize {
        self.given.load(Ordering::Relaxed)
    }
}

fn answer(events: &Path, request: &Request, day: Day) -> Option<Answer> {
    let (copy, bytes) = photographs::read(events, request.path())?;
    let bad = day == Day::Bad && copy % 2 == 1;
    let photo = request.path().rsplit('/').next();
    Some(match photo {
        Some(HANGS) if bad && request.nth == 1 => Answer::ok(bytes).after(SILENCE),
        Some(REFUSED) if bad && request.nth <= REFUSALS => Answer::status(503),
        _ => Answer::ok(bytes),
    })
}

/// What is wrong on a bad day.
pub fn about() -> String {
    format!(
        "{} images hang for {} s when they are first asked for, {} are refused with 503 {REFUSALS} times",
        COPIES / 2,
        SILENCE.as_secs(),
        COPIES / 2
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn request(target: &str, nth: usize) -> Request {
        Request {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: Default::default(),
            head: String::new(),
            body: Vec::new(),
            at: Instant::now(),
            nth,
            at_once: 1,
            status: None,
        }
    }

    #[test]
    fn a_bad_day_is_one_for_some_images_at_first() {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
        let shown = |path: &str, nth, day| {
            let answer = answer(&events, &request(path, nth), day);
            let shown = format!("{:?}", answer.unwrap());
            (shown.contains("Pause"), shown.contains("503"))
        };
        let (hangs, refused) = ("/1/photos/cat.jpg", "/1/photos/bird-lamp.jpg");
        assert_eq!(shown(hangs, 1, Day::Bad), (true, false));
        assert_eq!(shown(hangs, 2, Day::Bad), (false, false));
        assert_eq!(shown(refused, 2, Day::Bad), (false, true));
        assert_eq!(shown(refused, 3, Day::Bad), (false, false));
        for path in [hangs, refused] {
            assert_eq!(shown(path, 1, Day::Good), (false, false));
        }
        assert_eq!(shown("/2/photos/cat.jpg", 1, Day::Bad), (false, false));
    }
}
