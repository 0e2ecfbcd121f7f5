//! Pages of images: how many, and after which one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use halftone_pipeline::api::problem::Problem;
use lambda_http::http::StatusCode;

/// Images in one answer unless the caller says otherwise.
const DEFAULT_LIMIT: u64 = 100;
/// Most images in one answer; keeps it far below Lambda's 6 MB.
const MAX_LIMIT: u64 = 1_000;

/// Begins the content of a cursor of this form.
const VERSION: &str = "1.";

/// What the caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub limit: u64,
    /// Number of the first image.
    pub from: u64,
}

impl Page {
    pub fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Problem> {
        Ok(Self {
            limit: limit.map_or(Ok(DEFAULT_LIMIT), parse_limit)?,
            from: cursor.map_or(Ok(0), decode)?,
        })
    }
}

fn parse_limit(text: &str) -> Result<u64, Problem> {
    text.parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| {
            let detail = format!("limit must be a whole number from 1 to {MAX_LIMIT}.");
            Problem::new(StatusCode::BAD_REQUEST, "invalid_limit", detail)
        })
}

/// The page that begins with image number `from`. Opaque to clients, so that its content may change.
pub fn encode(from: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{VERSION}{from}"))
}

fn decode(cursor: &str) -> Result<u64, Problem> {
    let from = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        text.strip_prefix(VERSION)?.parse().ok()
    };
    from().ok_or_else(|| {
        let detail = "cursor must be the nextCursor of an earlier answer.";
        Problem::new(StatusCode::BAD_REQUEST, "invalid_cursor", detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_went() {
        let page = Page::parse(Some("7"), Some(&encode(12))).unwrap();
        assert_eq!(page, Page { limit: 7, from: 12 });
        assert_eq!(
            Page::parse(None, None).unwrap(),
            Page {
                limit: 100,
                from: 0
            }
        );
    }

    #[test]
    fn nonsense_is_refused_with_its_code() {
        let code = |limit, cursor| Page::parse(limit, cursor).unwrap_err().code;
        for limit in ["0", "1001", "-1", "x", ""] {
            assert_eq!(code(Some(limit), None), "invalid_limit");
        }
        for cursor in ["", "x", "!!", "MTI"] {
            assert_eq!(code(None, Some(cursor)), "invalid_cursor");
        }
    }
}
