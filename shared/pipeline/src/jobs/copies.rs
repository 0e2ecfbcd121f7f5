//! Images with the same URL in one request: only the first is fetched and compressed; ending it ends the
//! others.
//!
//! Either may come first, the end of the first image or the recording of a copy, so both look for the
//! other: compress after it recorded an end, intake after it recorded a copy.

use crate::jobs::report;
use crate::request::{Counts, ImageRef, RequestId, Savings};
use crate::services::queue::ImageMessage;
use crate::services::store::{EndedCopies, Ends, Image, ImageEnd, Request, Store, StoreError};

/// Copies that end with one update: what a slow database does within the time of an operation.
const AT_ONCE: usize = 500;

/// The images that these are copies of, each with the round of its copies.
#[must_use]
pub fn firsts(images: &[Image]) -> Vec<ImageMessage> {
    let first = |image: &Image| {
        let place = ImageRef {
            request_id: image.place.request_id,
            ordinal: image.same_as?,
        };
        Some(ImageMessage::new(place, image.round))
    };
    let mut firsts: Vec<_> = images.iter().filter_map(first).collect();
    firsts.sort_unstable_by_key(|first| first.image);
    firsts.dedup();
    firsts
}

/// Ends the copies, in the round of the message, of those of these images that have ended, and counts
/// them; the requests as they then are. Cut off, it goes on where it stopped when it is done again.
///
/// # Errors
/// When MongoDB is away or refuses; it can be done again.
pub async fn end_of(store: &Store, firsts: &[ImageMessage]) -> Result<Vec<Request>, StoreError> {
    let mut requests = Vec::new();
    if firsts.is_empty() {
        return Ok(requests);
    }
    for (round, ends) in store.images().ends(firsts).await? {
        requests.extend(end_all(store, round, &ends).await?);
    }
    Ok(requests)
}

/// Ends the copies, in a round of a request, of images that ended so; the request as it then is, if there were
/// any.
async fn end_all(
    store: &Store,
    round: (RequestId, u32),
    ends: &Ends,
) -> Result<Option<Request>, StoreError> {
    let mut after = None;
    loop {
        let ended = store.images().end_copies(round, ends, AT_ONCE).await?;
        // After each of them, so that a run that dies leaves few uncounted.
        let (counts, savings) = counted(ends, &ended);
        if counts.ended() > 0 {
            report::images(each(ends, &ended));
            after = store.requests().count(round, counts, savings).await?;
        }
        if !ended.more {
            return Ok(after);
        }
    }
}

/// How many ended in each of these ways.
fn each<'a>(ends: &'a Ends, ended: &EndedCopies) -> impl Iterator<Item = (&'a ImageEnd, u64)> {
    let copies = |first| ended.of.get(first).copied().unwrap_or(0);
    ends.iter().map(move |(first, end)| (end, copies(first)))
}

/// What copies that ended add to the counters.
fn counted(ends: &Ends, ended: &EndedCopies) -> (Counts, Savings) {
    let (mut counts, mut savings) = (Counts::default(), Savings::default());
    for (end, copies) in each(ends, ended) {
        match end {
            ImageEnd::Succeeded(success) => {
                counts.succeeded += copies;
                counts.unchanged += copies * u64::from(success.unchanged);
                savings.bytes_in += success.input.bytes * copies;
                savings.bytes_out += success.output.bytes * copies;
            }
            ImageEnd::Failed(..) => counts.failed += copies,
        }
    }
    (counts, savings)
}
