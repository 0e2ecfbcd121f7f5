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

mod choice;
mod convert;
mod error;
mod formats;
mod jpeg;
mod limits;
mod memory;
mod metadata;
mod options;
mod picture;
mod pixels;
mod png;
mod sniff;
#[cfg(test)]
mod tests;
mod webp;

pub use error::{ImageError, PixelLimit};
pub use limits::PixelLimits;
pub use options::{
    Copyright, InvalidCopyright, InvalidOutputFormat, InvalidQuality, Options, OutputFormat,
    Quality,
};
pub use picture::{Format, Inspected, Picture, Recompressed};

/// Looks at a picture's header. Costs next to nothing, whatever the bytes.
///
/// # Errors
/// `not_an_image`, `unsupported_format`, `too_many_pixels`, or `decode_failed` for a broken header.
pub fn inspect(bytes: &[u8], limits: &PixelLimits) -> Result<Inspected, ImageError> {
    let format = sniff::sniff(bytes)?;
    let (width, height) = formats::size(bytes, format, limits)?;
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
        Copyright::Keep => formats::notice(bytes, format, &options.limits),
        Copyright::Remove => None,
    };
    let notice = notice.as_deref();
    let output = match (format, options.format) {
        (Format::Jpeg, OutputFormat::Original | OutputFormat::Jpeg) => {
            formats::jpeg::recompress(bytes, options, notice)
        }
        (Format::Png, OutputFormat::Original | OutputFormat::Png) => {
            formats::png::recompress(bytes, options, notice)
        }
        (Format::WebP, OutputFormat::Original | OutputFormat::WebP) => {
            formats::webp::recompress(bytes, options, notice)
        }
        (Format::Gif, OutputFormat::Original) => formats::gif::recompress(bytes, options),
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
