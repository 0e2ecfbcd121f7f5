//! What becomes of an image and its message after a try, or without one.

use std::time::Duration;

use super::attempt::Made;
use super::failure::{CompressError, Next};
use super::patience::{Patience, after_pause};
use super::reuse::Source;
use crate::request::{ImageFailure, ImageStatus, Timestamp};
use crate::services::queue::ImageMessage;
use crate::services::store::{Image, ImageEnd, Request, SlowDown, Try};
use crate::telemetry::chain;

/// What becomes of an image and its message.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The message is done with: its image has ended, or is nobody's.
    Nothing,
    /// The same, and there is nothing to be counted: its request has ended or was given up.
    Dropped,
    /// The image ends, and the message with it.
    Ends(ImageEnd, Option<Source>),
    /// A try is noted, and the message comes back.
    Again(Try, Duration),
    /// The image waits, and nothing is at fault.
    Waits(Duration),
    /// The message comes back after a fault of ours; it was no try.
    Later(Duration),
}

impl Verdict {
    /// What needs no try to be known.
    pub(super) fn at_once(
        message: ImageMessage,
        image: &Image,
        request: &Request,
        slow_down: Option<SlowDown>,
        now: Timestamp,
    ) -> Option<Self> {
        if !request.is_open() {
            return Some(Self::Dropped);
        }
        if image.status != ImageStatus::Pending || image.round != message.round {
            return Some(Self::Nothing);
        }
        if now >= request.deadline_at {
            let failure = ImageFailure::deadline_exceeded(image.error.as_ref());
            return Some(Self::Ends(ImageEnd::Failed(failure, image.tries), None));
        }
        let rest = slow_down.filter(|slow_down| slow_down.until > now);
        let pause = rest.map_or(Duration::ZERO, |slow_down| {
            after_pause(slow_down.until.since(now), slow_down.pause)
        });
        let wait = pause.max(image.not_before.since(now));
        (!wait.is_zero()).then_some(Self::Waits(wait))
    }

    /// What follows from a try.
    pub(super) fn of(
        made: Result<Made, CompressError>,
        image: &Image,
        receives: u32,
        patience: &Patience,
        now: Timestamp,
    ) -> Self {
        let error = match made {
            Ok(made) => return Self::Ends(ImageEnd::Succeeded(made.success), made.source),
            Err(error) => error,
        };
        let verdict = match error.next() {
            Next::Fail => Self::Ends(ImageEnd::Failed(error.failure(), image.tries + 1), None),
            Next::Retry => retry(&error, image.tries + 1, patience, now),
            Next::Later => Self::Later(patience.after_receives(receives)),
            Next::After(wait) => Self::Waits(wait),
            Next::Drop => Self::Dropped,
        };
        verdict.log(&error, image);
        verdict
    }

    fn log(&self, cause: &CompressError, image: &Image) {
        let (image, code, error) = (image.place.id(), cause.code().as_str(), chain(cause));
        match self {
            Self::Nothing => {}
            Self::Dropped => tracing::info!(image, "the image was given up with its request"),
            Self::Ends(..) => tracing::info!(image, code, error, "the image failed"),
            Self::Again(made, _) => {
                tracing::warn!(
                    image,
                    code,
                    error,
                    tries = made.tries,
                    "the image will be tried again"
                );
            }
            // Each run has many whose turn does not come.
            Self::Waits(_) if matches!(cause, CompressError::NotBegun) => {}
            Self::Waits(after) | Self::Later(after) => {
                let after_s = after.as_secs();
                tracing::warn!(
                    image,
                    code,
                    error,
                    after_s,
                    "the image waits; it was no try"
                );
            }
        }
    }
}

fn retry(error: &CompressError, tries: u32, patience: &Patience, now: Timestamp) -> Verdict {
    match patience.after_tries(tries) {
        None => Verdict::Ends(ImageEnd::Failed(error.failure(), tries), None),
        Some(wait) => {
            let made = Try {
                tries,
                failure: error.failure(),
                not_before: now.plus(wait),
            };
            Verdict::Again(made, wait)
        }
    }
}
