//! Splits a cell into URLs and checks them.

use super::RowError;

/// The URLs of a cell: separated by white space, or by commas in front of the next scheme.
///
/// A comma inside a URL stays (`…/w_200,h_100/a.jpg` is common with image services).
pub(super) fn split(cell: &str) -> impl Iterator<Item = &str> {
    cell.split_whitespace()
        .flat_map(split_at_commas)
        .filter(|url| !url.is_empty())
}

fn split_at_commas(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (comma, _) in word.match_indices(',') {
        let rest = &word[comma + 1..];
        if rest.is_empty() || rest.starts_with(',') || starts_with_scheme(rest) {
            parts.push(word[start..comma].trim_matches(','));
            start = comma + 1;
        }
    }
    parts.push(&word[start..]);
    parts
}

/// RFC 3986 section 3.1, followed by `://`.
fn starts_with_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once("://") else {
        return false;
    };
    let mut chars = scheme.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic())
        && chars.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Refuses a row without URLs, with too many, or with one that can never be fetched.
pub(super) fn check(row: u64, urls: &[&str], max: usize) -> Result<(), RowError> {
    if urls.is_empty() {
        return Err(RowError::no_url(row));
    }
    if urls.len() > max {
        return Err(RowError::too_many_urls(row, urls.len(), max));
    }
    for url in urls {
        crate::url::check(url).map_err(|fault| RowError::invalid_url(row, url, &fault))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(cell: &str) -> Vec<&str> {
        split(cell).collect()
    }

    #[test]
    fn commas_spaces_and_new_lines_separate() {
        assert_eq!(
            parts("http://a/1.jpg, http://a/2.jpg\nhttp://a/3.jpg http://a/4.jpg,http://a/5.jpg,"),
            [
                "http://a/1.jpg",
                "http://a/2.jpg",
                "http://a/3.jpg",
                "http://a/4.jpg",
                "http://a/5.jpg"
            ]
        );
    }

    #[test]
    fn a_comma_inside_a_url_stays() {
        assert_eq!(
            parts("https://a/w_2,h_1/x.jpg"),
            ["https://a/w_2,h_1/x.jpg"]
        );
    }

    #[test]
    fn other_schemes_are_parts_too_so_that_they_are_refused() {
        assert_eq!(
            parts("https://a/1.jpg,ftp://a/2.jpg"),
            ["https://a/1.jpg", "ftp://a/2.jpg"]
        );
        assert!(check(2, &["ftp://a/2.jpg"], 5).is_err());
    }

    #[test]
    fn blank_cells_hold_nothing() {
        assert_eq!(parts(" , ,, \n"), Vec::<&str>::new());
    }
}
