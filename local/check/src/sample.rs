//! The CSV that is run through.

use std::fs;
use std::path::Path;

use halftone_local::failure::Failure;
use halftone_local::sample;

use super::arguments::{Settings, is_on_this_machine};

/// A CSV, and whatever serves its images.
pub struct Sample {
    /// Its text.
    pub csv: String,
    _photos: Option<Box<dyn std::any::Any>>,
}

/// The user's own, or the sample with its photographs.
pub fn find(settings: &Settings, events: &Path) -> Result<Sample, Failure> {
    if let Some(path) = &settings.csv {
        let what = format!("cannot read {}", path.display());
        let csv = fs::read_to_string(path).map_err(Failure::because(what))?;
        return Ok(Sample { csv, _photos: None });
    }
    if !is_on_this_machine(&settings.api) {
        return Err(Failure::new(
            "the photographs of events/sample.csv are served by this machine, which no deployed function may reach",
        )
        .advise(
            "give a CSV of your own with --csv: one line with the columns `S. No.`, `Product Name` and `Input Image Urls` and the public URL of one picture will do",
        ));
    }
    let origin = sample::serve(events)?;
    Ok(Sample {
        csv: sample::csv(events, &origin.url(""))?,
        _photos: Some(Box::new(origin)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployed_api_is_not_asked_for_pictures_of_this_machine() {
        let settings = Settings {
            api: "https://a.example/prod".into(),
            key_variable: "KEY".into(),
            csv: None,
        };
        let failure = find(&settings, Path::new("/")).err().unwrap().to_string();
        assert!(
            failure.contains("--csv") && failure.contains("`Input Image Urls`"),
            "{failure}"
        );
    }
}
