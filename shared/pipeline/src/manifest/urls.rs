//! Finds the URLs in a cell.

use std::ops::Range;

use crate::url::{self, UrlFault};

/// What separates URLs where an address follows, and relative paths everywhere.
const SEPARATORS: [char; 4] = [',', ';', '|', '，'];
/// What ends the name of an image file.
const EXTENSIONS: [&str; 13] = [
    "jpg", "jpeg", "jfif", "png", "gif", "webp", "avif", "bmp", "tif", "tiff", "svg", "heic",
    "heif",
];

/// Where the URLs of a cell are: separated by white space, commas, semicolons or bars in front of the
/// next `https://` or `//`. Elsewhere such a character is a part of the URL (`…/w_200,h_100/a.jpg` is
/// common with image services, and so are spaces in file names), unless it stands between two names of
/// image files; line breaks always separate. Text in front of the first address is one or more relative
/// paths.
pub(super) fn spans(cell: &str) -> Vec<Range<usize>> {
    let starts: Vec<usize> = starts(cell).collect();
    let mut spans = paths(cell, 0..starts.first().copied().unwrap_or(cell.len()));
    for (place, start) in starts.iter().enumerate() {
        let end = starts.get(place + 1).copied().unwrap_or(cell.len());
        spans.extend(files(cell, *start..end));
    }
    spans
}

/// Where addresses begin: at the start of the cell or behind a separator.
fn starts(cell: &str) -> impl Iterator<Item = usize> {
    let mut behind = true;
    cell.char_indices().filter_map(move |(at, c)| {
        let begins = behind && begins_address(&cell[at..]);
        behind = is_separator(c);
        begins.then_some(at)
    })
}

/// Whether a text begins with a scheme and `//`, with `//` alone, or as browsers take an address too, with
/// fewer slashes behind `https:`.
fn begins_address(text: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let (scheme, rest) = text.split_at(text.bytes().take_while(is_part).count());
    if scheme.is_empty() {
        let named = |rest: &str| rest.starts_with(|c: char| !is_separator(c) && c != '/');
        return text.strip_prefix("//").is_some_and(named);
    }
    let http = ["http", "https"].iter();
    let mut http = http.map(|known| scheme.eq_ignore_ascii_case(known));
    let rest = rest.strip_prefix(':');
    rest.is_some_and(|rest| rest.starts_with("//") || http.any(|is| is))
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_separator(c: char) -> bool {
    // Marks of no width come along when text is copied from a page.
    c.is_whitespace() || SEPARATORS.contains(&c) || matches!(c, '\u{200b}' | '\u{feff}')
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t')
}

/// What an address and what follows it is: itself, and files that are named behind it.
fn files(cell: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let mut start = within.start;
    let mut spans = Vec::new();
    let ends = |c: char| SEPARATORS.contains(&c) || is_line_break(c);
    for (at, sign) in cell[within.clone()].match_indices(ends) {
        let (at, next) = (within.start + at, within.start + at + sign.len());
        let rest = &cell[next..within.end];
        let follows = rest.split(ends).next().unwrap_or_default();
        let between = names_image(&cell[start..at]) && names_image(follows);
        if between || sign.starts_with(is_line_break) {
            spans.extend(trimmed(cell, start..at));
            start = next;
        }
    }
    spans.extend(trimmed(cell, start..within.end));
    spans
}

/// Whether a text ends as the names of image files do.
pub(super) fn names_image(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let extension = path.trim().rsplit_once('.').map_or("", |(_, end)| end);
    EXTENSIONS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(extension))
}

/// Relative paths: separated by anything but spaces, which file names have.
fn paths(cell: &str, within: Range<usize>) -> Vec<Range<usize>> {
    let mut start = within.start;
    let mut spans = Vec::new();
    let between = |c: char| SEPARATORS.contains(&c) || is_line_break(c);
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

/// The URL that a text stands for: itself, or a path below `base`. One that begins with `//` has the
/// scheme of the base, or https.
///
/// # Errors
/// Says which rule it breaks.
pub(super) fn absolute(text: &str, base: Option<&str>) -> Result<String, UrlFault> {
    let complete = if text.starts_with("//") {
        let http = base.is_some_and(|base| base.starts_with("http://"));
        let scheme = if http { "http:" } else { "https:" };
        format!("{scheme}{text}")
    } else {
        match (base, url::check(text)) {
            (Some(base), Err(fault)) if is_relative(&fault) && !text.contains("://") => {
                let (base, path) = (base.trim_end_matches('/'), text.trim_start_matches('/'));
                format!("{base}/{path}")
            }
            (_, checked) => return checked.map(|_| text.to_owned()),
        }
    };
    url::check(&complete).map(|_| complete)
}

/// Whether what is wrong with a text is that it is no address but a path.
pub(super) fn is_relative(fault: &UrlFault) -> bool {
    matches!(
        fault,
        UrlFault::Syntax(::url::ParseError::RelativeUrlWithoutBase)
    )
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
    fn addresses_without_a_scheme_and_files_are_parts_too() {
        for (cell, expected) in [
            (
                "https://a/1.jpg,//b/2.jpg",
                &["https://a/1.jpg", "//b/2.jpg"][..],
            ),
            ("//a/1.jpg //b/2.jpg", &["//a/1.jpg", "//b/2.jpg"]),
            ("https://a/1.jpg, m/2.PNG", &["https://a/1.jpg", "m/2.PNG"]),
            (
                "https://a/1.jpg?v=1;2.webp?v=2",
                &["https://a/1.jpg?v=1", "2.webp?v=2"],
            ),
            ("https://a/1.jpg|width=100", &["https://a/1.jpg|width=100"]),
            ("https://a/a.jpg,b", &["https://a/a.jpg,b"]),
            ("https:/a/1 HTTP:b/2", &["https:/a/1", "HTTP:b/2"]),
            ("https://a/1\nb", &["https://a/1", "b"]),
            ("\u{200b}https://a/1.jpg\u{a0}", &["https://a/1.jpg"]),
            ("https://a//b.jpg", &["https://a//b.jpg"]),
        ] {
            assert_eq!(parts(cell), expected, "{cell:?}");
        }
        let https = |base| absolute("//a/1.jpg", base).unwrap();
        assert_eq!(https(None), "https://a/1.jpg");
        assert_eq!(https(Some("http://b/")), "http://a/1.jpg");
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
