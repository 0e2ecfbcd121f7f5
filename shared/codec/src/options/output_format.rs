//! Which format an output has.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The format that is asked of an output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    /// The source's own, or the nearest that browsers show.
    #[default]
    Original,
    /// JPEG, with alpha flattened on white.
    Jpeg,
    /// Lossy WebP.
    WebP,
    /// AVIF.
    Avif,
    /// PNG with a palette where that is smaller.
    Png,
}

/// A word that names no output format was given for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a format is one of original, jpeg, webp, avif and png")]
pub struct InvalidOutputFormat;

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Original,
        Self::Jpeg,
        Self::WebP,
        Self::Avif,
        Self::Png,
    ];

    /// The word for it in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Jpeg => "jpeg",
            Self::WebP => "webp",
            Self::Avif => "avif",
            Self::Png => "png",
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OutputFormat {
    type Err = InvalidOutputFormat;

    fn from_str(text: &str) -> Result<Self, InvalidOutputFormat> {
        let named = |format: &Self| format.as_str() == text;
        Self::ALL.into_iter().find(named).ok_or(InvalidOutputFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_words() {
        for format in OutputFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        for text in ["", "JPEG", "jpg", "gif"] {
            assert_eq!(text.parse::<OutputFormat>(), Err(InvalidOutputFormat));
        }
    }
}
