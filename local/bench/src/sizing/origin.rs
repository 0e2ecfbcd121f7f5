//! An origin that waits: the sample photographs, many times over and each time at another URL.

use std::path::Path;
use std::time::Duration;

use halftone_local::failure::Failure;
use halftone_local::sample;
use halftone_origin::{Answer, Origin};

/// How often the sample is in the CSV. With its eleven photographs that is enough for some full batches.
const COPIES: usize = 40;

/// Serves `/WAIT/COPY/photos/…`, WAIT in milliseconds, from the folder `events`.
pub fn start(events: &Path) -> Result<Origin, Failure> {
    let origin = Origin::start().map_err(Failure::because("the photos are not served"))?;
    let events = events.to_owned();
    origin.otherwise(move |request| {
        answer(&events, request.path()).unwrap_or_else(|| Answer::status(404))
    });
    Ok(origin)
}

fn answer(events: &Path, path: &str) -> Option<Answer> {
    let mut parts = path.trim_start_matches('/').splitn(3, '/');
    let wait = parts.next()?.parse().ok()?;
    let photo = parts.nth(1).filter(|photo| !photo.contains(".."))?;
    let bytes = std::fs::read(events.join(photo)).ok()?;
    Some(Answer::ok(bytes).after(Duration::from_millis(wait)))
}

/// A CSV of the photographs on an origin that waits so long with each.
pub fn csv(events: &Path, origin: &Origin, wait: Duration) -> Result<String, Failure> {
    let mut csv = String::new();
    for copy in 0..COPIES {
        let base = origin.url(&format!("/{}/{copy}", wait.as_millis()));
        let part = sample::csv(events, &base)?;
        let (header, rows) = part.split_once('\n').unwrap_or_default();
        if csv.is_empty() {
            csv = format!("{header}\n");
        }
        csv.push_str(rows);
    }
    Ok(csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_photograph_is_at_a_url_of_its_own_and_is_there() {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
        let origin = start(&events).unwrap();
        let csv = csv(&events, &origin, Duration::from_millis(500)).unwrap();
        let base = origin.url("");
        let urls = csv
            .split(['"', ',', ' ', '\n'])
            .filter(|cell| cell.starts_with(&base));
        let mut urls: Vec<_> = urls.collect();
        assert_eq!(urls.len(), 11 * COPIES);
        for url in &urls {
            assert!(answer(&events, &url[base.len()..]).is_some(), "{url}");
        }
        urls.sort_unstable();
        urls.dedup();
        assert_eq!(urls.len(), 11 * COPIES);
        assert!(answer(&events, "/0/0/../Cargo.toml").is_none());
    }
}
