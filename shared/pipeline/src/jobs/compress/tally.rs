//! Adds up what ended in a batch, by request.

use std::collections::BTreeMap;

use crate::request::{Counts, RequestId, Savings};
use crate::services::store::ImageEnd;

/// What ended of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) counts: Counts,
    pub(super) savings: Savings,
}

/// What ended of each request in a batch; nothing for a request whose images had all ended
/// before.
pub(super) struct Tally(BTreeMap<RequestId, Option<Counted>>);

impl Tally {
    pub(super) fn of(requests: impl IntoIterator<Item = RequestId>) -> Self {
        Self(requests.into_iter().map(|id| (id, None)).collect())
    }

    pub(super) fn add(&mut self, request: RequestId, end: &ImageEnd) {
        let counted = self.0.entry(request).or_default().get_or_insert_default();
        match end {
            ImageEnd::Succeeded(success) => {
                counted.counts.succeeded += 1;
                counted.savings.bytes_in += success.input.bytes;
                counted.savings.bytes_out += success.output.bytes;
            }
            ImageEnd::Failed(..) => counted.counts.failed += 1,
        }
    }

    pub(super) fn into_requests(self) -> impl Iterator<Item = (RequestId, Option<Counted>)> {
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
        let mut tally = Tally::of([one, two, one]);
        let failure = ImageFailure {
            code: "timeout".into(),
            message: "late".into(),
        };
        tally.add(one, &ImageEnd::Failed(failure.clone(), 1));
        tally.add(one, &ImageEnd::Failed(failure, 2));
        let requests: BTreeMap<_, _> = tally.into_requests().collect();
        let counted = requests[&one].unwrap();
        assert_eq!((counted.counts.succeeded, counted.counts.failed), (0, 2));
        assert_eq!(requests[&two], None);
    }
}
