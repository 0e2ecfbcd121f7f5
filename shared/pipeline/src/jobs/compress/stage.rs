//! How far a try at an image has come, and what that says when the time of the run is over.

use std::cell::Cell;
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use super::failure::CompressError;

/// For how long a run begins images, and no longer than half of its time. What has not had its turn by then waits for
/// another run: one that went on for as long as a slow host has images would keep those of all other owners waiting.
/// Work enough is fetched by then to keep a processor busy for as long again (see [`super::Ahead`]).
const BEGINS: Duration = Duration::from_secs(4);

/// What an image was at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for memory or a processor: others were at work, and nothing of it was at fault.
    Waiting,
    /// Being fetched or recompressed.
    Working,
    /// Its output being written.
    Storing,
}

/// The course of one try.
#[derive(Debug)]
pub(super) struct Course {
    stage: Cell<Stage>,
    is_begun: Cell<bool>,
    begins_until: Instant,
}

impl Course {
    /// Of a try that may take so long.
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            stage: Cell::new(Stage::Waiting),
            is_begun: Cell::new(false),
            begins_until: Instant::now() + BEGINS.min(limit / 2),
        }
    }

    /// Begins when it is its turn, if that comes while images are begun. One that has begun already goes on whenever
    /// it comes.
    pub(super) async fn begin<T>(&self, turn: impl Future<Output = T>) -> Result<T, CompressError> {
        if self.is_begun.get() {
            return Ok(turn.await);
        }
        let turn = timeout_at(self.begins_until.into(), turn).await;
        let turn = turn.map_err(|_| CompressError::NotBegun)?;
        self.is_begun.set(true);
        Ok(turn)
    }

    pub(super) fn wait(&self) {
        self.stage.set(Stage::Waiting);
    }

    pub(super) fn work(&self) {
        self.stage.set(Stage::Working);
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
    use std::future::{pending, ready};

    use tokio::task::yield_now;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn whose_turn_does_not_come_is_not_begun_and_what_has_begun_goes_on() {
        let course = Course::new(Duration::ZERO);
        let begun = course.begin(pending::<()>()).await;
        assert!(matches!(begun, Err(CompressError::NotBegun)));
        let mut course = Course::new(HOUR);
        course.begin(ready(())).await.unwrap();
        course.begins_until = Instant::now();
        course.begin(yield_now()).await.unwrap();
    }

    #[test]
    fn what_begins_has_half_of_the_time_left() {
        let begins = |limit| Course::new(limit).begins_until - Instant::now();
        assert!(begins(HOUR) <= BEGINS && begins(HOUR) > BEGINS / 2);
        assert!(begins(BEGINS) <= BEGINS / 2);
    }
}
