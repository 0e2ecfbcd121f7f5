//! What is done to pictures of each format: the codecs' work, and the choice among its outcomes.

mod animation;
pub mod avif;
pub mod bmp;
pub mod gif;
pub mod jpeg;
pub mod png;
pub mod tiff;
pub mod webp;

use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::metadata::notice::notice_of;
use crate::metadata::orientation::Orientation;
use crate::picture::{Format, Omission};

/// Width and height as a picture's header declares them.
pub fn size(bytes: &[u8], format: Format, limits: &PixelLimits) -> Result<(u32, u32), ImageError> {
    match format {
        Format::Jpeg => jpeg::size(bytes, limits),
        Format::Png => png::size(bytes),
        Format::WebP => webp::size(bytes, limits),
        Format::Gif => gif::size(bytes),
        Format::Tiff => tiff::size(bytes),
        Format::Bmp => bmp::size(bytes),
        Format::Avif => avif::size(bytes),
    }
}

/// How a picture is turned upright. An animation stays as it lies, and so does what cannot be read.
pub fn orientation(bytes: &[u8], format: Format, limits: &PixelLimits) -> Orientation {
    match format {
        Format::Jpeg => jpeg::orientation(bytes, limits),
        Format::Png => png::orientation(bytes),
        Format::WebP => webp::orientation(bytes),
        Format::Tiff => tiff::orientation(bytes),
        Format::Avif => avif::orientation(bytes),
        Format::Gif | Format::Bmp => Orientation::default(),
    }
}

/// What a picture has that its output will not have.
pub fn omissions(bytes: &[u8], format: Format, limits: &PixelLimits) -> Vec<Omission> {
    match format {
        Format::Jpeg if jpeg::has_gain_map(bytes, limits) => vec![Omission::GainMap],
        Format::Tiff if tiff::has_more_pages(bytes) => vec![Omission::Pages],
        _ => Vec::new(),
    }
}

/// The copyright notice of a picture as EXIF data of its own. GIF and BMP have no EXIF data; that of TIFF is the file.
pub fn notice(bytes: &[u8], format: Format, limits: &PixelLimits) -> Option<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg::exif(bytes, limits).into_iter().find_map(notice_of),
        Format::Png => notice_of(png::exif(bytes)?),
        Format::WebP => notice_of(&webp::exif(bytes)?),
        Format::Tiff => notice_of(bytes),
        Format::Avif => notice_of(&avif::exif(bytes)?),
        Format::Gif | Format::Bmp => None,
    }
}
