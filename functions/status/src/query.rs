//! What stands behind the question mark of a call: bounds, cursors, and names that nobody knows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use lambda_http::http::StatusCode;

/// Begins the content of a cursor of this form.
const VERSION: &str = "1.";

/// Refuses parameters that a call does not have: one that is misspelt would change what it does.
pub fn only<'a>(names: impl Iterator<Item = &'a str>, known: &[&str]) -> Result<(), Problem> {
    let mut unknown = names.filter(|name| !known.contains(name));
    let Some(name) = unknown.next() else {
        return Ok(());
    };
    let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    let knows = match known {
        [] => "this call has none".to_owned(),
        known => format!("this call has {}", known.join(", ")),
    };
    let detail = format!("There is no parameter {name:?}; {knows}.");
    Err(Problem::new(
        StatusCode::BAD_REQUEST,
        ProblemCode::UnknownParameter,
        detail,
    ))
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

    #[test]
    fn a_misspelt_parameter_is_named() {
        let known = ["status", "limit"];
        assert_eq!(only(["limit"].into_iter(), &known), Ok(()));
        let refused = only(["limit", "purgee"].into_iter(), &known).unwrap_err();
        assert_eq!(refused.code, "unknown_parameter");
        let body = refused.response().into_body();
        assert!(
            body.contains(r#"no parameter \"purgee\"; this call has status, limit."#),
            "{body}"
        );
    }
}
