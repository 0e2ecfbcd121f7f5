//! JPEG: hands over to the coefficient transcoder and translates its answers.

use super::jpeg::{self, JpegError};
use super::{Format, ImageError, Limits, Options, Output, Quality};

/// Width and height as the frame header declares them.
pub(super) fn size(bytes: &[u8], limits: &Limits) -> Result<(u32, u32), ImageError> {
    let header = jpeg::inspect(bytes, &translate(Quality::default(), limits))
        .map_err(|error| failure(error, limits))?;
    Ok((header.width, header.height))
}

/// Compresses a JPEG.
pub(super) fn recompress(bytes: &[u8], options: &Options) -> Result<Output, ImageError> {
    let transcoded = jpeg::transcode(bytes, &translate(options.quality, &options.limits));
    let jpeg::Transcoded {
        bytes,
        width,
        height,
        kept,
        ..
    } = transcoded.map_err(|error| failure(error, &options.limits))?;
    Ok(Output {
        width,
        height,
        bytes,
        kept,
    })
}

fn translate(quality: Quality, limits: &Limits) -> jpeg::Options {
    jpeg::Options {
        quality: quality.get(),
        max_pixels: limits.max_pixels,
        max_dimension: limits.max_dimension,
    }
}

fn failure(error: JpegError, limits: &Limits) -> ImageError {
    match error {
        JpegError::Unsupported { what } => ImageError::UnsupportedFormat { seen: what },
        JpegError::TooLarge { width, height, .. } => match limits.check(width, height) {
            Err(too_many) => too_many,
            Ok(()) => ImageError::internal(Format::Jpeg, error),
        },
        error => ImageError::damaged(Format::Jpeg, error),
    }
}
