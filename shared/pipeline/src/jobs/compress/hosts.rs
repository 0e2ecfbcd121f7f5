//! How many fetches of one host run at a time in this instance: as many as it likes.
//!
//! Each host begins with the parameter `FetchesPerHost`. One that answers fast is given one more
//! after each round of that many; one that says "slow down" half, by all instances. One that asks
//! for a pause is not asked within it: see [`crate::services::store::Hosts`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::patience::after_pause;

/// A fetch as fast as this asks for more.
const FAST: Duration = Duration::from_millis(500);
/// Fetches of one host at a time, as a multiple of what it begins with.
const MOST: usize = 4;
/// Hosts that are remembered; beyond, those that are idle are forgotten.
const REMEMBERED: usize = 1_000;

/// The hosts of this instance.
#[derive(Debug)]
pub struct HostGates {
    first: usize,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
}

#[derive(Debug)]
struct Gate {
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug)]
struct State {
    limit: usize,
    running: usize,
    fast: usize,
    pause: Option<Pause>,
}

/// A host's wish to be left alone.
#[derive(Clone, Copy, Debug)]
struct Pause {
    until: Instant,
    length: Duration,
}

/// One fetch that may run. Whoever drops it leaves room for the next.
#[derive(Debug)]
pub struct Turn {
    gate: Arc<Gate>,
    most: usize,
}

impl HostGates {
    /// With so many fetches of each host at first; at least one.
    #[must_use]
    pub fn new(first: usize) -> Self {
        Self {
            first: first.max(1),
            gates: Mutex::default(),
        }
    }

    /// Waits for a turn at a host.
    ///
    /// # Errors
    /// When to come back to a host that is paused.
    pub async fn turn(&self, host: &str) -> Result<Turn, Duration> {
        let gate = self.gate(host);
        loop {
            let left = gate.left.notified();
            {
                let mut state = lock(&gate.state);
                if let Some((rest, length)) = state.pause() {
                    // Those behind are not to wait for a turn that never comes.
                    gate.left.notify_one();
                    return Err(after_pause(rest, length));
                }
                if state.running < state.limit {
                    state.running += 1;
                    break;
                }
            }
            left.await;
        }
        Ok(Turn {
            gate,
            most: self.first * MOST,
        })
    }

    /// No more than so many fetches of a host at a time: what another instance learnt.
    pub fn at_most(&self, host: &str, fetches: usize) {
        let gate = self.gate(host);
        let mut state = lock(&gate.state);
        state.limit = state.limit.min(fetches).max(1);
    }

    fn gate(&self, host: &str) -> Arc<Gate> {
        let mut gates = lock(&self.gates);
        if gates.len() >= REMEMBERED {
            gates.retain(|_, gate| !lock(&gate.state).is_idle());
        }
        let new = || Gate {
            state: Mutex::new(State {
                limit: self.first,
                running: 0,
                fast: 0,
                pause: None,
            }),
            left: Notify::new(),
        };
        let gate = gates
            .entry(host.to_owned())
            .or_insert_with(|| Arc::new(new()));
        Arc::clone(gate)
    }
}

impl State {
    /// What is left of the host's pause, and how long it was.
    fn pause(&self) -> Option<(Duration, Duration)> {
        let pause = self.pause?;
        let rest = pause.until.saturating_duration_since(Instant::now());
        (!rest.is_zero()).then_some((rest, pause.length))
    }

    fn is_idle(&self) -> bool {
        self.running == 0 && self.pause().is_none()
    }
}

impl Turn {
    /// The host answered after this long.
    pub fn answered(&self, took: Duration) {
        let mut state = lock(&self.gate.state);
        if took > FAST {
            state.fast = 0;
            return;
        }
        state.fast += 1;
        if state.fast >= state.limit && state.limit < self.most {
            state.limit += 1;
            state.fast = 0;
            self.gate.left.notify_one();
        }
    }

    /// The host asked for fewer; how many it gets now.
    pub fn slow_down(&self) -> usize {
        let mut state = lock(&self.gate.state);
        state.limit = (state.limit / 2).max(1);
        state.fast = 0;
        state.limit
    }

    /// The host asked for none at all: what is left of its pause, and how long it was. A shorter one
    /// does not end a longer one.
    pub fn pause(&self, rest: Duration, length: Duration) {
        let until = Instant::now() + rest;
        let mut state = lock(&self.gate.state);
        if state.pause.is_none_or(|pause| pause.until < until) {
            state.pause = Some(Pause { until, length });
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.gate.state).running -= 1;
        self.gate.left.notify_one();
    }
}

/// What is behind these locks is right after every statement, so that a panic cannot spoil it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const SLOW: Duration = Duration::from_secs(2);

    #[tokio::test]
    async fn a_host_has_so_many_at_a_time_and_others_their_own() {
        let gates = HostGates::new(2);
        let (first, _second) = (gates.turn("a").await, gates.turn("a").await);
        assert!(gates.turn("a").now_or_never().is_none());
        assert!(gates.turn("b").now_or_never().is_some());
        let mut third = Box::pin(gates.turn("a"));
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test]
    async fn fast_answers_earn_more_and_slow_ones_do_not() {
        let gates = HostGates::new(1);
        gates.turn("a").await.unwrap().answered(SLOW);
        let _one = gates.turn("a").await.unwrap();
        assert!(gates.turn("a").now_or_never().is_none());
        _one.answered(Duration::ZERO);
        let _two = gates.turn("a").now_or_never().unwrap().unwrap();
        assert!(gates.turn("a").now_or_never().is_none());
        // At most four times as many as at first, however fast.
        for _ in 0..100 {
            _two.answered(Duration::ZERO);
        }
        let rest: Vec<_> = std::iter::from_fn(|| gates.turn("a").now_or_never()).collect();
        assert_eq!(rest.len(), 2);
    }

    #[tokio::test]
    async fn a_paused_host_gives_no_turns_and_fewer_afterwards() {
        let gates = HostGates::new(4);
        let turn = gates.turn("a").await.unwrap();
        let minute = Duration::from_secs(60);
        assert_eq!(turn.slow_down(), 2);
        turn.pause(minute, minute);
        let back = gates.turn("a").await.unwrap_err();
        assert!(back > Duration::from_secs(59) && back <= 2 * minute);
        assert_eq!(turn.slow_down(), 1);
        turn.pause(Duration::from_millis(1), Duration::from_millis(1));
        assert!(gates.turn("a").await.is_err());
    }

    #[tokio::test]
    async fn what_another_instance_learnt_holds_here() {
        let gates = HostGates::new(4);
        gates.at_most("a", 1);
        let _one = gates.turn("a").await.unwrap();
        assert!(gates.turn("a").now_or_never().is_none());
        // It never gives more.
        gates.at_most("a", 4);
        assert!(gates.turn("a").now_or_never().is_none());
    }
}
