//! What a directory says of its picture: how its samples are stored, and what they mean.

use super::directory::Directory;
use super::error::TiffError;

/// Tags (TIFF 6.0, appendix A).
mod tag {
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const PLANAR: u16 = 284;
    pub const FAX_OPTIONS: u16 = 292;
    pub const PREDICTOR: u16 = 317;
    pub const COLOR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    pub const INK_SET: u16 = 332;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const SUBSAMPLING: u16 = 530;
    pub const ICC_PROFILE: u16 = 34_675;
}

/// A picture has four samples a pixel at the most; so many others beside them are passed over.
const MAX_SAMPLES: usize = 8;

/// How many times as many pixels as the picture a tile may have: memory is reserved for the picture.
const TILE_PER_PICTURE: u64 = 4;

/// A tile of so many pixels is none too large for any picture.
const SMALL_TILE: u64 = 1 << 18;

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
        let size = (side(directory, tag::WIDTH)?, side(directory, tag::HEIGHT)?);
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

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn side(directory: &Directory<'_>, tag: u16) -> Result<u32, TiffError> {
    let side = directory
        .number(tag)
        .and_then(|side| u32::try_from(side).ok());
    side.filter(|side| *side > 0).ok_or(TiffError::Damaged(
        "the picture is empty or its size missing",
    ))
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

fn photometric(directory: &Directory<'_>, bits: usize) -> Result<Photometric, TiffError> {
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

type Chunks<'a> = ((u32, u32), Vec<&'a [u8]>);

/// Strips or tiles, of which each plane has as many.
fn chunks<'a>(
    directory: &Directory<'a>,
    (width, height): (u32, u32),
    planes: usize,
) -> Result<Chunks<'a>, TiffError> {
    let number = |tag| directory.number(tag);
    let (chunk, offsets, lengths) = match (number(tag::TILE_WIDTH), number(tag::TILE_HEIGHT)) {
        (Some(_), Some(_)) => {
            let tile = (
                side(directory, tag::TILE_WIDTH)?,
                side(directory, tag::TILE_HEIGHT)?,
            );
            // Some writers have the places of tiles where those of strips belong.
            let either = |tile, strip| number(tile).map_or(strip, |_| tile);
            let offsets = either(tag::TILE_OFFSETS, tag::STRIP_OFFSETS);
            (tile, offsets, either(tag::TILE_BYTES, tag::STRIP_BYTES))
        }
        _ => {
            let rows = number(tag::ROWS_PER_STRIP).unwrap_or(u64::from(height));
            let rows = rows.clamp(1, u64::from(height));
            let rows = u32::try_from(rows).unwrap_or(height);
            ((width, rows), tag::STRIP_OFFSETS, tag::STRIP_BYTES)
        }
    };
    let pixels = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    if pixels(chunk) > SMALL_TILE.max(TILE_PER_PICTURE * pixels((width, height))) {
        return Err(TiffError::Damaged(
            "a tile many times larger than the picture",
        ));
    }
    let across = u64::from(width.div_ceil(chunk.0));
    let count = across.checked_mul(height.div_ceil(chunk.1).into());
    let count = count.and_then(|count| to_usize(count).checked_mul(planes));
    let chunks = count
        .and_then(|count| slices(directory, offsets, lengths, count))
        .ok_or(TiffError::Damaged("strips or tiles are missing or cut off"))?;
    Ok((chunk, chunks))
}

/// The bytes of strips or tiles. Where their lengths are not said, each goes up to the end of the file.
fn slices<'a>(
    directory: &Directory<'a>,
    offsets: u16,
    lengths: u16,
    count: usize,
) -> Option<Vec<&'a [u8]>> {
    let bytes = directory.bytes();
    let offsets = directory.numbers(offsets)?;
    let lengths = directory.numbers(lengths).unwrap_or_default();
    let slice = |index: usize| {
        let rest = bytes.get(usize::try_from(*offsets.get(index)?).ok()?..)?;
        match lengths.get(index) {
            // Some writers count one row less, or more than there is: what is missing is found missing later.
            Some(length) => rest.get(..to_usize(*length).min(rest.len())),
            None if lengths.is_empty() => Some(rest),
            None => None,
        }
    };
    if count > offsets.len() {
        return None;
    }
    (0..count).map(slice).collect()
}
