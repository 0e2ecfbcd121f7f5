//! How finely an output is encoded.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An encoding quality, 1 to 100: the libjpeg scale for JPEG, libwebp's for WebP, a share of 256 colours for PNG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Quality(u8);

/// Something else than a number from 1 to 100 was given as a quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a quality is a whole number from 1 to 100")]
pub struct InvalidQuality;

impl Quality {
    /// The number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Quality {
    type Error = InvalidQuality;

    fn try_from(quality: u8) -> Result<Self, InvalidQuality> {
        if (1..=100).contains(&quality) {
            Ok(Self(quality))
        } else {
            Err(InvalidQuality)
        }
    }
}

impl From<Quality> for u8 {
    fn from(quality: Quality) -> Self {
        quality.0
    }
}

impl FromStr for Quality {
    type Err = InvalidQuality;

    fn from_str(text: &str) -> Result<Self, InvalidQuality> {
        let number: u8 = text.parse().map_err(|_| InvalidQuality)?;
        Self::try_from(number)
    }
}

impl Default for Quality {
    /// 50, the product's quality.
    fn default() -> Self {
        Self(50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_bounded() {
        assert_eq!(Quality::default().get(), 50);
        assert!(Quality::try_from(1).is_ok() && Quality::try_from(100).is_ok());
        assert_eq!(Quality::try_from(0), Err(InvalidQuality));
        assert_eq!(Quality::try_from(101), Err(InvalidQuality));
        assert_eq!("70".parse(), Quality::try_from(70));
        for text in ["", "0", "101", "-1", "50.5", "300", "best"] {
            assert_eq!(text.parse::<Quality>(), Err(InvalidQuality), "{text}");
        }
    }
}
