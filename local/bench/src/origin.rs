//! An origin that waits.

use std::path::Path;
use std::time::Duration;

use halftone_local::failure::Failure;
use halftone_origin::{Answer, Origin};

use crate::photographs;

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
    let (wait, path) = path.trim_start_matches('/').split_once('/')?;
    let (_, bytes) = photographs::read(events, path)?;
    Some(Answer::ok(bytes).after(Duration::from_millis(wait.parse().ok()?)))
}

/// A CSV with so many copies of the sample on an origin that waits so long with each photograph.
pub fn csv(
    events: &Path,
    origin: &Origin,
    wait: Duration,
    copies: usize,
) -> Result<String, Failure> {
    let base = origin.url(&format!("/{}", wait.as_millis()));
    photographs::csv(events, &base, copies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_of_the_csv_is_answered() {
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
        let origin = start(&events).unwrap();
        let csv = csv(&events, &origin, Duration::from_millis(500), 2).unwrap();
        let base = origin.url("");
        let cells = csv.split(['"', ',', ' ', '\n']);
        let urls: Vec<_> = cells.filter(|cell| cell.starts_with(&base)).collect();
        assert_eq!(urls.len(), 11 * 2);
        for url in &urls {
            assert!(answer(&events, &url[base.len()..]).is_some(), "{url}");
        }
        assert!(answer(&events, "/0/0/../Cargo.toml").is_none());
    }
}
