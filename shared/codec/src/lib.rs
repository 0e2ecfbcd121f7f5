#![doc = include_str!("../README.md")]

mod avif;
mod bmp;
mod choice;
mod convert;
mod error;
mod formats;
mod gif;
mod jpeg;
mod limits;
mod memory;
mod metadata;
mod options;
mod picture;
mod pixels;
mod png;
mod resample;
mod sniff;
#[cfg(test)]
mod tests;
mod tiff;
mod webp;

pub use error::{ImageError, PixelLimit};
pub use limits::PixelLimits;
pub use options::{
    Copyright, InvalidCopyright, InvalidOutputFormat, InvalidQuality, InvalidSide, MaxSize,
    Options, OutputFormat, Quality, Side,
};
pub use picture::{Format, Inspected, Omission, Picture, Recompressed};
pub use sniff::Document;

/// Which outputs this codec makes. Raised with every change by which the same picture and options may become other
/// bytes that are worth to be made anew: whoever keeps outputs keeps it with them.
pub const OUTPUTS_VERSION: u32 = 5;

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
        is_transposed: formats::orientation(bytes, format, limits).transpose,
        is_cmyk: format == Format::Jpeg && formats::jpeg::is_cmyk(bytes, limits),
    })
}

/// What a file is that is a text and no picture; nothing of any other.
#[must_use]
pub fn document(bytes: &[u8]) -> Option<Document> {
    sniff::document(bytes)
}

/// Whether the bytes are a picture up to its very end, where they prove it: for a file that may have been cut off.
/// What has no end mark, or none that is sure, is not said to have its end.
#[must_use]
pub fn has_end(bytes: &[u8]) -> bool {
    sniff::has_end(bytes)
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
        ..
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
        (Format::Avif, OutputFormat::Original | OutputFormat::Avif) => {
            formats::avif::recompress(bytes, options, notice)
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
        omitted: formats::omissions(bytes, format, &options.limits),
    })
}
