//! How long something took.

use std::fs;
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Processor time of this thread, where the system tells it.
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

/// Processor time of this thread until now: the first field of `schedstat`, in nanoseconds.
fn cpu() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// To the microsecond.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_and_sleep_no_processor() {
        let sleep = Duration::from_millis(30);
        let ((), slept) = of(|| std::thread::sleep(sleep));
        assert!(slept.wall >= sleep);
        let (sum, worked) =
            of(|| (0..20_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n)));
        assert_eq!(sum, 0);
        if cfg!(target_os = "linux") {
            assert!(slept.cpu.unwrap() < slept.wall);
            assert!(worked.cpu.unwrap() > Duration::ZERO);
        }
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
