//! All strips or tiles as one picture.

use super::colour::{self, of_ycbcr};
use super::compression;
use super::error::TiffError;
use super::layout::{Compression, Layout, Photometric};
use super::samples;
use crate::jpeg::{self, Color, Range, Wanted};
use crate::limits::PixelLimits;
use crate::pixels::Pixels;
use crate::webp::codec;

/// Decodes a picture whose size has been checked, as it is stored: which way up it is, and its profile, are left to
/// the caller.
pub fn decode(layout: &Layout<'_>) -> Result<Pixels, TiffError> {
    let (width, height) = (layout.size.0 as usize, layout.size.1 as usize);
    let used = layout.used_samples();
    let mut picture = vec![0; width * height * used];
    let planes = if layout.planar { layout.samples } else { 1 };
    let per_plane = layout.chunks.len() / planes;
    for (index, chunk) in layout.chunks.iter().enumerate() {
        let plane = index / per_plane;
        if plane >= used {
            break;
        }
        let place = Place::new(layout, index % per_plane);
        let block = block(layout, chunk, &place)?;
        place.copy(&block, plane, &mut picture, (width, used));
    }
    colour::pixels(layout, picture)
}

/// Which part of the picture a strip or tile is.
struct Place {
    x: usize,
    y: usize,
    /// Of the part that lies on the picture.
    width: usize,
    rows: usize,
}

/// The samples of a strip or tile.
struct Block {
    samples: Vec<u8>,
    /// Pixels of a row.
    width: usize,
    /// Samples of a pixel.
    channels: usize,
}

impl Place {
    fn new(layout: &Layout<'_>, index: usize) -> Self {
        let across = layout.chunks_across();
        let (width, height) = (layout.size.0 as usize, layout.size.1 as usize);
        let chunk = (layout.chunk.0 as usize, layout.chunk.1 as usize);
        let (x, y) = (index % across * chunk.0, index / across * chunk.1);
        Self {
            x,
            y,
            width: chunk.0.min(width - x),
            rows: chunk.1.min(height - y),
        }
    }

    /// Copies what lies on the picture and is of use, from the sample `plane` of each pixel on.
    fn copy(&self, block: &Block, plane: usize, picture: &mut [u8], (width, used): (usize, usize)) {
        let count = block.channels.min(used - plane);
        for row in 0..self.rows {
            let from = row * block.width * block.channels;
            let to = ((self.y + row) * width + self.x) * used;
            let pixels = block.samples[from..].chunks_exact(block.channels);
            let places = picture[to..to + self.width * used].chunks_exact_mut(used);
            for (place, pixel) in places.zip(pixels) {
                place[plane..plane + count].copy_from_slice(&pixel[..count]);
            }
        }
    }
}

fn block(layout: &Layout<'_>, chunk: &[u8], place: &Place) -> Result<Block, TiffError> {
    match (layout.compression, &layout.photometric) {
        (Compression::Jpeg, _) => in_pixels(layout, place, jpeg(layout, chunk)?),
        (Compression::WebP, _) => in_pixels(layout, place, webp(layout, chunk)?),
        (_, Photometric::YCbCr(h, v)) => subsampled(layout, chunk, place, (*h, *v)),
        _ => plain(layout, chunk, place),
    }
}

fn plain(layout: &Layout<'_>, chunk: &[u8], place: &Place) -> Result<Block, TiffError> {
    let channels = if layout.planar { 1 } else { layout.samples };
    let width = layout.chunk.0 as usize;
    let row = (width * channels * layout.bits).div_ceil(8);
    let rows = compression::rows(layout, chunk, row, place.rows)?;
    let rows = rows.chunks_exact(row);
    Ok(Block {
        samples: rows
            .flat_map(|row| samples::of_row(layout, row, width, channels))
            .collect(),
        width,
        channels,
    })
}

/// Luma of several pixels, and then the chroma that they share (TIFF 6.0, section 21).
fn subsampled(
    layout: &Layout<'_>,
    chunk: &[u8],
    place: &Place,
    (h, v): (usize, usize),
) -> Result<Block, TiffError> {
    let width = layout.chunk.0 as usize;
    let (across, down) = (width.div_ceil(h), place.rows.div_ceil(v));
    let unit = h * v + 2;
    let units = compression::rows(layout, chunk, across * unit, down)?;
    let mut samples = Vec::with_capacity(width * place.rows * 3);
    for y in 0..place.rows {
        for x in 0..width {
            let unit = &units[(y / v * across + x / h) * unit..][..unit];
            let luma = unit[y % v * h + x % h];
            samples.extend(of_ycbcr(luma, unit[h * v], unit[h * v + 1]));
        }
    }
    Ok(Block {
        samples,
        width,
        channels: 3,
    })
}

/// A picture in place of rows, of as many channels as the file says.
fn in_pixels(layout: &Layout<'_>, place: &Place, pixels: Pixels) -> Result<Block, TiffError> {
    let channels = pixels.layout.channels();
    let expected = match (layout.planar, layout.is_in_srgb()) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => layout.samples,
    };
    if channels != expected {
        return Err(TiffError::Damaged("a strip or tile with other channels"));
    }
    let width = pixels.width as usize;
    if width < place.width || (pixels.height as usize) < place.rows {
        return Err(TiffError::TOO_SHORT);
    }
    Ok(Block {
        samples: pixels.samples,
        width,
        channels,
    })
}

/// As large as strips and tiles may be.
fn limits(layout: &Layout<'_>) -> PixelLimits {
    /// A whole block of JPEG, and 4 × 4 of them make one sample of chroma.
    const GRID: u32 = 32;
    let (width, height) = layout.chunk;
    let sides = [width, height].map(|side| u64::from(side.next_multiple_of(GRID)));
    PixelLimits {
        max_pixels: sides[0] * sides[1],
        max_dimension: u32::MAX,
    }
}

/// A JPEG that may lack its tables ([TIFF Technical Note 2](https://www.awaresystems.be/imaging/tiff/specification/TIFFTechNote2.txt)).
/// Its colours are what the TIFF says they are.
fn jpeg(layout: &Layout<'_>, chunk: &[u8]) -> Result<Pixels, TiffError> {
    const MARKER: usize = 2;
    let tables = layout.jpeg_tables.unwrap_or_default();
    let tables = tables.get(..tables.len().saturating_sub(MARKER));
    let file = match tables.filter(|tables| tables.len() > MARKER) {
        Some(tables) => [tables, chunk.get(MARKER..).unwrap_or_default()].concat(),
        None => chunk.to_vec(),
    };
    let wanted = Wanted {
        range: Range::Full,
        halved: false,
        size: None,
    };
    let decoded = jpeg::decode(&file, wanted, &limits(layout));
    let mut planes = decoded.map_err(|_| TiffError::Damaged("a JPEG inside is broken"))?;
    planes.color = match (planes.components.len(), &layout.photometric) {
        (1, _) => Color::Gray,
        (3, Photometric::YCbCr(..)) => Color::YCbCr,
        (3, _) => Color::Rgb,
        (4, Photometric::Cmyk) => Color::Cmyk,
        _ => return Err(TiffError::Damaged("a JPEG inside with other channels")),
    };
    if planes.color == Color::Cmyk {
        // All ink there can be, where a JPEG of its own has what is left of the paper.
        let samples = planes.components.iter_mut().map(|plane| &mut plane.samples);
        samples.flatten().for_each(|sample| *sample = !*sample);
        planes.icc_profile = layout.icc_profile.map(<[u8]>::to_vec);
    }
    jpeg::pixels(&planes).map_err(|_| TiffError::Damaged("a JPEG inside is broken"))
}

fn webp(layout: &Layout<'_>, chunk: &[u8]) -> Result<Pixels, TiffError> {
    let has_alpha = layout.samples == 4;
    let decoded = codec::decode_pixels(chunk, has_alpha, &limits(layout));
    decoded.map_err(|_| TiffError::Damaged("a WebP inside is broken"))
}
