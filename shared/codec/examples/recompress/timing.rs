//! How long something took.

use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Processor time of all threads, where the system tells it.
    pub cpu: Option<Duration>,
    /// The time that passed.
    pub wall: Duration,
}

impl Times {
    /// The lesser of each.
    pub fn least(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
        }
    }
}

/// Does something, and tells how long it took.
pub fn of<T>(work: impl FnOnce() -> T) -> (T, Times) {
    let (cpu, started) = (cpu(), Instant::now());
    let outcome = work();
    let wall = started.elapsed();
    let cpu = cpu.zip(self::cpu()).map(|(before, after)| after - before);
    (outcome, Times { cpu, wall })
}

/// Processor time of this process until now; nothing else goes on in it. Not from `/proc`, whose
/// figures are as old as the last switch between tasks.
#[cfg(unix)]
fn cpu() -> Option<Duration> {
    use nix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).ok()?;
    Some(time.into())
}

#[cfg(not(unix))]
fn cpu() -> Option<Duration> {
    None
}

/// To the microsecond.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_processor_time() {
        let work = || (0..200_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n));
        let (sum, times) = of(work);
        assert_eq!(sum, 0);
        assert!(times.wall > Duration::ZERO);
        assert_eq!(times.cpu.is_some(), cfg!(unix));
        assert!(times.cpu.is_none_or(|cpu| cpu > Duration::ZERO));
    }

    #[test]
    fn the_least_of_each() {
        let times = |cpu, wall| Times {
            cpu: Some(Duration::from_millis(cpu)),
            wall: Duration::from_millis(wall),
        };
        assert_eq!(times(2, 9).least(times(3, 4)), times(2, 4));
        assert_eq!(milliseconds(Duration::from_nanos(1_234_567)), 1.235);
    }
}
