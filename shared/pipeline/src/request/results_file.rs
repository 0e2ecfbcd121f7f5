//! The forms in which a request's results are given.

use serde::{Deserialize, Serialize};

/// One form: a file of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultsFile {
    /// What became of each row, for spreadsheets.
    #[default]
    Csv,
    /// The CSV as it came, with its outputs in the place of its images.
    Source,
    /// What became of each row, a JSON object a line.
    Ndjson,
    /// The same as one JSON array.
    Json,
}

impl ResultsFile {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Source, Self::Ndjson, Self::Json];

    /// The word that asks for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Source => "source",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
        }
    }

    /// The one that a word asks for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.word() == word)
    }

    /// The end of its object's key.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Source => "source.csv",
            file => file.word(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_word() {
        for file in ResultsFile::ALL {
            assert_eq!(ResultsFile::of_word(file.word()), Some(file));
        }
        assert_eq!(ResultsFile::of_word("xml"), None);
    }
}
