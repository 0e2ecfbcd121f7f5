//! Polling that is cheap: a tag of what a status says, and when to ask again.

use halftone_pipeline::hash::sha256;
use halftone_pipeline::request::{Progress, Timestamp};
use halftone_pipeline::services::store::Request;
use lambda_http::http::{HeaderMap, header};

/// The form of the answers: another one gets other tags.
const VERSION: &str = "1";
/// Shortest and longest time to ask again after, in seconds.
const AGAIN: (u64, u64) = (2, 30);

/// The entity tag of what this call says of a request (RFC 9110, section 8.8.3): weak, since pace and
/// pauses may differ under the same one.
pub fn of(request: &Request, query: &str) -> String {
    let (counts, round) = (request.counts, request.round.to_string());
    let ended = [counts.succeeded, counts.failed, counts.cancelled].map(|count| count.to_string());
    let parts = [
        VERSION,
        query,
        &request.status.to_string(),
        &format!("{:?}", request.phase()),
        &request.updated_at.to_string(),
        &round,
    ];
    let joined = parts.join("\0") + &ended.join("\0");
    format!("W/\"{}\"", &sha256(&[joined.as_bytes()])[..32])
}

/// Whether the caller has what this tag stands for. Where counters are in doubt, images may have ended
/// that they know nothing of, so nobody does.
pub fn is_known(request: &Request, headers: &HeaderMap, tag: &str) -> bool {
    let doubt = request.counts_in_doubt && request.ended_at.is_none();
    !doubt && matches(headers, tag)
}

/// Section 13.1.2: by weak comparison.
pub fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    known.any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

/// Seconds after which it is worth to ask again; `None` when nothing more will happen.
pub fn retry_after(request: &Request, progress: &Progress, now: Timestamp) -> Option<u64> {
    let pace = progress.pace?;
    let begun = request.started_at.unwrap_or(request.created_at);
    // A quarter of what it will take, or a tenth of what it took.
    let took = now.since(begun).as_secs();
    let wait = pace.seconds_left.map_or(took / 10, |left| left / 4);
    Some(wait.clamp(AGAIN.0, AGAIN.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(values: &[&str], tag: &str) -> bool {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_NONE_MATCH, value.parse().unwrap());
        }
        matches(&headers, tag)
    }

    #[test]
    fn tags_are_compared_weakly_and_in_lists() {
        let tag = "W/\"a\"";
        assert!(knows(&[tag], tag) && knows(&["\"a\""], tag) && knows(&["*"], tag));
        assert!(knows(&["\"b\", W/\"a\""], tag) && knows(&["\"b\"", "\"a\""], tag));
        assert!(!knows(&[], tag) && !knows(&["\"b\""], tag) && !knows(&["a"], tag));
    }
}
