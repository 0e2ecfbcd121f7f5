//! What an operator sees of the images: how many, of which size, how long, and why not.

use crate::jobs::report::images;
use crate::services::metrics::Metrics;
use crate::services::store::{ImageEnd, ImageSuccess};

/// Reports images that have ended now, and tries that failed.
pub(super) fn write(ended: &[&ImageEnd], tries: usize) {
    let succeeded = ended.iter().filter_map(|end| success(end));
    let (unchanged, successes): (Vec<_>, Vec<_>) = succeeded.partition(|it| it.unchanged);
    let each = |value: fn(&ImageSuccess) -> u64| successes.iter().copied().map(value);
    Metrics::of_function()
        .bytes("BytesIn", each(|success| success.input.bytes))
        .bytes("BytesOut", each(|success| success.output.bytes))
        .milliseconds("FetchTime", each(|success| success.fetch_ms))
        .milliseconds("RecompressTime", each(|success| success.recompress_ms))
        .count("FailedTries", tries as u64)
        .count("UnchangedImages", unchanged.len() as u64)
        .write();
    images(ended.iter().map(|end| (*end, 1)));
}

fn success(end: &ImageEnd) -> Option<&ImageSuccess> {
    match end {
        ImageEnd::Succeeded(success) => Some(success),
        ImageEnd::Failed(..) => None,
    }
}
