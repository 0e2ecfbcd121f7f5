//! The sample photographs, many times over and each time at another URL: `COPY/photos/…` below some path.

use std::path::Path;

use halftone_local::failure::Failure;
use halftone_local::sample;

/// A CSV that has the sample so many times, each below a URL of its own.
pub fn csv(events: &Path, base: &str, copies: usize) -> Result<String, Failure> {
    let mut csv = String::new();
    for copy in 0..copies {
        let part = sample::csv(events, &format!("{base}/{copy}"))?;
        let (header, rows) = part.split_once('\n').unwrap_or_default();
        if csv.is_empty() {
            csv = format!("{header}\n");
        }
        csv.push_str(rows);
    }
    Ok(csv)
}

/// The bytes of `COPY/photos/…`, and the number of the copy.
pub fn read(events: &Path, path: &str) -> Option<(usize, Vec<u8>)> {
    let (copy, photo) = path.trim_start_matches('/').split_once('/')?;
    let photo = Some(photo).filter(|photo| !photo.contains(".."))?;
    Some((copy.parse().ok()?, std::fs::read(events.join(photo)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_photograph_is_at_a_url_of_its_own_and_is_there() {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
        let base = "http://127.0.0.1:1";
        let csv = csv(&events, base, 3).unwrap();
        let cells = csv.split(['"', ',', ' ', '\n']);
        let mut urls: Vec<_> = cells.filter(|cell| cell.starts_with(base)).collect();
        for url in &urls {
            assert!(read(&events, &url[base.len()..]).is_some(), "{url}");
        }
        urls.sort_unstable();
        urls.dedup();
        assert_eq!(urls.len(), 11 * 3);
        assert!(read(&events, "/0/../Cargo.toml").is_none());
    }
}
