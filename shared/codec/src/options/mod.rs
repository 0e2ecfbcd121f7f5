//! What may be asked of the compression.

mod by_word;
mod copyright;
mod max_size;
mod output_format;
mod quality;

use crate::limits::PixelLimits;

pub use copyright::{Copyright, InvalidCopyright};
pub use max_size::{InvalidSide, MaxSize, Side};
pub use output_format::{InvalidOutputFormat, OutputFormat};
pub use quality::{InvalidQuality, Quality};

/// How a picture is to be compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The quality of the output.
    pub quality: Quality,
    /// The format of the output.
    pub format: OutputFormat,
    /// What becomes of the copyright notice.
    pub copyright: Copyright,
    /// How large the output may be.
    pub max_size: MaxSize,
    /// The bounds of the input.
    pub limits: PixelLimits,
}

impl Options {
    /// The size that an upright picture must become, if that is another one.
    pub(crate) fn smaller(&self, size: (u32, u32)) -> Option<(u32, u32)> {
        Some(self.max_size.fit(size)).filter(|fitting| *fitting != size)
    }
}
