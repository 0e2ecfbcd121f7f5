//! Adds up what became of a batch, by request and round.

use std::collections::BTreeMap;

use crate::request::{Counts, RequestId, Savings};
use crate::services::queue::ImageMessage;
use crate::services::store::ImageEnd;

/// What became of one request's images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) counts: Counts,
    pub(super) savings: Savings,
    /// Some had ended before. The run that ended them may have died before it could count them.
    pub(super) repeated: bool,
}

/// What became of the images of each round of a request; nothing of those that come back.
#[derive(Default)]
pub(super) struct Tally(BTreeMap<(RequestId, u32), Counted>);

impl Tally {
    /// An image ended now.
    pub(super) fn add(&mut self, message: ImageMessage, end: &ImageEnd) {
        let counted = self.of(message);
        match end {
            ImageEnd::Succeeded(success) => {
                counted.counts.succeeded += 1;
                counted.counts.unchanged += u64::from(success.unchanged);
                counted.savings.bytes_in += success.input.bytes;
                counted.savings.bytes_out += success.output.bytes;
            }
            ImageEnd::Failed(..) => counted.counts.failed += 1,
        }
    }

    /// An image had ended before.
    pub(super) fn repeat(&mut self, message: ImageMessage) {
        self.of(message).repeated = true;
    }

    fn of(&mut self, message: ImageMessage) -> &mut Counted {
        let round = (message.image.request_id, message.round);
        self.0.entry(round).or_default()
    }

    pub(super) fn into_rounds(self) -> impl Iterator<Item = ((RequestId, u32), Counted)> {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{ImageFailure, ImageRef};

    #[test]
    fn requests_and_rounds_are_counted_apart() {
        let request_id = RequestId::random();
        let image = ImageRef {
            request_id,
            ordinal: 0,
        };
        let (one, two) = (ImageMessage::new(image, 1), ImageMessage::new(image, 2));
        let mut tally = Tally::default();
        let failure = ImageFailure {
            code: "timeout".into(),
            message: "late".into(),
            sniffed: None,
        };
        tally.add(one, &ImageEnd::Failed(failure.clone(), 1));
        tally.add(one, &ImageEnd::Failed(failure, 2));
        tally.repeat(two);
        let rounds: BTreeMap<_, _> = tally.into_rounds().collect();
        let counted = rounds[&(request_id, 1)];
        assert_eq!((counted.counts.succeeded, counted.counts.failed), (0, 2));
        assert!(!counted.repeated && rounds[&(request_id, 2)].repeated);
    }
}
