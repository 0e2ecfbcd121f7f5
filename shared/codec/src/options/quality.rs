//! How finely an output is encoded.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, de};
use thiserror::Error;

/// An encoding quality, 1 to 100: the libjpeg scale for JPEG, libwebp's for WebP, a share of 256 colours for PNG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "u8")]
pub struct Quality(u8);

/// Something else than a number from 1 to 100 was given as a quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the {} must be {}", Quality::NAME, Quality::ALLOWED)]
pub struct InvalidQuality;

impl Quality {
    /// What the option is called, in forms, in files and in the API.
    pub const NAME: &'static str = "quality";

    /// All that can be asked for.
    pub const RANGE: RangeInclusive<u8> = 1..=100;

    /// The range, as part of a sentence.
    pub const ALLOWED: &'static str = "a whole number from 1 to 100";

    /// The number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Quality {
    type Error = InvalidQuality;

    fn try_from(quality: u8) -> Result<Self, InvalidQuality> {
        if Self::RANGE.contains(&quality) {
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

impl<'de> Deserialize<'de> for Quality {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u8(Number)
    }
}

/// Reads a quality. Serde's own words for what is none would be those of its types.
struct Number;

impl de::Visitor<'_> for Number {
    type Value = Quality;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} that is {}", Quality::NAME, Quality::ALLOWED)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quality, E> {
        let quality = u8::try_from(number).map_err(|_| InvalidQuality);
        quality.and_then(Quality::try_from).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quality, E> {
        let number = u64::try_from(number).map_err(|_| E::custom(InvalidQuality))?;
        self.visit_u64(number)
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
    #[test]
    fn numbers_are_read_and_others_are_told() {
        let read = |json: &str| serde_json::from_str::<Quality>(json);
        for quality in [1, 50, 100].map(|quality| Quality::try_from(quality).unwrap()) {
            let json = serde_json::to_string(&quality).unwrap();
            assert_eq!(read(&json).unwrap(), quality);
        }
        let expected = "the quality must be a whole number from 1 to 100";
        assert_eq!(InvalidQuality.to_string(), expected);
        for json in ["0", "101", "300", "-1"] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        for json in ["\"50\"", "50.5", "null"] {
            let error = read(json).unwrap_err().to_string();
            assert!(
                error.contains(Quality::ALLOWED) && !error.contains("u8"),
                "{error}"
            );
        }
    }
}
