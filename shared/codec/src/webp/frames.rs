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
