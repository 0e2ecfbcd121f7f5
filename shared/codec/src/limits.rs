//! The bounds of what is accepted.

use crate::error::{ImageError, PixelLimit};

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
    /// For pictures that were made here.
    pub(crate) const NONE: Self = Self {
        max_pixels: u64::MAX,
        max_dimension: u32::MAX,
    };

    pub(crate) fn check(&self, width: u32, height: u32) -> Result<(), ImageError> {
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
    pub(crate) fn check_frames(
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

#[cfg(test)]
mod tests {
    use super::*;

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
