//! What stands behind the question mark of a call: its parameters, bounds, cursors.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use halftone_pipeline::api::paths::Route;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use lambda_http::http::StatusCode;

/// Begins the content of a cursor of this form.
const VERSION: &str = "1.";

/// The parameters that each call has.
pub fn parameters(route: &Route) -> &'static [&'static str] {
    match route {
        Route::Requests => &["status", "since", "limit", "cursor"],
        Route::Request(_) | Route::Status(_) => {
            &["limit", "cursor", "partial", "imageStatus", "row"]
        }
        Route::Cancel(_) => &["purge"],
        Route::RetryFailed(_) => &["code", "host"],
        Route::Results(_) => &["as"],
        Route::Replay(_) => &["webhookId"],
        Route::WebhookSecret => &["rotate"],
        Route::Output(..)
        | Route::Deliveries(_)
        | Route::WebhookTest
        | Route::Webhook
        | Route::Console
        | Route::OpenApi => &[],
    }
}

/// Whether others than its own are passed over: where an address is kept by others, who add to it, and under
/// the path that there was first, since its clients may do so against caches.
pub fn takes_others(route: &Route) -> bool {
    matches!(
        route,
        Route::Status(_) | Route::Output(..) | Route::Webhook | Route::Console
    )
}

/// How many are asked for, from 1 to `max`.
pub fn limit(text: Option<&str>, default: i64, max: i64) -> Result<i64, Problem> {
    let Some(text) = text else {
        return Ok(default);
    };
    let limit = text.parse().ok();
    limit
        .filter(|limit| (1..=max).contains(limit))
        .ok_or_else(|| {
            let detail = format!("limit must be a whole number from 1 to {max}.");
            Problem::new(StatusCode::BAD_REQUEST, ProblemCode::InvalidLimit, detail)
        })
}

/// Whether something is wished: it is not unless it is said.
pub fn flag(name: &str, code: ProblemCode, text: Option<&str>) -> Result<bool, Problem> {
    match text {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => {
            let detail = format!("{name} must be true or false.");
            Err(Problem::new(StatusCode::BAD_REQUEST, code, detail))
        }
    }
}

/// A cursor that says so much. Opaque to clients, so that its content may change.
pub fn cursor(content: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{VERSION}{content}"))
}

/// What a cursor says, as `read` understands it.
pub fn of_cursor<T>(
    cursor: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let content = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        read(text.strip_prefix(VERSION)?)
    };
    content().map(Some).ok_or_else(|| {
        let detail = "cursor must be the nextCursor of an earlier answer.";
        Problem::new(StatusCode::BAD_REQUEST, ProblemCode::InvalidCursor, detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_says_what_it_was_given() {
        fn read(cursor: Option<&str>) -> Result<Option<u64>, Problem> {
            of_cursor(cursor, |text| text.parse().ok())
        }
        assert_eq!(read(Some(&cursor("12"))), Ok(Some(12)));
        assert_eq!(read(None), Ok(None));
        for nonsense in ["", "x", "!!", "MTI", &cursor("x")] {
            assert_eq!(read(Some(nonsense)).unwrap_err().code, "invalid_cursor");
        }
    }

    #[test]
    fn limits_are_whole_numbers_within_bounds() {
        assert_eq!(limit(None, 100, 1_000), Ok(100));
        assert_eq!(limit(Some("7"), 100, 1_000), Ok(7));
        for text in ["0", "1001", "-1", "x", ""] {
            let refused = limit(Some(text), 100, 1_000);
            assert_eq!(refused.unwrap_err().code, "invalid_limit", "{text}");
        }
    }
}
