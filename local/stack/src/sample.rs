//! The sample CSV, and the photographs that it names, served by this machine.

use std::path::Path;

use halftone_origin::Origin;

use crate::failure::Failure;
use crate::port;

/// The origin that `events/sample.csv` names.
const SAMPLE_ORIGIN: &str = "http://127.0.0.1:9000";
const USUAL_PORT: u16 = 9000;

/// Serves the folder `events` for as long as the origin is kept.
pub fn serve(events: &Path) -> Result<Origin, Failure> {
    let origin = Origin::start_on(port::free(USUAL_PORT)?)
        .map_err(Failure::because("the photos are not served"))?;
    origin.folder(events);
    Ok(origin)
}

/// The CSV of the folder `events` with its images on another origin, such as `http://127.0.0.1:40123`.
pub fn csv(events: &Path, origin: &str) -> Result<String, Failure> {
    let csv = std::fs::read_to_string(events.join("sample.csv"))
        .map_err(Failure::because("cannot read events/sample.csv"))?;
    Ok(with_origin(&csv, origin))
}

fn with_origin(csv: &str, origin: &str) -> String {
    csv.replace(&format!("{SAMPLE_ORIGIN}/"), &format!("{origin}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_changes() {
        let csv = "1,A,\"http://127.0.0.1:9000/photos/a.jpg, http://127.0.0.1:90001/b.jpg\"\n";
        let moved = with_origin(csv, "http://127.0.0.1:5");
        assert_eq!(
            moved,
            "1,A,\"http://127.0.0.1:5/photos/a.jpg, http://127.0.0.1:90001/b.jpg\"\n"
        );
    }
}
