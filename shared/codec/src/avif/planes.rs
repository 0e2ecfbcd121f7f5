//! From AV1 data to the samples of luma, chroma or alpha: `re_rav1d` does it, on the caller's thread.

use re_rav1d::dav1d::pixel::YUVRange;
use re_rav1d::dav1d::{Decoder, Picture, PixelLayout, PlanarImageComponent, Settings};

use super::error::AvifError;
use super::obu::is_one_picture;

const DAMAGED: AvifError = AvifError::Damaged("AV1 data is damaged, or ends too early");

/// The samples of one kind, rows from top to bottom without padding.
#[derive(Debug)]
pub struct Plane {
    /// Samples in a row.
    pub width: usize,
    pub height: usize,
    pub samples: Vec<u16>,
}

/// A decoded picture.
#[derive(Debug)]
pub struct Planes {
    /// Bits of a sample: 8, 10 or 12.
    pub depth: u32,
    /// Luma, and two of chroma unless it is gray.
    pub planes: Vec<Plane>,
    /// As ITU-T H.273 numbers them.
    pub matrix: u64,
    pub full_range: bool,
}

/// Decodes a picture, which must be of this size.
pub fn decode(data: Vec<u8>, (width, height): (u32, u32)) -> Result<Planes, AvifError> {
    if !is_one_picture(&data) {
        return Err(AvifError::Unsupported(
            "an AVIF picture of several frames or layers",
        ));
    }
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_frame_size_limit(width.checked_mul(height).ok_or(DAMAGED)?);
    let mut decoder = Decoder::with_settings(&settings).map_err(|_| DAMAGED)?;
    decoder
        .send_data(data, None, None, None)
        .map_err(|_| DAMAGED)?;
    let picture = decoder.get_picture().map_err(|_| DAMAGED)?;
    if (picture.width(), picture.height()) != (width, height) {
        return Err(AvifError::Damaged(
            "the picture is not as large as the file declares",
        ));
    }
    planes(&picture)
}

fn planes(picture: &Picture) -> Result<Planes, AvifError> {
    use PlanarImageComponent::{U, V, Y};
    let depth = picture.bits_per_component().ok_or(DAMAGED)?.0;
    let kinds: &[PlanarImageComponent] = match picture.pixel_layout() {
        PixelLayout::I400 => &[Y],
        _ => &[Y, U, V],
    };
    let planes = kinds.iter().map(|kind| plane(picture, *kind));
    Ok(Planes {
        depth: u32::try_from(depth).map_err(|_| DAMAGED)?,
        planes: planes.collect::<Option<_>>().ok_or(DAMAGED)?,
        // They are numbered as there.
        matrix: picture.matrix_coefficients() as u64,
        full_range: picture.color_range() == YUVRange::Full,
    })
}

fn plane(picture: &Picture, kind: PlanarImageComponent) -> Option<Plane> {
    let is_chroma = kind != PlanarImageComponent::Y;
    let (halve_width, halve_height) = match picture.pixel_layout() {
        PixelLayout::I420 => (is_chroma, is_chroma),
        PixelLayout::I422 => (is_chroma, false),
        _ => (false, false),
    };
    let side = |side: u32, halve: bool| if halve { side.div_ceil(2) } else { side } as usize;
    let width = side(picture.width(), halve_width);
    let height = side(picture.height(), halve_height);
    let stride = usize::try_from(picture.stride(kind)).ok()?;
    let bytes = picture.plane(kind);
    let rows = bytes.chunks(stride).take(height);
    let mut samples = Vec::with_capacity(width * height);
    for row in rows {
        match picture.bit_depth() {
            8 => samples.extend(row.get(..width)?.iter().map(|sample| u16::from(*sample))),
            _ => {
                let (pairs, _) = row.get(..2 * width)?.as_chunks();
                samples.extend(pairs.iter().map(|pair| u16::from_ne_bytes(*pair)));
            }
        }
    }
    (samples.len() == width * height).then_some(Plane {
        width,
        height,
        samples,
    })
}
