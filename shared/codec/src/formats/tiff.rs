//! TIFF: its first page. It comes in, but never goes out.

use crate::error::ImageError;
use crate::metadata::orientation::Orientation;
use crate::picture::Format;
use crate::pixels::{Pixels, to_srgb};
use crate::tiff::{self, Directory, Layout, TiffError};

/// Width and height of the first page.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    layout(bytes).map(|layout| layout.size)
}

/// How the first page is turned upright.
pub fn orientation(bytes: &[u8]) -> Orientation {
    let tag = layout(bytes).ok().and_then(|layout| layout.orientation);
    tag.and_then(Orientation::from_tag).unwrap_or_default()
}

/// Whether there are pages behind the first.
pub fn has_more_pages(bytes: &[u8]) -> bool {
    Directory::read(bytes).is_ok_and(|first| first.has_more_pages())
}

/// Decodes the first page, whose size has been checked, to upright pixels in sRGB.
pub fn decode_upright(bytes: &[u8]) -> Result<Pixels, ImageError> {
    let layout = layout(bytes)?;
    let pixels = tiff::decode(&layout).map_err(failure)?;
    let orientation = layout.orientation.and_then(Orientation::from_tag);
    let upright = pixels.upright(orientation.unwrap_or_default());
    Ok(to_srgb(upright, layout.icc_profile))
}

fn layout(bytes: &[u8]) -> Result<Layout<'_>, ImageError> {
    let layout = Directory::read(bytes).and_then(|directory| Layout::read(&directory));
    layout.map_err(failure)
}

fn failure(error: TiffError) -> ImageError {
    match error {
        TiffError::Unsupported(seen) => ImageError::UnsupportedFormat { seen },
        TiffError::Damaged(_) => ImageError::damaged(Format::Tiff, error),
    }
}
