//! Animations of other formats as animated WebP, and smaller ones.

use std::io::Cursor;

use image::Delay;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::metadata::LoopCount;
use webpx::{AnimationDecoder, AnimationEncoder, ColorMode};

use super::codec::{damaged, failed};
use crate::error::ImageError;
use crate::options::Quality;
use crate::picture::Format;
use crate::pixels::{Layout, Pixels};

/// Browsers show frames that ask for less than 20 ms as long as this.
const USUAL_DELAY_MS: i32 = 100;
const SHORTEST_DELAY_MS: i32 = 20;

/// An animated GIF or PNG, each of whose frames fits the limits, as animated WebP of this size. A GIF is shown `plays`
/// times; its decoder takes one that says nothing of it for one that is shown for ever.
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

/// An animated WebP, whose frames have been checked, with frames of this size.
///
/// # Errors
/// `decode_failed` for frames that cannot be decoded.
pub fn encode_smaller(
    bytes: &[u8],
    size: (u32, u32),
    quality: Quality,
) -> Result<Vec<u8>, ImageError> {
    let unlimited = webpx::Limits::none();
    let decoder = AnimationDecoder::with_options_limits(bytes, ColorMode::Rgba, false, &unlimited);
    let mut decoder = decoder.map_err(damaged)?;
    let loops = decoder.info().loop_count.min(u16::MAX.into());
    let mut encoder = Frames::new(size, loops, quality)?;
    while let Some(frame) = decoder.next_frame().map_err(damaged)? {
        let duration_ms = i32::try_from(frame.duration_ms).unwrap_or(i32::MAX);
        encoder.add((frame.width, frame.height), frame.data, duration_ms)?;
    }
    encoder.finish()
}

fn encode_frames<'a>(
    decoder: impl image::AnimationDecoder<'a>,
    from: Format,
    size: (u32, u32),
    plays: Option<u16>,
    quality: Quality,
) -> Result<Vec<u8>, ImageError> {
    let loops = match (plays, decoder.loop_count()) {
        (Some(plays), _) => plays.into(),
        (None, LoopCount::Infinite) => 0,
        (None, LoopCount::Finite(times)) => times.get().min(u16::MAX.into()),
    };
    let mut encoder = Frames::new(size, loops, quality)?;
    for frame in decoder.into_frames() {
        let frame = frame.map_err(|error| ImageError::damaged(from, error))?;
        let delay = delay_ms(frame.delay());
        let picture = frame.into_buffer();
        encoder.add(picture.dimensions(), picture.into_raw(), delay)?;
    }
    encoder.finish()
}

/// Takes frames of the whole canvas, one after the other.
struct Frames {
    encoder: AnimationEncoder,
    size: (u32, u32),
    now_ms: i32,
}

impl Frames {
    fn new(size: (u32, u32), loops: u32, quality: Quality) -> Result<Self, ImageError> {
        let encoder = AnimationEncoder::with_options(size.0, size.1, false, loops);
        let mut encoder = encoder.map_err(failed)?;
        encoder.set_quality(f32::from(quality.get()));
        Ok(Self {
            encoder,
            size,
            now_ms: 0,
        })
    }

    fn add(
        &mut self,
        (width, height): (u32, u32),
        samples: Vec<u8>,
        duration_ms: i32,
    ) -> Result<(), ImageError> {
        let frame = Pixels {
            width,
            height,
            layout: Layout::Rgba,
            samples,
        };
        let smaller = Some(self.size).filter(|size| *size != frame.size());
        let frame = frame.within(smaller);
        let added = self.encoder.add_frame_rgba(&frame.samples, self.now_ms);
        added.map_err(failed)?;
        self.now_ms = self.now_ms.saturating_add(duration_ms);
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, ImageError> {
        self.encoder.finish(self.now_ms).map_err(failed)
    }
}

fn delay_ms(delay: Delay) -> i32 {
    let (numerator, denominator) = delay.numer_denom_ms();
    match i32::try_from(numerator / denominator.max(1)) {
        Ok(delay) if delay >= SHORTEST_DELAY_MS => delay,
        _ => USUAL_DELAY_MS,
    }
}
