//! Why a picture was not compressed. None of these reasons passes by itself: trying again is of no use.

use std::error::Error as StdError;

use thiserror::Error;

use crate::picture::Format;

/// Why a picture was not compressed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The bytes are no picture at all.
    #[error("it is not a picture but {seen}")]
    NotAnImage {
        /// What the bytes look like: `an HTML page`.
        seen: &'static str,
    },
    /// A picture, or a film, of a kind that is not compressed here.
    #[error("it is {seen}; only JPEG, PNG, WebP, AVIF, GIF, BMP and TIFF can be compressed")]
    UnsupportedFormat {
        /// What the bytes are: `a HEIC picture`, `not a picture but a PDF document`.
        seen: &'static str,
    },
    /// The picture declares more pixels, or a longer side, than allowed.
    #[error("it has {width} × {height} pixels; {limit}")]
    TooManyPixels {
        /// The declared width, in pixels.
        width: u32,
        /// The declared height, in pixels.
        height: u32,
        /// The limit that was passed, and the template's parameter that holds it.
        limit: PixelLimit,
    },
    /// An animation that is larger than was asked for, of a format in which frames are kept as they are.
    #[error(
        "it is an animated {} of {width} × {height} pixels, and only as WebP are animations made smaller: ask for the \
         format webp, or for a larger maxWidth and maxHeight", format.to_string().to_uppercase()
    )]
    AnimationTooLarge {
        /// The format.
        format: Format,
        /// Its width, in pixels.
        width: u32,
        /// Its height, in pixels.
        height: u32,
    },
    /// The picture is damaged or incomplete.
    #[error("the picture is damaged or incomplete")]
    DecodeFailed {
        /// What the data claims to be.
        format: Format,
        /// What is wrong with it.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A decoded picture could not be encoded again: a fault of this program.
    #[error("the picture could not be encoded, which is no fault of its own")]
    Internal {
        /// What was to be encoded.
        format: Format,
        /// The encoder's error.
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// Which limit a picture's dimensions passed, in the words of who set it: by the parameters of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PixelLimit {
    /// Width times height.
    #[error("at most {0} are allowed (MaxImagePixels)")]
    Pixels(u64),
    /// The longer side.
    #[error("at most {0} a side are allowed (MaxImageDimension)")]
    Dimension(u32),
    /// The longer side, for a WebP.
    #[error("a WebP has room for {0} a side: ask for another format")]
    WebP(u32),
    /// The memory that there is for codecs, in MB.
    #[error(
        "to convert it takes more than the {0} MB of memory that there are (CompressMemorySize); \
         another format may need less"
    )]
    Memory(u64),
    /// All frames of an animation together.
    #[error(
        "its frames have more than {0} together, which is all that is allowed (8 × MaxImagePixels)"
    )]
    Frames(u64),
}

impl ImageError {
    /// The stable name that clients see.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnImage { .. } => "not_an_image",
            Self::UnsupportedFormat { .. } | Self::AnimationTooLarge { .. } => "unsupported_format",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn too_many(limit: PixelLimit) -> String {
        let (width, height) = (300, 200);
        let error = ImageError::TooManyPixels {
            width,
            height,
            limit,
        };
        error.to_string()
    }

    #[test]
    fn limits_are_told_by_the_parameters_that_set_them() {
        for (limit, expected) in [
            (
                PixelLimit::Pixels(500),
                "at most 500 are allowed (MaxImagePixels)",
            ),
            (
                PixelLimit::Dimension(250),
                "at most 250 a side are allowed (MaxImageDimension)",
            ),
            (
                PixelLimit::WebP(16_383),
                "a WebP has room for 16383 a side: ask for another format",
            ),
            (
                PixelLimit::Memory(1353),
                "to convert it takes more than the 1353 MB of memory that there are (CompressMemorySize); \
                 another format may need less",
            ),
            (
                PixelLimit::Frames(800),
                "its frames have more than 800 together, which is all that is allowed (8 × MaxImagePixels)",
            ),
        ] {
            let expected = format!("it has 300 × 200 pixels; {expected}");
            assert_eq!(too_many(limit), expected);
        }
    }

    #[test]
    fn what_is_wrong_with_a_picture_is_told_without_the_codec_s_words() {
        let damaged = ImageError::damaged(Format::Jpeg, "no SOI");
        assert_eq!(damaged.to_string(), "the picture is damaged or incomplete");
        assert_eq!(damaged.source().unwrap().to_string(), "no SOI");
        let internal = ImageError::internal(Format::Png, "out of codes");
        assert_eq!(
            internal.to_string(),
            "the picture could not be encoded, which is no fault of its own"
        );
        let animation = ImageError::AnimationTooLarge {
            format: Format::Gif,
            width: 300,
            height: 200,
        };
        assert_eq!(animation.code(), "unsupported_format");
        assert_eq!(
            animation.to_string(),
            "it is an animated GIF of 300 × 200 pixels, and only as WebP are animations made smaller: ask for the \
             format webp, or for a larger maxWidth and maxHeight"
        );
        let page = ImageError::NotAnImage {
            seen: "an HTML page",
        };
        assert_eq!(page.to_string(), "it is not a picture but an HTML page");
        let document = ImageError::UnsupportedFormat {
            seen: "not a picture but a PDF document",
        };
        assert_eq!(
            document.to_string(),
            "it is not a picture but a PDF document; only JPEG, PNG, WebP, AVIF, GIF, BMP and TIFF can be compressed"
        );
    }
}
