//! Finds the URLs in a cell.

use std::ops::Range;

use crate::url::{self, UrlFault};

/// What separates URLs where a scheme follows, and relative paths everywhere.
const SEPARATORS: [char; 4] = [',', ';', '|', '，'];

/// Where the URLs of a cell are: separated by white space, commas, semicolons or bars in front of the
/// next scheme. Where no scheme follows, such a character is a part of the URL
/// (`…/w_200,h_100/a.jpg` is common with image services, and so are spaces in file names). Text in
/// front of the first scheme is one or more relative paths.
pub(super) fn spans(cell: &str) -> Vec<Range<usize>> {
    let starts: Vec<usize> = schemes(cell).collect();
    let mut spans = paths(cell, 0..starts.first().copied().unwrap_or(cell.len()));
    for (place, start) in starts.iter().enumerate() {
        let end = starts.get(place + 1).copied().unwrap_or(cell.len());
        spans.extend(trimmed(cell, *start..end));
    }
    spans
}

/// Where URLs with a scheme begin: at the start of the cell or behind a separator.
fn schemes(cell: &str) -> impl Iterator<Item = usize> {
    cell.match_indices("://").filter_map(|(colon, _)| {
        let before = &cell[..colon];
        let scheme = before
            .bytes()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
            .count();
        let start = colon - scheme;
        let letter = before
            .as_bytes()
            .get(start)
            .is_some_and(u8::is_ascii_alphabetic);
        let behind = cell[..start].chars().next_back().is_none_or(is_separator);
        (scheme > 0 && letter && behind).then_some(start)
    })
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || SEPARATORS.contains(&c)
}

/// Relative paths: separated by anything but spaces, which file names have.
fn paths(cell: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let mut start = within.start;
    let mut spans = Vec::new();
    let between = |c: char| SEPARATORS.contains(&c) || matches!(c, '\n' | '\r' | '\t');
    for (at, c) in cell[within.clone()]
        .char_indices()
        .filter(|(_, c)| between(*c))
    {
        spans.extend(trimmed(cell, start..within.start + at));
        start = within.start + at + c.len_utf8();
    }
    spans.extend(trimmed(cell, start..within.end));
    spans
}

/// What is left without separators on both sides, if anything.
fn trimmed(cell: &str, span: Range<usize>) -> Option<Range<usize>> {
    let text = &cell[span.clone()];
    let rest = text.trim_start_matches(is_separator);
    let start = span.start + (text.len() - rest.len());
    let rest = rest.trim_end_matches(is_separator);
    (!rest.is_empty()).then(|| start..start + rest.len())
}

/// The URL that a text stands for: itself, or a path below `base`.
///
/// # Errors
/// Says which rule it breaks.
pub(super) fn absolute(text: &str, base: Option<&str>) -> Result<String, UrlFault> {
    match (base, url::check(text)) {
        (Some(base), Err(UrlFault::Syntax(::url::ParseError::RelativeUrlWithoutBase))) => {
            let base = base.trim_end_matches('/');
            let joined = if text.starts_with("//") {
                let scheme = base.split("//").next().unwrap_or("https:");
                format!("{scheme}{text}")
            } else {
                format!("{base}/{}", text.trim_start_matches('/'))
            };
            url::check(&joined).map(|_| joined)
        }
        (_, checked) => checked.map(|_| text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(cell: &str) -> Vec<&str> {
        spans(cell).into_iter().map(|span| &cell[span]).collect()
    }

    #[test]
    fn everything_that_people_put_between_urls_separates_them() {
        for between in [
            ", ", "\n", " ", ",", ";", "|", "; ", " | ", "，", "\r\n", " ,, ", "\t",
        ] {
            let cell = ["http://a/1.jpg", "https://a/2.jpg", "http://a/3.jpg"].join(between);
            let expected = ["http://a/1.jpg", "https://a/2.jpg", "http://a/3.jpg"];
            assert_eq!(parts(&format!(" {cell}{between}")), expected, "{between:?}");
        }
    }

    #[test]
    fn the_same_characters_inside_a_url_stay() {
        for url in [
            "https://a/w_2,h_1/x.jpg",
            "https://a/my photo (1).jpg",
            "https://a/a;b|c.jpg",
            "https://proxy/https://b/x.jpg",
            "https://a/x?u=http://b/y",
        ] {
            assert_eq!(parts(url), [url]);
        }
    }

    #[test]
    fn other_schemes_are_parts_too_so_that_they_are_refused() {
        let cell = "https://a/1.jpg,ftp://a/2.jpg";
        assert_eq!(parts(cell), ["https://a/1.jpg", "ftp://a/2.jpg"]);
        assert!(absolute("ftp://a/2.jpg", Some("https://b")).is_err());
    }

    #[test]
    fn blank_cells_hold_nothing() {
        assert_eq!(parts(" , ,, \n"), Vec::<&str>::new());
    }

    #[test]
    fn relative_paths_are_below_the_base() {
        let cell = "/m/a b.jpg,c.jpg|//cdn/d.jpg;https://x/e.jpg";
        let below = |base| {
            let urls = parts(cell).into_iter().map(|part| absolute(part, base));
            urls.collect::<Result<Vec<_>, _>>()
        };
        assert_eq!(
            below(Some("https://shop/media/")).unwrap(),
            [
                "https://shop/media/m/a b.jpg",
                "https://shop/media/c.jpg",
                "https://cdn/d.jpg",
                "https://x/e.jpg"
            ]
        );
        assert!(below(None).is_err());
    }
}
