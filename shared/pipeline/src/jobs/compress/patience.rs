//! When something that failed is tried again: an image by its tries, a message by its receives. The
//! two are never mixed: a fault of ours costs time, not an image's tries.

use std::time::Duration;

/// Longest wait after faults of our own services.
const MAX_SERVICE_RETRY: Duration = Duration::from_secs(15 * 60);
/// Longest wait between two tries of an image.
const MAX_IMAGE_RETRY: Duration = Duration::from_secs(60 * 60);

/// Longest time over which the images that a pause held up come back.
const MAX_SPREAD: Duration = Duration::from_secs(2 * 60);

/// How often and when images and messages are tried again.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Tries of an image, at its origin or its bytes, before it has failed.
    pub image_tries: u32,
    /// Wait after the first; tripled with each further one.
    pub image_retry: Duration,
    /// Wait after the first fault of a service of ours; doubled with each further receive.
    pub service_retry: Duration,
}

impl Patience {
    /// The wait after `tries` tries of an image; `None` when there are no more.
    #[must_use]
    pub fn after_tries(&self, tries: u32) -> Option<Duration> {
        if tries >= self.image_tries {
            return None;
        }
        let factor = 3_u32.saturating_pow(tries.saturating_sub(1));
        Some(jittered(
            self.image_retry.saturating_mul(factor).min(MAX_IMAGE_RETRY),
        ))
    }

    /// The wait after a fault of ours, by how often the message has been received.
    #[must_use]
    pub fn after_receives(&self, receives: u32) -> Duration {
        service_retry(self.service_retry, receives)
    }
}

/// The wait after a fault of a service of ours: `first`, doubled with each further receive, at most
/// 15 minutes.
#[must_use]
pub fn service_retry(first: Duration, receives: u32) -> Duration {
    let factor = 2_u32.saturating_pow(receives.saturating_sub(1));
    jittered(first.saturating_mul(factor).min(MAX_SERVICE_RETRY))
}

/// When an image comes back to a host that asked for a pause of `length`, of which `rest` is left:
/// some time within as long again, at most two minutes. All who wait would otherwise come at once,
/// and be too many again.
#[must_use]
pub fn after_pause(rest: Duration, length: Duration) -> Duration {
    rest + length.min(MAX_SPREAD).mul_f64(rand::random())
}

/// More by up to a fifth, so that what failed together does not come back together.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + rand::random::<f64>() / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        image_tries: 4,
        image_retry: Duration::from_secs(20),
        service_retry: Duration::from_secs(30),
    };

    fn within(wait: Duration, seconds: u64) {
        let least = Duration::from_secs(seconds);
        assert!(wait >= least && wait <= least.mul_f64(1.2), "{wait:?}");
    }

    #[test]
    fn tries_of_an_image_spread_over_minutes_and_end() {
        for (tries, seconds) in [(1, 20), (2, 60), (3, 180)] {
            within(PATIENCE.after_tries(tries).unwrap(), seconds);
        }
        assert_eq!(PATIENCE.after_tries(4), None);
    }

    #[test]
    fn faults_of_ours_back_off_long_and_for_ever() {
        for (receives, seconds) in [(1, 30), (2, 60), (5, 480), (6, 900), (1_000, 900)] {
            within(PATIENCE.after_receives(receives), seconds);
        }
    }

    #[test]
    fn images_that_a_pause_held_up_come_back_spread_over_as_long_again() {
        let (rest, length) = (Duration::from_secs(5), Duration::from_secs(20));
        let mut waits: Vec<_> = (0..1_000).map(|_| after_pause(rest, length)).collect();
        waits.sort_unstable();
        assert!(waits[0] >= rest && waits[999] <= rest + length);
        assert!(waits[900] - waits[100] > length.mul_f64(0.7), "{waits:?}");
        let long = after_pause(Duration::ZERO, Duration::from_secs(3_600));
        assert!(long <= MAX_SPREAD);
    }
}
