//! Adds up what became of a batch, by request.

use std::collections::BTreeMap;

use crate::request::{Counts, RequestId, Savings};
use crate::services::store::ImageEnd;

/// What became of one request's images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) counts: Counts,
    pub(super) savings: Savings,
    /// Some had ended before. The run that ended them may have died before it could count them.
    pub(super) repeated: bool,
}

/// What became of each request's images; nothing of those that come back.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<RequestId, Counted>);

impl Tally {
    /// An image ended now.
    pub(super) fn add(&mut self, request: RequestId, end: &ImageEnd) {
        let counted = self.0.entry(request).or_default();
        match end {
            ImageEnd::Succeeded(success) => {
                counted.counts.succeeded += 1;
                counted.savings.bytes_in += success.input.bytes;
                counted.savings.bytes_out += success.output.bytes;
            }
            ImageEnd::Failed(..) => counted.counts.failed += 1,
        }
    }

    /// An image had ended before.
    pub(super) fn repeat(&mut self, request: RequestId) {
        self.0.entry(request).or_default().repeated = true;
    }

    pub(super) fn into_requests(self) -> impl Iterator<Item = (RequestId, Counted)> {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ImageFailure;

    #[test]
    fn requests_are_counted_apart() {
        let (one, two) = (RequestId::random(), RequestId::random());
        let mut tally = Tally::default();
        let failure = ImageFailure {
            code: "timeout".into(),
            message: "late".into(),
            sniffed: None,
        };
        tally.add(one, &ImageEnd::Failed(failure.clone(), 1));
        tally.add(one, &ImageEnd::Failed(failure, 2));
        let requests: BTreeMap<_, _> = tally.into_requests().collect();
        let counted = requests[&one];
        assert_eq!((counted.counts.succeeded, counted.counts.failed), (0, 2));
        assert_eq!((counted.repeated, requests.get(&two)), (false, None));
    }
}
