//! A host that asks for pauses, and whether it got them.

use std::time::Duration;

use halftone_origin::{Answer, Request};

use crate::stack::small_photo;

/// What is on its way when a host asks for a pause still arrives.
const ON_THE_WAY: Duration = Duration::from_millis(300);

/// Answers with a photograph: not more than so many at once, and not again within a pause of whole
/// seconds.
pub fn strict(most: usize, pause: Duration) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    let photo = Answer::ok(small_photo()).after(Duration::from_millis(50));
    move |request| {
        if request.at_once > most {
            Answer::status(429).header("Retry-After", pause.as_secs().to_string())
        } else {
            photo.clone()
        }
    }
}

/// Of the requests that came within a pause: how long after it was asked for.
pub fn within_pauses(requests: &[Request], pause: Duration) -> Vec<Duration> {
    let (mut within, mut asked) = (Vec::new(), None);
    for request in requests {
        let since = asked.map(|at| request.at.saturating_duration_since(at));
        within.extend(since.filter(|since| *since > ON_THE_WAY && *since < pause));
        if request.status == Some(429) {
            asked = Some(request.at);
        }
    }
    within
}
