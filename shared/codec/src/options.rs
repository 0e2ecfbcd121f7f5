//! What may be asked of the compression, and the bounds of what is accepted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::copyright::Copyright;
use super::error::{ImageError, PixelLimit};

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

/// How large a picture may be. Checked on what its header declares, before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelLimits {
    /// The most pixels, width times height.
    pub max_pixels: u64,
    /// The longest side, in pixels.
    pub max_dimension: u32,
}

/// How many times `max_pixels` the frames of an animation may have together: they are decoded one at a time, so
/// they cost time but no memory.
const FRAMES_PER_PICTURE: u64 = 8;

impl PixelLimits {
    pub(super) fn check(&self, width: u32, height: u32) -> Result<(), ImageError> {
        let limit = if width.max(height) > self.max_dimension {
            PixelLimit::Dimension(self.max_dimension)
        } else if u64::from(width) * u64::from(height) > self.max_pixels {
            PixelLimit::Pixels(self.max_pixels)
        } else {
            return Ok(());
        };
        Err(ImageError::TooManyPixels {
            width,
            height,
            limit,
        })
    }

    /// Checks the frames of an animation of this size, given the pixels of all of them.
    pub(super) fn check_frames(
        &self,
        width: u32,
        height: u32,
        pixels: u64,
    ) -> Result<(), ImageError> {
        let most = self.max_pixels.saturating_mul(FRAMES_PER_PICTURE);
        if pixels <= most {
            return Ok(());
        }
        Err(ImageError::TooManyPixels {
            width,
            height,
            limit: PixelLimit::Frames(most),
        })
    }
}

/// How a picture is to be compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The quality of the output.
    pub quality: Quality,
    /// The format of the output.
    pub format: OutputFormat,
    /// What becomes of the copyright notice.
    pub copyright: Copyright,
    /// The bounds of the input.
    pub limits: PixelLimits,
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
    fn formats_are_known_by_their_words() {
        for format in OutputFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        for text in ["", "JPEG", "jpg", "gif"] {
            assert_eq!(text.parse::<OutputFormat>(), Err(InvalidOutputFormat));
        }
    }

    #[test]
    fn limits_are_inclusive() {
        let limits = PixelLimits {
            max_pixels: 100,
            max_dimension: 50,
        };
        assert!(limits.check(10, 10).is_ok() && limits.check(50, 2).is_ok());
        assert!(limits.check(51, 1).is_err() && limits.check(10, 11).is_err());
        assert!(limits.check(u32::MAX, u32::MAX).is_err());
        assert!(
            limits.check_frames(10, 10, 800).is_ok() && limits.check_frames(10, 10, 801).is_err()
        );
    }
}
