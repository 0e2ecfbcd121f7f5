//! What may be asked of the compression.

mod copyright;
mod output_format;
mod quality;

use crate::limits::PixelLimits;

pub use copyright::{Copyright, InvalidCopyright};
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
    /// The bounds of the input.
    pub limits: PixelLimits,
}
