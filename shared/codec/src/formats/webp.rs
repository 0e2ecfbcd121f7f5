//! WebP: encoded anew by libwebp, lossy; animated WebP is kept as it is unless it must be smaller, other animations become
//! WebP.

use webpx::ImageInfo;

use crate::choice::{Candidate, Lossy, choose};
use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::metadata::icc::{Profile, Space};
use crate::metadata::orientation::Orientation;
use crate::options::Options;
use crate::picture::{Format, Output};
use crate::pixels::{Decoded, Pixels, to_srgb};
use crate::webp::frames::{check_animation, first_frame};
use crate::webp::{animation, chunks, codec, header};

/// Width and height as the file declares them, which must be true of a still picture.
pub fn size(bytes: &[u8], limits: &PixelLimits) -> Result<(u32, u32), ImageError> {
    let (width, height) = header::size(bytes)?;
    limits.check(width, height)?;
    header::check_still(bytes, (width, height))?;
    Ok((width, height))
}

/// The EXIF data of a WebP.
pub fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    let chunks = chunks::parse(bytes).ok()?;
    chunks::find(&chunks, b"EXIF").map(<[u8]>::to_vec)
}

/// How a WebP is turned upright, unless it is animated.
pub fn orientation(bytes: &[u8]) -> Orientation {
    match chunks::parse(bytes) {
        Ok(chunks) if chunks::find(&chunks, b"ANIM").is_none() => chunks::orientation(&chunks),
        _ => Orientation::default(),
    }
}

/// Compresses a WebP whose size has been checked.
pub fn recompress(
    bytes: &[u8],
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let (width, height) = header::size(bytes)?;
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
        if let Some(size) = options.smaller((width, height)) {
            return shrink_animation(&stripped, size, profile.as_deref(), options, notice);
        }
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
    let smaller = options.smaller(picture.size());
    let picture = picture.within(smaller);
    let can_be_kept = orientation.is_upright() && smaller.is_none();
    let coder = Lossy {
        stripped: can_be_kept.then_some(stripped),
        encode: |quality| codec::encode(&picture, quality, notice),
    };
    let Candidate { bytes, kept } = choose(bytes.len(), options.quality, coder)?;
    let (width, height) = picture.size();
    Ok(Output {
        format: Format::WebP,
        width,
        height,
        bytes,
        kept,
    })
}

/// Encodes every frame of an animation, smaller.
fn shrink_animation(
    bytes: &[u8],
    size: (u32, u32),
    profile: Option<&[u8]>,
    options: &Options,
    notice: Option<&[u8]>,
) -> Result<Output, ImageError> {
    let coder = Lossy {
        stripped: None,
        encode: |quality| {
            let animated = animation::encode_smaller(bytes, size, quality)?;
            let animated = match profile {
                Some(profile) => chunks::with_profile(&animated, size, profile)?,
                None => animated,
            };
            codec::with_notice(animated, size, notice)
        },
    };
    let Candidate { bytes, kept } = choose(bytes.len(), options.quality, coder)?;
    Ok(Output {
        format: Format::WebP,
        width: size.0,
        height: size.1,
        bytes,
        kept,
    })
}

/// Decodes a WebP whose size has been checked to upright pixels in sRGB: of an animation the first frame.
pub fn decode_upright(bytes: &[u8], limits: &PixelLimits) -> Result<Pixels, ImageError> {
    let size = header::size(bytes)?;
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
    Ok(to_srgb(pixels.upright(orientation), profile.as_deref()))
}

fn is_worth_keeping(profile: &[u8]) -> bool {
    Profile::of(profile, Space::Rgb).is_some()
}
