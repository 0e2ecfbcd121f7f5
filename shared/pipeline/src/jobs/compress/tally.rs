//! Adds up what ended in a batch, by request.

use std::collections::BTreeMap;

use super::Outcome;
use crate::request::{ImageRef, RequestId, Savings};
use crate::services::store::Counts;

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
    pub(super) fn of(batch: &[ImageRef]) -> Self {
        Self(batch.iter().map(|image| (image.request_id, None)).collect())
    }

    pub(super) fn add(&mut self, request: RequestId, outcome: &Outcome) {
        let counted = self.0.entry(request).or_default().get_or_insert_default();
        match outcome {
            Outcome::Succeeded {
                bytes_in,
                bytes_out,
            } => {
                counted.counts.succeeded += 1;
                counted.savings.bytes_in += bytes_in;
                counted.savings.bytes_out += bytes_out;
            }
            Outcome::Failed => counted.counts.failed += 1,
        }
    }

    pub(super) fn into_requests(self) -> impl Iterator<Item = (RequestId, Option<Counted>)> {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_apart() {
        let of = |key: &str| ImageRef {
            request_id: RequestId::of_drop("b", key, "v"),
            row: 2,
            position: 0,
        };
        let (one, two) = (of("1"), of("2"));
        let mut tally = Tally::of(&[one, two, one]);
        tally.add(
            one.request_id,
            &Outcome::Succeeded {
                bytes_in: 10,
                bytes_out: 4,
            },
        );
        tally.add(one.request_id, &Outcome::Failed);
        let requests: BTreeMap<_, _> = tally.into_requests().collect();
        let counted = Counted {
            counts: Counts {
                succeeded: 1,
                failed: 1,
            },
            savings: Savings {
                bytes_in: 10,
                bytes_out: 4,
            },
        };
        assert_eq!(requests[&one.request_id], Some(counted));
        assert_eq!(requests[&two.request_id], None);
    }
}
