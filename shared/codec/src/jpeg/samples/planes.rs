//! Samples of a JPEG, for outputs in other formats or of other sizes: component by component, upright.

use crate::jpeg::syntax::application::Color;

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How the components make colours.
    pub color: Color,
    /// One, three or four.
    pub components: Vec<ComponentSamples>,
    /// An ICC profile that is not sRGB.
    pub icc_profile: Option<Vec<u8>>,
}

/// The samples of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentSamples {
    /// Horizontal sampling factor; the largest of all components has one sample a pixel.
    pub h: usize,
    /// Vertical sampling factor.
    pub v: usize,
    /// Samples in a row: those of the picture, and more that fill the last block.
    pub stride: usize,
    /// Rows from top to bottom.
    pub samples: Vec<u8>,
}

/// What numbers the samples have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 0 to 255, as JPEG has them (JFIF).
    Full,
    /// Luma 16 to 235 and chroma 16 to 240, as video and WebP have them (ITU-R BT.601).
    Video,
}

impl Range {
    /// How far samples lie from 128, and what 128 becomes.
    pub(super) fn of(self, is_chroma: bool) -> (f32, f32) {
        match (self, is_chroma) {
            (Self::Full, _) => (1.0, 128.0),
            (Self::Video, false) => (219.0 / 255.0, 16.0 + 128.0 * 219.0 / 255.0),
            (Self::Video, true) => (224.0 / 255.0, 128.0),
        }
    }
}

/// Which samples are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Their numbers.
    pub range: Range,
    /// Chroma at half the resolution of luma along both axes, where it has more.
    pub halved: bool,
    /// Width and height in pixels, upright, each at most the source's; the source's without it.
    pub size: Option<(u32, u32)>,
}
