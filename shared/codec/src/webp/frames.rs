//! The frames of an animated WebP.

use webpx::{AnimationDecoder, ColorMode};

use super::chunks::{self, Chunk};
use super::codec;
use crate::error::ImageError;
use crate::limits::PixelLimits;
use crate::metadata::orientation::Orientation;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels};

/// The first frame, on the whole canvas.
pub fn first_frame(bytes: &[u8], (width, height): (u32, u32)) -> Result<Pixels, ImageError> {
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

/// Every frame must decode; they are decoded one at a time and thrown away.
pub fn check_animation(
    chunks: &[Chunk<'_>],
    canvas: (u32, u32),
    limits: &PixelLimits,
) -> Result<(), ImageError> {
    // Taken apart twice rather than kept: a frame may be smaller than what is known of it.
    let frames = || {
        let frames = chunks.iter().filter(|chunk| chunk.kind == *b"ANMF");
        frames.map(|chunk| chunks::frame(&chunk.data))
    };
    let (mut pixels, mut is_empty) = (0_u64, true);
    for frame in frames() {
        let frame = frame?;
        pixels = pixels.saturating_add(u64::from(frame.width) * u64::from(frame.height));
        is_empty = false;
    }
    if is_empty {
        return Err(ImageError::damaged(
            Format::WebP,
            "an animation without frames",
        ));
    }
    limits.check_frames(canvas.0, canvas.1, pixels)?;
    for frame in frames() {
        let frame = frame?;
        limits.check(frame.width, frame.height)?;
        if !frame.fits(canvas) {
            return Err(ImageError::damaged(
                Format::WebP,
                "a frame lies beside its canvas",
            ));
        }
        codec::decode(
            &frame.to_file()?,
            Orientation::default(),
            (frame.width, frame.height),
            limits,
        )?;
    }
    Ok(())
}
