//! WebP: encoded anew by libwebp, lossy; animations are kept as they are.

mod chunks;

use webpx::{Decoder, DecoderConfig, Encoder, ImageInfo, Unstoppable};

use super::choice::{Choice, Source, choose};
use super::icc::{Profile, Space};
use super::orientation::Orientation;
use super::pixels::{Layout, Pixels};
use super::{Format, ImageError, Limits, Options, Output, Quality};
use chunks::Chunk;

/// libwebp's effort, 0 to 6: 2 is about three times as fast as the default 4 and 2 to 7 % larger.
const METHOD: u8 = 2;

/// Width and height as the first chunk declares them.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    let data = bytes.get(20..).unwrap_or_default();
    let size = match bytes.get(12..16) {
        Some(b"VP8X") => canvas_size(data),
        Some(b"VP8 ") => lossy_size(data),
        Some(b"VP8L") => lossless_size(data),
        _ => None,
    };
    let size = size.filter(|(width, height)| *width > 0 && *height > 0);
    size.ok_or_else(|| {
        ImageError::damaged(Format::WebP, "the first chunk is no header of a picture")
    })
}

fn canvas_size(data: &[u8]) -> Option<(u32, u32)> {
    let [a, b, c, d, e, f] = *data.get(4..)?.first_chunk()?;
    Some((
        u32::from_le_bytes([a, b, c, 0]) + 1,
        u32::from_le_bytes([d, e, f, 0]) + 1,
    ))
}

/// The header of a key frame ([RFC 6386, 9.1](https://www.rfc-editor.org/rfc/rfc6386#section-9.1)).
fn lossy_size(data: &[u8]) -> Option<(u32, u32)> {
    let [0x9d, 0x01, 0x2a, a, b, c, d] = *data.get(3..)?.first_chunk()? else {
        return None;
    };
    let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
    Some((side([a, b]), side([c, d])))
}

/// The header of a lossless picture ([RFC 9649, 3.4](https://www.rfc-editor.org/rfc/rfc9649#section-3.4)).
fn lossless_size(data: &[u8]) -> Option<(u32, u32)> {
    let [0x2f, a, b, c, d] = *data.first_chunk()? else {
        return None;
    };
    let bits = u32::from_le_bytes([a, b, c, d]);
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

/// Compresses a WebP whose size has been checked.
pub(super) fn recompress(bytes: &[u8], options: &Options) -> Result<Output, ImageError> {
    let (width, height) = size(bytes)?;
    let chunks = chunks::parse(bytes)?;
    let orientation = chunks::orientation(&chunks);
    let profile = chunks::find(&chunks, b"ICCP")
        .filter(|profile| is_worth_keeping(profile))
        .map(<[u8]>::to_vec);
    let kept = chunks::strip(chunks, profile.is_some());
    let stripped = chunks::write(&kept)?;
    if chunks::find(&kept, b"ANIM").is_some() {
        check_animation(&kept, (width, height), &options.limits)?;
        return Ok(Output {
            width,
            height,
            bytes: stripped,
            kept: true,
        });
    }
    let picture = decode(&stripped, orientation, (width, height), &options.limits)?;
    let size = orientation.turned_size(width, height);
    let source = Source {
        length: bytes.len(),
        stripped,
        upright: orientation.is_upright(),
    };
    let Choice { bytes, kept } = choose(source, options.quality, |quality| {
        let encoded = picture.encode(quality)?;
        match &profile {
            Some(profile) => chunks::with_profile(&encoded, size, profile),
            None => Ok(encoded),
        }
    })?;
    Ok(Output {
        width: size.0,
        height: size.1,
        bytes,
        kept,
    })
}

fn is_worth_keeping(profile: &[u8]) -> bool {
    Profile::parse(profile).is_some_and(|profile| profile.space == Space::Rgb && !profile.is_srgb())
}

/// Every frame must decode; they are decoded one at a time and thrown away.
fn check_animation(
    chunks: &[Chunk<'_>],
    canvas: (u32, u32),
    limits: &Limits,
) -> Result<(), ImageError> {
    let frames = chunks.iter().filter(|chunk| chunk.kind == *b"ANMF");
    let frames: Vec<_> = frames
        .map(|chunk| chunks::frame(&chunk.data))
        .collect::<Result<_, _>>()?;
    if frames.is_empty() {
        return Err(ImageError::damaged(
            Format::WebP,
            "an animation without frames",
        ));
    }
    let pixels = frames
        .iter()
        .map(|frame| u64::from(frame.width) * u64::from(frame.height));
    limits.check_frames(canvas.0, canvas.1, pixels.fold(0, u64::saturating_add))?;
    for frame in frames {
        limits.check(frame.width, frame.height)?;
        decode(
            &frame.to_file()?,
            Orientation::default(),
            (frame.width, frame.height),
            limits,
        )?;
    }
    Ok(())
}

/// A decoded picture.
enum Decoded {
    /// As lossy WebP stores it: no conversion of colours on the way in and out.
    Planes(webpx::YuvPlanes),
    Pixels(Pixels),
}

/// Decodes a file and turns it upright.
fn decode(
    file: &[u8],
    orientation: Orientation,
    size: (u32, u32),
    limits: &Limits,
) -> Result<Decoded, ImageError> {
    let damaged = |error: webpx::At<webpx::Error>| ImageError::damaged(Format::WebP, error);
    let info = ImageInfo::from_webp(file).map_err(damaged)?;
    if (info.width, info.height) != size {
        return Err(ImageError::damaged(
            Format::WebP,
            "the picture is not as large as the file declares",
        ));
    }
    let allowed = webpx::Limits::none().with_max_pixels(limits.max_pixels);
    let decoder = Decoder::new(file)
        .map_err(damaged)?
        .config(DecoderConfig::new().limits(allowed));
    if is_lossy(file) && !info.has_alpha && orientation.is_upright() {
        return decoder.decode_yuv().map(Decoded::Planes).map_err(damaged);
    }
    let (layout, decoded) = if info.has_alpha {
        (Layout::Rgba, decoder.decode_rgba_raw())
    } else {
        (Layout::Rgb, decoder.decode_rgb_raw())
    };
    let (samples, width, height) = decoded.map_err(damaged)?;
    Ok(Decoded::Pixels(
        Pixels {
            width,
            height,
            layout,
            samples,
        }
        .upright(orientation),
    ))
}

fn is_lossy(file: &[u8]) -> bool {
    chunks::parse(file).is_ok_and(|chunks| chunks::find(&chunks, b"VP8 ").is_some())
}

impl Decoded {
    fn encode(&self, quality: Quality) -> Result<Vec<u8>, ImageError> {
        let encoder = match self {
            Self::Planes(planes) => Encoder::new_yuv(planes.into()),
            Self::Pixels(pixels) => match pixels.layout {
                Layout::Rgba => Encoder::new_rgba(&pixels.samples, pixels.width, pixels.height),
                _ => Encoder::new_rgb(&pixels.samples, pixels.width, pixels.height),
            },
        };
        let encoder = encoder.quality(f32::from(quality.get())).method(METHOD);
        encoder
            .encode(Unstoppable)
            .map_err(|error| ImageError::internal(Format::WebP, error))
    }
}
