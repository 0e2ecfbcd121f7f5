//! What answers that are no success mean for whoever wants the picture.

/// Whether another answer may come later.
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// A status in a sentence that says what to do.
pub(super) fn sentence(status: u16) -> String {
    let meaning = match status {
        206 => ": it sends only a part of the file",
        301 | 302 | 303 | 307 | 308 => ": it redirects without saying where to",
        401 | 403 | 407 => {
            ": it does not let strangers see the picture; make it public, or have Halftone's operator give \
             the headers that it asks for (OriginHeadersSecret, UserAgent)"
        }
        404 | 410 => ": there is no picture at this address",
        406 => ": it has the picture only in formats that cannot be read here",
        408 | 504 => ": it took too long",
        429 => ": it is asked too often",
        451 => ": the law forbids it to show the picture",
        500..=599 => ": it is out of order",
        _ => "",
    };
    format!("the server answered with status {status}{meaning}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_that_may_pass_are_transient() {
        for status in [408, 425, 429, 500, 502, 503, 504, 521, 599] {
            assert!(may_pass(status), "{status}");
        }
        for status in [206, 304, 400, 401, 403, 404, 410, 415, 451] {
            assert!(!may_pass(status), "{status}");
        }
    }

    #[test]
    fn statuses_say_what_they_mean() {
        let prefix = "the server answered with status ";
        for (status, expected) in [
            (404, "404: there is no picture at this address"),
            (302, "302: it redirects without saying where to"),
            (418, "418"),
        ] {
            assert_eq!(sentence(status), format!("{prefix}{expected}"));
        }
    }
}
