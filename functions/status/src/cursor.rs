//! Pages of images: how many, and after which one.

use halftone_pipeline::api::problem::Problem;

use crate::query;

/// Images in one answer unless the caller says otherwise.
const DEFAULT_LIMIT: i64 = 100;
/// Most images in one answer; keeps it far below Lambda's 6 MB.
const MAX_LIMIT: i64 = 1_000;

/// What the caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub limit: i64,
    /// Number of the first image.
    pub from: u64,
}

impl Page {
    pub fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Problem> {
        let from = query::of_cursor(cursor, |text| text.parse().ok())?;
        Ok(Self {
            limit: query::limit(limit, DEFAULT_LIMIT, MAX_LIMIT)?,
            from: from.unwrap_or(0),
        })
    }
}

/// The page that begins with image number `from`.
pub fn encode(from: u64) -> String {
    query::cursor(&from.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_went() {
        let page = Page::parse(Some("7"), Some(&encode(12))).unwrap();
        assert_eq!(page, Page { limit: 7, from: 12 });
        let first = Page {
            limit: 100,
            from: 0,
        };
        assert_eq!(Page::parse(None, None).unwrap(), first);
    }

    #[test]
    fn nonsense_is_refused_with_its_code() {
        let code = |limit, cursor| Page::parse(limit, cursor).unwrap_err().code;
        assert_eq!(code(Some("1001"), None), "invalid_limit");
        assert_eq!(code(None, Some("x")), "invalid_cursor");
    }
}
