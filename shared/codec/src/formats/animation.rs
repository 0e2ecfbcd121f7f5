//! Animations that stay in their format.

use crate::error::ImageError;
use crate::picture::Format;

/// Whether the frames of an animation may stay as they are: not if they must be made smaller.
pub fn keep_frames(
    format: Format,
    (width, height): (u32, u32),
    smaller: Option<(u32, u32)>,
) -> Result<(), ImageError> {
    match smaller {
        None => Ok(()),
        Some(_) => Err(ImageError::AnimationTooLarge {
            format,
            width,
            height,
        }),
    }
}
