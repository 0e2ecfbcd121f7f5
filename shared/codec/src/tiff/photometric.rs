//! What the samples of a pixel mean, and the colours of a palette.

use super::directory::{Directory, to_usize};
use super::error::TiffError;
use super::tag;

/// What the samples of a pixel mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Photometric {
    /// From black to white.
    Gray,
    /// From white to black.
    InvertedGray,
    /// Red, green, blue.
    Rgb,
    /// Cyan, magenta, yellow and black inks.
    Cmyk,
    /// An index into these colours.
    Palette(Vec<[u8; 3]>),
    /// Luma and chroma (ITU-R BT.601), with so many pixels to a sample of chroma across and down.
    YCbCr(usize, usize),
}

impl Photometric {
    /// How many samples make a colour.
    pub fn samples(&self) -> usize {
        match self {
            Self::Gray | Self::InvertedGray | Self::Palette(_) => 1,
            Self::Rgb | Self::YCbCr(..) => 3,
            Self::Cmyk => 4,
        }
    }
}

/// What a directory says of it.
pub fn photometric(directory: &Directory<'_>, bits: usize) -> Result<Photometric, TiffError> {
    Ok(match directory.number(tag::PHOTOMETRIC) {
        Some(0) => Photometric::InvertedGray,
        Some(1) => Photometric::Gray,
        Some(2) => Photometric::Rgb,
        Some(3) => Photometric::Palette(palette(directory, bits)?),
        Some(5) if directory.number(tag::INK_SET).unwrap_or(1) == 1 => Photometric::Cmyk,
        Some(5) => {
            let what = "a TIFF for printing with inks of its own";
            return Err(TiffError::Unsupported(what));
        }
        Some(6) => match directory.numbers(tag::SUBSAMPLING).as_deref() {
            None => Photometric::YCbCr(2, 2),
            Some(&[h @ (1 | 2 | 4), v @ (1 | 2 | 4)]) => {
                Photometric::YCbCr(to_usize(h), to_usize(v))
            }
            Some(_) => return Err(TiffError::Damaged("chroma of an impossible resolution")),
        },
        Some(4) => return Err(TiffError::Unsupported("a TIFF of a mask")),
        Some(8..=10) => return Err(TiffError::Unsupported("a TIFF in the colours of CIELAB")),
        Some(_) => return Err(TiffError::Unsupported("a TIFF of a rare kind of colours")),
        None => return Err(TiffError::Damaged("it does not say what its samples mean")),
    })
}

/// All the reds, all the greens, all the blues (TIFF 6.0, section 5). They are of 16 bits, but for those of writers
/// that took them for 8.
fn palette(directory: &Directory<'_>, bits: usize) -> Result<Vec<[u8; 3]>, TiffError> {
    let missing =
        TiffError::Damaged("its palette is missing, or not of as many colours as it must be");
    let map = directory.numbers(tag::COLOR_MAP).ok_or(missing)?;
    let count = 1 << bits;
    if bits > 8 || map.len() != 3 * count {
        return Err(missing);
    }
    let shift = if map.iter().all(|value| *value < 256) {
        0
    } else {
        8
    };
    let value = |at: usize| u8::try_from(map[at] >> shift & 0xff).unwrap_or_default();
    let colour = |index| [0, count, 2 * count].map(|part| value(part + index));
    Ok((0..count).map(colour).collect())
}
