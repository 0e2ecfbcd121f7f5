//! Animations of other formats as animated WebP.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder, Delay};
use webpx::AnimationEncoder;

use super::codec::failed;
use crate::error::ImageError;
use crate::options::Quality;
use crate::picture::Format;

/// Browsers show frames that ask for less than 20 ms as long as this.
const USUAL_DELAY_MS: i32 = 100;
const SHORTEST_DELAY_MS: i32 = 20;

/// An animated GIF or PNG, each of whose frames fits the limits, as animated WebP. A GIF is shown `plays` times; its
/// decoder takes one that says nothing of it for one that is shown for ever.
///
/// # Errors
/// `decode_failed` for frames that cannot be decoded.
pub fn encode(
    bytes: &[u8],
    from: Format,
    size: (u32, u32),
    plays: Option<u16>,
    quality: Quality,
) -> Result<Vec<u8>, ImageError> {
    let (file, damaged) = (Cursor::new(bytes), |error| ImageError::damaged(from, error));
    match from {
        Format::Png => {
            let decoder = PngDecoder::new(file).and_then(PngDecoder::apng);
            encode_frames(decoder.map_err(damaged)?, from, size, plays, quality)
        }
        _ => {
            let decoder = GifDecoder::new(file).map_err(damaged)?;
            encode_frames(decoder, from, size, plays, quality)
        }
    }
}

fn encode_frames<'a>(
    decoder: impl AnimationDecoder<'a>,
    from: Format,
    (width, height): (u32, u32),
    plays: Option<u16>,
    quality: Quality,
) -> Result<Vec<u8>, ImageError> {
    let loops = match (plays, decoder.loop_count()) {
        (Some(plays), _) => plays.into(),
        (None, LoopCount::Infinite) => 0,
        (None, LoopCount::Finite(times)) => times.get().min(u16::MAX.into()),
    };
    let encoder = AnimationEncoder::with_options(width, height, false, loops);
    let mut encoder = encoder.map_err(failed)?;
    encoder.set_quality(f32::from(quality.get()));
    let mut now_ms = 0;
    for frame in decoder.into_frames() {
        let frame = frame.map_err(|error| ImageError::damaged(from, error))?;
        encoder
            .add_frame_rgba(frame.buffer(), now_ms)
            .map_err(failed)?;
        now_ms += delay_ms(frame.delay());
    }
    encoder.finish(now_ms).map_err(failed)
}

fn delay_ms(delay: Delay) -> i32 {
    let (numerator, denominator) = delay.numer_denom_ms();
    match i32::try_from(numerator / denominator.max(1)) {
        Ok(delay) if delay >= SHORTEST_DELAY_MS => delay,
        _ => USUAL_DELAY_MS,
    }
}
