//! Images with the same URL in one request: only the first is fetched and compressed; ending it ends the
//! others.
//!
//! Either may come first, the end of the first image or the recording of a copy, so both look for the
//! other: compress after it recorded an end, intake after it recorded a copy.

use crate::request::{Counts, ImageRef, Savings};
use crate::services::queue::ImageMessage;
use crate::services::store::{Image, ImageEnd, Request, Store, StoreError};

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
/// them; the requests as they then are.
///
/// # Errors
/// When MongoDB is away or refuses; it can be done again.
pub async fn end_of(store: &Store, firsts: &[ImageMessage]) -> Result<Vec<Request>, StoreError> {
    let mut requests = Vec::new();
    if firsts.is_empty() {
        return Ok(requests);
    }
    for (first, end, copies) in store.images().end_copies(firsts).await? {
        let (counts, savings) = counted(&end, copies);
        let round = (first.image.request_id, first.round);
        requests.extend(store.requests().count(round, counts, savings).await?);
    }
    Ok(requests)
}

/// What so many images that ended alike add to the counters.
fn counted(end: &ImageEnd, copies: u64) -> (Counts, Savings) {
    match end {
        ImageEnd::Succeeded(success) => (
            Counts {
                succeeded: copies,
                ..Counts::default()
            },
            Savings {
                bytes_in: success.input.bytes * copies,
                bytes_out: success.output.bytes * copies,
            },
        ),
        ImageEnd::Failed(..) => (
            Counts {
                failed: copies,
                ..Counts::default()
            },
            Savings::default(),
        ),
    }
}
