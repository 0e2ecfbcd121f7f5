//! How many images are fetched ahead of the processors: as many as these can work on within seconds.
//!
//! Fewer, and the processors, which are paid for, would wait for origins. More, and what was fetched would lie about
//! until the function's time is up, and be fetched again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::memory::processors;

/// Work that is fetched ahead, in time: an origin may take nearly as long without a processor waiting for it.
const AHEAD: Duration = Duration::from_secs(4);
/// Images in progress at least, and at most.
const LEAST: f64 = 8.0;
const MOST: f64 = 200.0;
/// The time that an image is believed to take, until one has been made.
const AT_FIRST: Duration = Duration::from_millis(100);
/// How much the last image says of the next.
const WEIGHT: f64 = 0.1;

/// The images in progress in this instance.
#[derive(Debug)]
pub struct Ahead {
    state: Mutex<State>,
    left: Notify,
    processors: usize,
}

#[derive(Debug)]
struct State {
    running: usize,
    /// Seconds of one image.
    average: f64,
}

/// An image in progress. Whoever drops it leaves room for the next.
#[derive(Debug)]
pub struct InProgress<'a>(&'a Ahead);

impl Default for Ahead {
    fn default() -> Self {
        Self::with(processors())
    }
}

impl Ahead {
    fn with(processors: usize) -> Self {
        let state = State {
            running: 0,
            average: AT_FIRST.as_secs_f64(),
        };
        Self {
            state: Mutex::new(state),
            left: Notify::new(),
            processors,
        }
    }

    /// Waits until another image may be begun.
    pub async fn begin(&self) -> InProgress<'_> {
        loop {
            let left = self.left.notified();
            let begun = self.change(|state| {
                let begun = state.running < self.limit(state);
                state.running += usize::from(begun);
                begun
            });
            if begun {
                // Whoever left may have left room for more than one.
                self.left.notify_one();
                return InProgress(self);
            }
            left.await;
        }
    }

    /// Recompressing an image took so long.
    pub fn took(&self, time: Duration) {
        self.change(|state| state.average += WEIGHT * (time.as_secs_f64() - state.average));
        self.left.notify_one();
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to a few hundred"
    )]
    fn limit(&self, state: &State) -> usize {
        let images = AHEAD.as_secs_f64() * self.processors as f64 / state.average;
        images.clamp(LEAST, MOST) as usize
    }

    /// What is behind this lock is right after every statement, so that a panic cannot spoil it.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        self.0.change(|state| state.running -= 1);
        self.0.left.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn all(ahead: &Ahead) -> Vec<InProgress<'_>> {
        std::iter::from_fn(|| ahead.begin().now_or_never()).collect()
    }

    #[test]
    fn quick_images_are_fetched_far_ahead_and_slow_ones_are_not() {
        let ahead = Ahead::with(1);
        assert_eq!(all(&ahead).len(), 40);
        for _ in 0..100 {
            ahead.took(Duration::from_millis(40));
        }
        assert_eq!(all(&ahead).len(), 99);
        for _ in 0..100 {
            ahead.took(Duration::from_millis(1));
        }
        assert_eq!(all(&ahead).len(), 200);
        for _ in 0..100 {
            ahead.took(Duration::from_secs(6));
        }
        assert_eq!(all(&ahead).len(), 8);
    }

    #[tokio::test]
    async fn who_waits_goes_on_when_another_has_ended_or_more_are_allowed() {
        let ahead = Ahead::with(1);
        let mut running = all(&ahead);
        let (mut one, mut two) = (Box::pin(ahead.begin()), Box::pin(ahead.begin()));
        assert!(one.as_mut().now_or_never().is_none());
        assert!(two.as_mut().now_or_never().is_none());
        running.pop();
        running.push(one.await);
        ahead.took(Duration::ZERO);
        two.await;
    }

    #[tokio::test]
    async fn all_who_wait_go_on_when_many_more_are_allowed() {
        let ahead = Ahead::with(1);
        let _running = all(&ahead);
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(ahead.begin())).collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none());
        }
        ahead.took(Duration::ZERO);
        let begun = futures::future::join_all(waiting).now_or_never();
        assert_eq!(begun.map(|begun| begun.len()), Some(4));
    }
}
