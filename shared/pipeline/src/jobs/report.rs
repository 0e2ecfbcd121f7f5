//! What an operator sees of images and requests that ended, whoever ended them.

use std::collections::BTreeMap;

use crate::request::RequestStatus;
use crate::services::metrics::Metrics;
use crate::services::store::ImageEnd;

/// The `Code` of an image that succeeded.
const SUCCEEDED: &str = "succeeded";

/// So many images have ended in each of these ways, just now.
pub(super) fn images<'a>(ends: impl IntoIterator<Item = (&'a ImageEnd, u64)>) {
    for (code, images) in by_code(ends) {
        Metrics::of_part(&[("Code", code)])
            .count("Images", images)
            .write();
    }
}

/// A request has ended with this status, just now.
pub(super) fn request(status: RequestStatus) {
    Metrics::of_part(&[("Status", &format!("{status:?}"))])
        .count("Requests", 1)
        .write();
}

fn by_code<'a>(ends: impl IntoIterator<Item = (&'a ImageEnd, u64)>) -> BTreeMap<&'a str, u64> {
    let mut codes = BTreeMap::new();
    for (end, images) in ends.into_iter().filter(|(_, images)| *images > 0) {
        let code = match end {
            ImageEnd::Succeeded(_) => SUCCEEDED,
            ImageEnd::Failed(failure, _) => &failure.code,
        };
        *codes.entry(code).or_default() += images;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ImageFailure;

    #[test]
    fn images_are_counted_by_how_they_ended() {
        let failed = |code: &str| {
            let failure = ImageFailure {
                code: code.to_owned(),
                message: String::new(),
                sniffed: None,
            };
            ImageEnd::Failed(failure, 1)
        };
        let (late, broken) = (failed("timeout"), failed("decode_failed"));
        let codes = by_code([(&late, 1), (&broken, 0), (&late, 4)]);
        assert_eq!(codes, [("timeout", 5)].into());
    }
}
