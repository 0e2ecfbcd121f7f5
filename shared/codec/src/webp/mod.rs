//! WebP: encoded anew by libwebp, lossy; animated WebP is kept as it is, other animations become WebP.

mod animation;
mod chunks;
mod codec;

use webpx::{AnimationDecoder, ColorMode, ImageInfo};

use super::choice::{Choice, Source, choose};
use super::decoded::Decoded;
use super::icc::{Profile, Space};
use super::orientation::Orientation;
use super::pixels::{Layout, Pixels};
use super::{Format, ImageError, Options, Output, PixelLimits, srgb};
use chunks::Chunk;

pub(super) use animation::encode as animate;
pub(super) use codec::{encode, with_notice};

/// The longest side, in pixels: it is stored in 14 bits.
pub(super) const MAX_SIDE: u32 = 16_383;

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

/// The EXIF data of a WebP.
pub(super) fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    let chunks = chunks::parse(bytes).ok()?;
    chunks::find(&chunks, b"EXIF").map(<[u8]>::to_vec)
}

/// Compresses a WebP whose size has been checked.
pub(super) fn recompress(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let (width, height) = size(bytes)?;
    let chunks = chunks::parse(bytes)?;
    let orientation = chunks::orientation(&chunks);
    let profile = chunks::find(&chunks, b"ICCP")
        .filter(|profile| is_worth_keeping(profile))
        .map(<[u8]>::to_vec);
    let mut kept = chunks::strip(chunks, profile.is_some());
    if let Some(notice) = notice {
        chunks::add_exif(&mut kept, (width, height), notice);
    }
    let stripped = chunks::write(&kept)?;
    if chunks::find(&kept, b"ANIM").is_some() {
        check_animation(&kept, (width, height), &options.limits)?;
        return Ok(Output {
            format: Format::WebP,
            width,
            height,
            bytes: stripped,
            kept: true,
        });
    }
    let picture = Decoded {
        samples: codec::decode(&stripped, orientation, (width, height), &options.limits)?,
        profile,
    };
    let source = Source {
        length: bytes.len(),
        kept: orientation.is_upright().then_some(stripped),
    };
    let Choice { bytes, kept } = choose(source, options.quality, |quality| {
        codec::encode(&picture, quality, notice)
    })?;
    let (width, height) = picture.size();
    Ok(Output {
        format: Format::WebP,
        width,
        height,
        bytes,
        kept,
    })
}

/// Decodes a WebP whose size has been checked to upright pixels in sRGB: of an animation the first frame.
pub(super) fn decode_upright(bytes: &[u8], limits: &PixelLimits) -> Result<Pixels, ImageError> {
    let size = size(bytes)?;
    let chunks = chunks::parse(bytes)?;
    let orientation = chunks::orientation(&chunks);
    let profile = chunks::find(&chunks, b"ICCP").map(<[u8]>::to_vec);
    let pixels = if chunks::find(&chunks, b"ANIM").is_some() {
        check_animation(&chunks, size, limits)?;
        first_frame(bytes, size)?
    } else {
        let plain = chunks::write(&chunks::strip(chunks, false))?;
        let info = ImageInfo::from_webp(&plain).map_err(codec::damaged)?;
        codec::decode_pixels(&plain, info.has_alpha, limits)?
    };
    Ok(srgb::convert(
        pixels.upright(orientation),
        profile.as_deref(),
    ))
}

/// The first frame, on the whole canvas.
fn first_frame(bytes: &[u8], (width, height): (u32, u32)) -> Result<Pixels, ImageError> {
    let unlimited = webpx::Limits::none(); // the canvas and all frames have been checked
    let decoder = AnimationDecoder::with_options_limits(bytes, ColorMode::Rgba, false, &unlimited);
    let frame = decoder.and_then(|mut decoder| decoder.next_frame());
    let frame = frame.map_err(codec::damaged)?;
    let missing = || ImageError::damaged(Format::WebP, "an animation without frames");
    Ok(Pixels {
        width,
        height,
        layout: Layout::Rgba,
        samples: frame.ok_or_else(missing)?.data,
    })
}

fn is_worth_keeping(profile: &[u8]) -> bool {
    Profile::unlike_srgb(profile).is_some_and(|profile| profile.space == Space::Rgb)
}

/// Every frame must decode; they are decoded one at a time and thrown away.
fn check_animation(
    chunks: &[Chunk<'_>],
    canvas: (u32, u32),
    limits: &PixelLimits,
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
        codec::decode(
            &frame.to_file()?,
            Orientation::default(),
            (frame.width, frame.height),
            limits,
        )?;
    }
    Ok(())
}
