//! A picture between two formats.

use webpx::YuvPlanes;

use super::buffer::Pixels;

/// A decoded, upright picture.
pub struct Decoded {
    /// What it shows.
    pub samples: Samples,
    /// The ICC profile of its colours; sRGB without one.
    pub profile: Option<Vec<u8>>,
}

/// What a decoder makes.
pub enum Samples {
    /// As lossy WebP stores it, so that nothing is lost in a conversion of colours.
    Planes(YuvPlanes),
    /// As the other formats store it.
    Pixels(Pixels),
}

impl Decoded {
    /// Pixels in sRGB.
    pub fn srgb(pixels: Pixels) -> Self {
        Self {
            samples: Samples::Pixels(pixels),
            profile: None,
        }
    }

    /// Width and height, in pixels.
    pub fn size(&self) -> (u32, u32) {
        match &self.samples {
            Samples::Planes(planes) => (planes.width, planes.height),
            Samples::Pixels(pixels) => (pixels.width, pixels.height),
        }
    }
}
