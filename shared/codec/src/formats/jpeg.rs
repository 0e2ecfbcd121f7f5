//! JPEG: hands over to the coefficient transcoder and translates its answers; and the ways from and to other formats.

use jpeg_encoder::{ColorType, SamplingFactor};
use webpx::YuvPlanes;

use crate::choice::{Candidate, Coder, choose};
use crate::error::ImageError;
use crate::jpeg::{self, Headers, JpegError, Planes, Range, Transcoded, Wanted};
use crate::limits::PixelLimits;
use crate::metadata::orientation::Orientation;
use crate::options::{Options, Quality};
use crate::picture::{Format, Output};
use crate::pixels::{Decoded, Layout, Pixels, Samples, to_srgb};

/// Width and height as the frame header declares them.
pub fn size(bytes: &[u8], limits: &PixelLimits) -> Result<(u32, u32), ImageError> {
    let headers = Headers::read(bytes, limits).map_err(|error| failure(error, limits))?;
    Ok(headers.frame.size())
}

/// How a JPEG is turned upright.
pub fn orientation(bytes: &[u8], limits: &PixelLimits) -> Orientation {
    let headers = Headers::read(bytes, limits);
    headers.map_or_else(
        |_| Orientation::default(),
        |headers| headers.application.orientation(),
    )
}

/// Whether it is for printing.
pub fn is_cmyk(bytes: &[u8], limits: &PixelLimits) -> bool {
    Headers::read(bytes, limits).is_ok_and(|headers| headers.color().is_inks())
}

/// Whether a gain map comes with it: a picture behind it (CIPA DC-007) of how much brighter each place is in HDR.
pub fn has_gain_map(bytes: &[u8], limits: &PixelLimits) -> bool {
    Headers::read(bytes, limits).is_ok_and(|headers| {
        let mut behind = headers.segments.rest().windows(3);
        headers.application.announces_gain_map() && behind.any(|start| start == [0xff, 0xd8, 0xff])
    })
}

/// The EXIF data of a JPEG.
pub fn exif<'a>(bytes: &'a [u8], limits: &PixelLimits) -> Vec<&'a [u8]> {
    let headers = Headers::read(bytes, limits);
    headers.map_or_else(
        |_| Vec::new(),
        |headers| headers.application.exif().to_vec(),
    )
}

/// Compresses a JPEG.
pub fn recompress(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let limits = &options.limits;
    let headers = Headers::read(bytes, limits).map_err(|error| failure(error, limits))?;
    let smaller = options.smaller(upright_size(&headers));
    if headers.color().is_inks() {
        return convert_inks(bytes, options, notice, smaller);
    }
    if let Some(size) = smaller {
        return resize(bytes, options, notice, size);
    }
    let orientation = headers.application.orientation();
    let coder = Transcoder {
        bytes,
        headers: &headers,
        notice,
        limits,
        end: 0,
    };
    let Candidate { bytes, kept } = choose(bytes.len(), options.quality, coder)?;
    let (width, height) = headers.frame.size();
    let (width, height) = orientation.turned_size(width, height);
    Ok(Output {
        format: Format::Jpeg,
        width,
        height,
        bytes,
        kept,
    })
}

fn upright_size(headers: &Headers<'_>) -> (u32, u32) {
    let (width, height) = headers.frame.size();
    headers.application.orientation().turned_size(width, height)
}

/// Makes a JPEG of fewer pixels.
fn resize(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
    size: (u32, u32),
) -> Result<Output, ImageError> {
    let wanted = Wanted {
        range: Range::Full,
        halved: options.quality.get() < jpeg::FINE,
        size: Some(size),
    };
    let planes = decode_planes(bytes, &options.limits, wanted)?;
    let coder = Encoder(|quality| {
        let encoded = jpeg::encode(&planes, quality, notice);
        encoded.map_err(|error| ImageError::internal(Format::Jpeg, error))
    });
    let Candidate { bytes, kept } = choose(bytes.len(), options.quality, coder)?;
    Ok(Output {
        format: Format::Jpeg,
        width: planes.width,
        height: planes.height,
        bytes,
        kept,
    })
}

/// Compresses a JPEG for printing as one for screens, which all of them can show.
fn convert_inks(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
    smaller: Option<(u32, u32)>,
) -> Result<Output, ImageError> {
    let pixels = decode(bytes, &options.limits, smaller)?;
    let coder = Encoder(|quality| encode(&pixels, quality, notice));
    let Candidate { bytes, kept } = choose(bytes.len(), options.quality, coder)?;
    Ok(Output {
        format: Format::Jpeg,
        width: pixels.width,
        height: pixels.height,
        bytes,
        kept,
    })
}

/// Writes the source's coefficients.
struct Transcoder<'a> {
    bytes: &'a [u8],
    headers: &'a Headers<'a>,
    notice: Option<&'a [u8]>,
    limits: &'a PixelLimits,
    /// Where the data of the source's last block ends, once it has been decoded.
    end: usize,
}

impl Transcoder<'_> {
    fn transcode(&mut self, quality: Option<Quality>) -> Result<Candidate, ImageError> {
        let transcoded = jpeg::transcode(self.bytes, quality, self.notice, self.limits);
        let transcoded = transcoded.map_err(|error| failure(error, self.limits))?;
        self.end = transcoded.end;
        let Transcoded { bytes, kept, .. } = transcoded;
        Ok(Candidate { bytes, kept })
    }
}

impl Coder for Transcoder<'_> {
    fn encode(&mut self, quality: Quality) -> Result<Candidate, ImageError> {
        self.transcode(Some(quality))
    }

    fn strip(&mut self) -> Result<Option<Vec<u8>>, ImageError> {
        let Headers {
            application,
            tables,
            ..
        } = self.headers;
        // Not everybody knows the tables that Motion JPEG leaves out.
        if !application.orientation().is_upright() || tables.lack_huffman() {
            return Ok(None);
        }
        let stripped = jpeg::strip(self.bytes, self.end, self.headers, self.notice);
        stripped
            .map(Some)
            .map_err(|error| failure(error, self.limits))
    }

    fn recode(&mut self) -> Result<Option<Candidate>, ImageError> {
        self.transcode(None).map(Some)
    }

    fn lower(&self, quality: Quality) -> Vec<Quality> {
        small_steps(quality)
    }
}

/// Pixels or planes, which become a JPEG in little time.
struct Encoder<F>(F);

impl<F: FnMut(Quality) -> Result<Vec<u8>, ImageError>> Coder for Encoder<F> {
    fn encode(&mut self, quality: Quality) -> Result<Candidate, ImageError> {
        let kept = false;
        (self.0)(quality).map(|bytes| Candidate { bytes, kept })
    }

    fn strip(&mut self) -> Result<Option<Vec<u8>>, ImageError> {
        Ok(None)
    }

    fn lower(&self, quality: Quality) -> Vec<Quality> {
        small_steps(quality)
    }
}

/// The qualities below one, in steps of ten. From 100 to 90 each has steps of quantization twice as coarse as the one
/// before, or nearly: there ten make the difference between all of a picture's bytes and a third of them.
fn small_steps(quality: Quality) -> Vec<Quality> {
    let next = |quality: &u8| match *quality {
        90.. => Some(2 * quality - 100),
        quality => quality.checked_sub(10),
    };
    std::iter::successors(quality.get().checked_sub(1), next)
        .filter_map(|quality| Quality::try_from(quality).ok())
        .collect()
}

/// Decodes a JPEG to upright pixels in sRGB, of a smaller size if one is given.
pub fn decode(
    bytes: &[u8],
    limits: &PixelLimits,
    size: Option<(u32, u32)>,
) -> Result<Pixels, ImageError> {
    let wanted = Wanted {
        range: Range::Full,
        halved: false,
        size,
    };
    let planes = decode_planes(bytes, limits, wanted)?;
    let pixels = jpeg::pixels(&planes);
    let pixels = pixels.map_err(|error| ImageError::internal(Format::Jpeg, error))?;
    match planes.color.is_inks() {
        true => Ok(pixels),
        false => Ok(to_srgb(pixels, planes.icc_profile.as_deref())),
    }
}

/// Decodes a JPEG to what lossy WebP stores: its planes, if it is gray or YCbCr with chroma that can be halved.
pub fn decode_for_webp(
    bytes: &[u8],
    limits: &PixelLimits,
    size: Option<(u32, u32)>,
) -> Result<Decoded, ImageError> {
    let wanted = Wanted {
        range: Range::Video,
        halved: true,
        size,
    };
    match yuv(decode_planes(bytes, limits, wanted)?) {
        Some(decoded) => Ok(decoded),
        None => decode(bytes, limits, size).map(Decoded::srgb),
    }
}

fn decode_planes(bytes: &[u8], limits: &PixelLimits, wanted: Wanted) -> Result<Planes, ImageError> {
    jpeg::decode(bytes, wanted, limits).map_err(|error| failure(error, limits))
}

fn yuv(planes: Planes) -> Option<Decoded> {
    let factors: Vec<_> = planes.components.iter().map(|c| (c.h, c.v)).collect();
    let is_gray = planes.color == jpeg::Color::Gray;
    let is_yuv = planes.color == jpeg::Color::YCbCr && factors == [(2, 2), (1, 1), (1, 1)];
    // WebP has no room for a profile of gray: such colours are converted on the way through pixels.
    if !is_yuv && (!is_gray || planes.icc_profile.is_some()) {
        return None;
    }
    let mut components = planes.components.into_iter();
    let luma = components.next()?;
    let (width, height) = (planes.width, planes.height);
    let chroma_width = width.div_ceil(2) as usize;
    let mut chroma = || match components.next() {
        Some(samples) => (samples.samples, samples.stride),
        None => (
            vec![128; chroma_width * height.div_ceil(2) as usize],
            chroma_width,
        ),
    };
    let ((u, u_stride), (v, v_stride)) = (chroma(), chroma());
    let yuv = YuvPlanes {
        y: luma.samples,
        y_stride: luma.stride,
        u,
        u_stride,
        v,
        v_stride,
        a: None,
        a_stride: 0,
        width,
        height,
    };
    Some(Decoded {
        samples: Samples::Planes(yuv),
        profile: planes.icc_profile,
    })
}

/// Encodes an upright picture in sRGB, on white where it is not opaque: as finely as can be, for the transcoder to
/// choose what is left out.
pub fn encode(
    pixels: &Pixels,
    quality: Quality,
    notice: Option<&[u8]>,
) -> Result<Vec<u8>, ImageError> {
    let fine = encode_finely(&pixels.on_white())?;
    jpeg::transcode(&fine, Some(quality), notice, &PixelLimits::NONE)
        .map(|transcoded| transcoded.bytes)
        .map_err(|error| ImageError::internal(Format::Jpeg, error))
}

fn encode_finely(pixels: &Pixels) -> Result<Vec<u8>, ImageError> {
    let failed = |error| ImageError::internal(Format::Jpeg, error);
    let side =
        |side: u32| u16::try_from(side).map_err(|error| ImageError::internal(Format::Jpeg, error));
    let color = match pixels.layout {
        Layout::Gray => ColorType::Luma,
        _ => ColorType::Rgb,
    };
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder
        .encode(
            &pixels.samples,
            side(pixels.width)?,
            side(pixels.height)?,
            color,
        )
        .map_err(failed)?;
    Ok(file)
}

fn failure(error: JpegError, limits: &PixelLimits) -> ImageError {
    match error {
        JpegError::Unsupported { what } => ImageError::UnsupportedFormat { seen: what },
        JpegError::TooLarge { width, height } => match limits.check(width, height) {
            Err(too_many) => too_many,
            Ok(()) => ImageError::internal(Format::Jpeg, error),
        },
        error => ImageError::damaged(Format::Jpeg, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_lowered_in_small_steps() {
        let lower = |quality: u8| -> Vec<u8> {
            let lower = small_steps(Quality::try_from(quality).unwrap());
            lower.into_iter().map(Quality::get).collect()
        };
        assert_eq!(lower(100)[..7], [99, 98, 96, 92, 84, 74, 64]);
        assert_eq!(lower(92)[..3], [91, 82, 72]);
        assert_eq!(lower(50), [49, 39, 29, 19, 9]);
        assert!(lower(1).is_empty());
    }
}
