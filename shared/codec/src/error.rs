//! Why a picture was not compressed. None of these reasons passes by itself: trying again is of no use.

use std::error::Error as StdError;

use thiserror::Error;

use crate::picture::Format;

/// Why a picture was not compressed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The bytes are no picture at all.
    #[error("not a picture but {seen}")]
    NotAnImage {
        /// What the bytes look like.
        seen: &'static str,
    },
    /// A picture, or a film, of a kind that is not compressed here.
    #[error("{seen} is not supported; JPEG, PNG, WebP, GIF, BMP and TIFF are")]
    UnsupportedFormat {
        /// What the bytes are.
        seen: &'static str,
    },
    /// The picture declares more pixels, or a longer side, than allowed.
    #[error("{width} × {height} pixels pass the limit of {limit}")]
    TooManyPixels {
        /// The declared width, in pixels.
        width: u32,
        /// The declared height, in pixels.
        height: u32,
        /// The limit that was passed, and the name of the setting that holds it.
        limit: PixelLimit,
    },
    /// The picture is damaged or incomplete.
    #[error("the {format} data cannot be decoded")]
    DecodeFailed {
        /// What the data claims to be.
        format: Format,
        /// What is wrong with it.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A decoded picture could not be encoded again: a fault of this program.
    #[error("the {format} encoder failed")]
    Internal {
        /// What was to be encoded.
        format: Format,
        /// The encoder's error.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// Which limit a picture's dimensions passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PixelLimit {
    /// Width times height.
    #[error("{0} pixels (MAX_IMAGE_PIXELS)")]
    Pixels(u64),
    /// The longer side.
    #[error("{0} pixels a side (MAX_IMAGE_DIMENSION)")]
    Dimension(u32),
    /// The longer side, for a WebP.
    #[error("{0} pixels a side that WebP has room for; ask for another format")]
    WebP(u32),
    /// The memory that there is for codecs, in MB.
    #[error(
        "{0} MB of memory for this conversion (CompressMemorySize); other formats may need less"
    )]
    Memory(u64),
    /// All frames of an animation together.
    #[error("{0} pixels in all frames together (a multiple of MAX_IMAGE_PIXELS)")]
    Frames(u64),
}

impl ImageError {
    /// The stable name that clients see.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnImage { .. } => "not_an_image",
            Self::UnsupportedFormat { .. } => "unsupported_format",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::DecodeFailed { .. } => "decode_failed",
            Self::Internal { .. } => "internal",
        }
    }

    pub(crate) fn damaged(
        format: Format,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::DecodeFailed {
            format,
            source: source.into(),
        }
    }

    pub(crate) fn internal(
        format: Format,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Internal {
            format,
            source: source.into(),
        }
    }
}
