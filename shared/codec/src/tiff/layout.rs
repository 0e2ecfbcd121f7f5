//! What a directory says of its picture: how its samples are stored, and what they mean.

use super::chunks::chunks;
use super::directory::{Directory, to_usize};
use super::error::TiffError;
pub use super::photometric::Photometric;
use super::photometric::photometric;
use super::tag;

/// A picture has four samples a pixel at the most; so many others beside them are passed over.
const MAX_SAMPLES: usize = 8;

/// How strips and tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    /// ITU-T T.4 in one dimension, without ends of lines.
    FaxRows,
    /// ITU-T T.4; in two dimensions or one.
    Group3 {
        two_dimensional: bool,
    },
    /// ITU-T T.6.
    Group4,
    Lzw,
    Jpeg,
    Deflate,
    PackBits,
    WebP,
}

/// The alpha of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alpha {
    /// Colours are multiplied by it already.
    Associated,
    Unassociated,
}

/// How a picture is stored.
#[derive(Debug)]
pub struct Layout<'a> {
    /// Width and height, in pixels.
    pub size: (u32, u32),
    /// Bits of a sample: 1, 2, 4, 8 or 16.
    pub bits: usize,
    /// Samples of a pixel as they are stored.
    pub samples: usize,
    pub photometric: Photometric,
    pub alpha: Option<Alpha>,
    pub compression: Compression,
    /// Samples are differences to the pixel on their left.
    pub predicted: bool,
    /// Each kind of sample is stored apart.
    pub planar: bool,
    /// The lowest bit of a byte is its first.
    pub lowest_bit_first: bool,
    pub big_endian: bool,
    /// Width and height of a strip or tile, in pixels; of what lies beside the picture too.
    pub chunk: (u32, u32),
    /// Strips and tiles, one plane after the other.
    pub chunks: Vec<&'a [u8]>,
    /// What all JPEG strips or tiles have in common.
    pub jpeg_tables: Option<&'a [u8]>,
    pub icc_profile: Option<&'a [u8]>,
    /// As EXIF has it, 1 to 8.
    pub orientation: Option<u16>,
}

impl<'a> Layout<'a> {
    /// Reads and checks what a directory says.
    pub fn read(directory: &Directory<'a>) -> Result<Self, TiffError> {
        let number = |tag, default| directory.number(tag).unwrap_or(default);
        let size = (directory.side(tag::WIDTH)?, directory.side(tag::HEIGHT)?);
        let bits = bits(directory)?;
        let samples = to_usize(number(tag::SAMPLES, 1).max(1));
        let photometric = photometric(directory, bits)?;
        check_samples(samples, &photometric)?;
        let planar = number(tag::PLANAR, 1) == 2 && samples > 1;
        let (chunk, chunks) = chunks(directory, size, if planar { samples } else { 1 })?;
        let layout = Self {
            size,
            bits,
            samples,
            alpha: alpha(directory, samples, &photometric),
            photometric,
            compression: compression(directory)?,
            predicted: predicted(directory)?,
            planar,
            lowest_bit_first: number(tag::FILL_ORDER, 1) == 2,
            big_endian: directory.is_big_endian(),
            chunk,
            chunks,
            jpeg_tables: directory.data(tag::JPEG_TABLES),
            icc_profile: directory.data(tag::ICC_PROFILE),
            orientation: u16::try_from(number(tag::ORIENTATION, 1)).ok(),
        };
        layout.check()?;
        Ok(layout)
    }

    /// How many samples a pixel has that are of use, once a strip or tile is decompressed.
    pub fn used_samples(&self) -> usize {
        match self.is_in_srgb() {
            true => 3,
            false => self.photometric.samples() + usize::from(self.alpha.is_some()),
        }
    }

    /// Whether inks come as sRGB out of the JPEGs inside.
    pub fn is_in_srgb(&self) -> bool {
        self.compression == Compression::Jpeg && self.photometric == Photometric::Cmyk
    }

    /// Strips or tiles side by side.
    pub fn chunks_across(&self) -> usize {
        self.size.0.div_ceil(self.chunk.0) as usize
    }

    fn check(&self) -> Result<(), TiffError> {
        let is_indexed = matches!(self.photometric, Photometric::Palette(_));
        if self.predicted && self.bits < 8 {
            return Err(TiffError::Unsupported(
                "a TIFF of differences between samples of less than a byte",
            ));
        }
        match (&self.compression, &self.photometric) {
            (Compression::FaxRows | Compression::Group3 { .. } | Compression::Group4, _)
                if self.bits * self.samples != 1 =>
            {
                Err(TiffError::Damaged("a fax that is not black and white"))
            }
            _ if is_indexed && self.samples > 1 && self.bits != 8 => Err(TiffError::Unsupported(
                "a TIFF with a palette and alpha that is not of 8 bits",
            )),
            (Compression::Jpeg, Photometric::Cmyk) if self.planar || self.samples != 4 => Err(
                TiffError::Unsupported("a TIFF for printing with JPEG inside, of a rare kind"),
            ),
            (_, Photometric::Cmyk) if self.alpha == Some(Alpha::Associated) => Err(
                TiffError::Unsupported("a TIFF for printing whose inks are multiplied by alpha"),
            ),
            (Compression::Jpeg | Compression::WebP, _) if self.bits != 8 || is_indexed => Err(
                TiffError::Unsupported("a TIFF with JPEG or WebP inside that is not of 8 bits"),
            ),
            (Compression::None | Compression::Lzw, Photometric::YCbCr(..))
            | (Compression::Deflate | Compression::PackBits, Photometric::YCbCr(..))
                if self.bits != 8 || self.planar || self.samples != 3 || self.predicted =>
            {
                Err(TiffError::Unsupported(
                    "a TIFF of luma and chroma of a rare kind",
                ))
            }
            _ => Ok(()),
        }
    }
}

fn check_samples(samples: usize, photometric: &Photometric) -> Result<(), TiffError> {
    let needed = photometric.samples();
    let most = if needed == 1 { 2 } else { MAX_SAMPLES };
    if samples < needed {
        Err(TiffError::Damaged("too few samples for a colour"))
    } else if samples > most {
        Err(TiffError::Unsupported(
            "a TIFF of measurements (more channels than a picture has)",
        ))
    } else {
        Ok(())
    }
}

/// Of all samples alike: files say it once or for each.
fn bits(directory: &Directory<'_>) -> Result<usize, TiffError> {
    let bits = directory.numbers(tag::BITS).unwrap_or_else(|| vec![1]);
    let formats = directory.numbers(tag::SAMPLE_FORMAT).unwrap_or_default();
    // 1 is unsigned, 4 what nobody said.
    if formats.iter().any(|format| !matches!(format, 1 | 4)) {
        return Err(TiffError::Unsupported(
            "a TIFF of measurements (floating point or signed numbers)",
        ));
    }
    match bits[..] {
        [first, ..] if bits.iter().any(|bits| *bits != first) => Err(TiffError::Unsupported(
            "a TIFF whose channels have different depths",
        )),
        [1 | 2 | 4 | 8 | 16, ..] => Ok(to_usize(bits[0])),
        _ => Err(TiffError::Unsupported(
            "a TIFF of measurements (a depth other than 1, 2, 4, 8 or 16 bits)",
        )),
    }
}

fn compression(directory: &Directory<'_>) -> Result<Compression, TiffError> {
    let unsupported = |what| Err(TiffError::Unsupported(what));
    Ok(match directory.number(tag::COMPRESSION).unwrap_or(1) {
        1 => Compression::None,
        2 => Compression::FaxRows,
        3 => Compression::Group3 {
            two_dimensional: directory.number(tag::FAX_OPTIONS).unwrap_or(0) & 1 == 1,
        },
        4 => Compression::Group4,
        5 => Compression::Lzw,
        7 => Compression::Jpeg,
        8 | 32_946 => Compression::Deflate,
        32_773 => Compression::PackBits,
        50_001 => Compression::WebP,
        6 => return unsupported("a TIFF with JPEG inside in the way that was given up in 1995"),
        34_925 => return unsupported("a TIFF with LZMA inside"),
        34_712 => return unsupported("a TIFF with JPEG 2000 inside"),
        50_000 => return unsupported("a TIFF with Zstandard inside"),
        50_002 => return unsupported("a TIFF with JPEG XL inside"),
        _ => return unsupported("a TIFF of a rare kind of compression"),
    })
}

fn predicted(directory: &Directory<'_>) -> Result<bool, TiffError> {
    match directory.number(tag::PREDICTOR).unwrap_or(1) {
        1 => Ok(false),
        2 => Ok(true),
        _ => Err(TiffError::Unsupported(
            "a TIFF of a rare kind of differences",
        )),
    }
}

/// What the first sample behind the colour is. Files that have one and do not say what it is mean alpha where the
/// colour is RGB: that is how it is seen everywhere.
fn alpha(directory: &Directory<'_>, samples: usize, photometric: &Photometric) -> Option<Alpha> {
    if samples <= photometric.samples() {
        return None;
    }
    match directory.number(tag::EXTRA_SAMPLES) {
        Some(1) => Some(Alpha::Associated),
        Some(2) => Some(Alpha::Unassociated),
        Some(_) => None,
        None => Some(Alpha::Unassociated),
    }
}
