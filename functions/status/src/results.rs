//! The forms in which results are asked for.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::request::ResultsFile;
use lambda_http::http::StatusCode;

use crate::archive;

/// What `?as=` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// What became of the rows.
    File(ResultsFile),
    /// All outputs as a ZIP.
    Archive,
}

impl Form {
    /// The form that a word asks for; the usual one where there is none.
    pub fn of(word: Option<&str>) -> Result<Self, Problem> {
        let Some(word) = word else {
            return Ok(Self::File(ResultsFile::default()));
        };
        if word == archive::WORD {
            return Ok(Self::Archive);
        }
        ResultsFile::of_word(word).map(Self::File).ok_or_else(|| {
            let detail = "as must be csv (the results), source (the CSV as it came, with its outputs), \
                          ndjson or json (the results as JSON), or zip (all outputs).";
            Problem::new(StatusCode::BAD_REQUEST, ProblemCode::InvalidAs, detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_word() {
        assert_eq!(Form::of(None), Ok(Form::File(ResultsFile::Csv)));
        assert_eq!(Form::of(Some("zip")), Ok(Form::Archive));
        for file in ResultsFile::ALL {
            assert_eq!(Form::of(Some(file.word())), Ok(Form::File(file)));
        }
        for word in ["", "xml", "CSV"] {
            assert_eq!(Form::of(Some(word)).unwrap_err().code, "invalid_as");
        }
    }
}
