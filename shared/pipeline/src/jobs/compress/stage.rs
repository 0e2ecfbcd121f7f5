//! How far a try at an image has come, and what that says when the time of the run is over.

use std::cell::{Cell, OnceCell};
use std::time::{Duration, Instant};

/// What an image was at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for its host's turn, for memory or a processor: others were at work, and nothing of it was at fault.
    Waiting,
    /// Being fetched or recompressed, but begun in the second half of the run: it had less time than it may need.
    Late,
    /// Being fetched or recompressed.
    Working,
    /// Its output being written.
    Storing,
}

/// The course of one try.
#[derive(Debug)]
pub(super) struct Course {
    stage: Cell<Stage>,
    begun: OnceCell<Instant>,
    /// Half of the run is over.
    middle: Instant,
}

impl Course {
    /// Of a try that may take so long.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            stage: Cell::new(Stage::Waiting),
            begun: OnceCell::new(),
            middle: Instant::now() + limit / 2,
        }
    }

    pub(super) fn wait(&self) {
        self.stage.set(Stage::Waiting);
    }

    pub(super) fn work(&self) {
        let is_late = *self.begun.get_or_init(Instant::now) >= self.middle;
        let stage = if is_late { Stage::Late } else { Stage::Working };
        self.stage.set(stage);
    }

    pub(super) fn store(&self) {
        self.stage.set(Stage::Storing);
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_in_the_second_half_is_late_and_stays_so() {
        let early = Course::new(Duration::from_secs(3_600));
        assert_eq!(early.stage(), Stage::Waiting);
        early.work();
        assert_eq!(early.stage(), Stage::Working);
        let late = Course::new(Duration::ZERO);
        late.work();
        late.wait();
        late.work();
        assert_eq!(late.stage(), Stage::Late);
        late.store();
        assert_eq!(late.stage(), Stage::Storing);
    }
}
