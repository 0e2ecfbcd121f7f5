//! Pictures: what they are, and how they are made smaller. No I/O.
//!
//! [`inspect`] looks at the first bytes only, so that a caller can budget memory before anything is
//! decoded; [`recompress`] does the work. Both judge a picture by its content, never by its name, and check the
//! declared size against [`PixelLimits`] before memory is spent on it.
//!
//! | in | out |
//! |---|---|
//! | JPEG | JPEG, chroma 4:2:0, at the quality asked for |
//! | PNG | PNG with a palette of at most 256 colours × quality / 100, or in true colour where that is smaller |
//! | WebP | lossy WebP at the quality asked for, with its alpha |
//! | GIF | PNG where that is smaller, else the same picture without metadata |
//! | BMP, TIFF | PNG if it has alpha or at most 256 colours, else JPEG |
//! | animated GIF, PNG or WebP | the same frames, without metadata |
//!
//! Unless another format is asked for: then every picture is converted to it, through sRGB.
//!
//! What comes out is upright, has no metadata but an ICC profile that is not sRGB, and is not larger than what came
//! in: where encoding does not help, the source's own picture data is kept. A copyright notice that was asked for is
//! a part of the picture in this.

mod avif;
mod choice;
mod convert;
mod copyright;
mod decoded;
mod error;
mod exif;
mod format;
mod gif;
mod icc;
pub mod jpeg;
mod jpeg_seam;
mod memory;
mod options;
mod orientation;
mod pixels;
mod png;
mod raster;
mod sniff;
mod srgb;
#[cfg(test)]
mod tests;
mod upsample;
mod webp;

pub use copyright::{Copyright, InvalidCopyright};
pub use error::{ImageError, PixelLimit};
pub use format::Format;
pub use options::{
    InvalidOutputFormat, InvalidQuality, Options, OutputFormat, PixelLimits, Quality,
};

/// What a picture's header declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// The format, by content.
    pub format: Format,
    /// The width as stored, in pixels: EXIF may ask for the picture to be turned.
    pub width: u32,
    /// The height as stored, in pixels.
    pub height: u32,
}

/// What is known of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// The format.
    pub format: Format,
    /// The width as stored, in pixels.
    pub width: u32,
    /// The height as stored, in pixels.
    pub height: u32,
    /// The size of the file.
    pub bytes: u64,
}

/// A compressed picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recompressed {
    /// The file.
    pub bytes: Vec<u8>,
    /// What came in.
    pub input: Picture,
    /// What `bytes` is.
    pub output: Picture,
    /// Encoding made nothing smaller: these are the source's own pixels, without its metadata but for a copyright
    /// notice that was asked for.
    pub kept: bool,
}

/// What a codec makes of a picture.
struct Output {
    format: Format,
    width: u32,
    height: u32,
    bytes: Vec<u8>,
    kept: bool,
}

/// Looks at a picture's header. Costs next to nothing, whatever the bytes.
///
/// # Errors
/// `not_an_image`, `unsupported_format`, `too_many_pixels`, or `decode_failed` for a broken header.
pub fn inspect(bytes: &[u8], limits: &PixelLimits) -> Result<Inspected, ImageError> {
    let format = sniff::sniff(bytes)?;
    let (width, height) = match format {
        Format::Jpeg => jpeg_seam::size(bytes, limits)?,
        Format::Png => png::size(bytes)?,
        Format::WebP => webp::size(bytes)?,
        Format::Gif => gif::size(bytes)?,
        Format::Bmp | Format::Tiff | Format::Avif => raster::size(bytes, format)?,
    };
    limits.check(width, height)?;
    Ok(Inspected {
        format,
        width,
        height,
    })
}

/// Makes a picture smaller.
///
/// # Errors
/// Those of [`inspect`], and `decode_failed` for a picture that is damaged or incomplete anywhere.
pub fn recompress(bytes: &[u8], options: &Options) -> Result<Recompressed, ImageError> {
    let source = inspect(bytes, &options.limits)?;
    let Inspected {
        format,
        width,
        height,
    } = source;
    let notice = match options.copyright {
        Copyright::Keep => notice(bytes, format, &options.limits),
        Copyright::Remove => None,
    };
    let notice = notice.as_deref();
    let output = match (format, options.format) {
        (Format::Jpeg, OutputFormat::Original | OutputFormat::Jpeg) => {
            jpeg_seam::recompress(bytes, options, notice)
        }
        (Format::Png, OutputFormat::Original | OutputFormat::Png) => {
            png::recompress(bytes, options, notice)
        }
        (Format::WebP, OutputFormat::Original | OutputFormat::WebP) => {
            webp::recompress(bytes, options, notice)
        }
        (Format::Gif, OutputFormat::Original) => gif::recompress(bytes, options),
        _ => convert::convert(bytes, source, options, notice),
    }?;
    Ok(Recompressed {
        input: Picture {
            format,
            width,
            height,
            bytes: bytes.len() as u64,
        },
        output: Picture {
            format: output.format,
            width: output.width,
            height: output.height,
            bytes: output.bytes.len() as u64,
        },
        bytes: output.bytes,
        kept: output.kept,
    })
}

/// The copyright notice of a picture as EXIF data of its own. GIF and BMP have no EXIF data; that of TIFF is the file.
fn notice(bytes: &[u8], format: Format, limits: &PixelLimits) -> Option<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg_seam::exif(bytes, limits)
            .into_iter()
            .find_map(copyright::notice),
        Format::Png => copyright::notice(png::exif(bytes)?),
        Format::WebP => copyright::notice(&webp::exif(bytes)?),
        Format::Tiff => copyright::notice(bytes),
        Format::Gif | Format::Bmp | Format::Avif => None,
    }
}
