//! What holds for every picture, at every quality: for all of the corpus, and for pictures of random shape and content.

use ::image::codecs::webp::WebPEncoder;
use ::image::{ExtendedColorType, ImageEncoder, Rgba};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

#[path = "../../tests/random/mod.rs"]
mod random;

use super::coefficients::Coefficients;
use super::corpus;
use super::*;

pub use random::Random;

const QUALITIES: [u8; 5] = [1, 30, 50, 85, 100];

impl Random {
    pub fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Waves with a share of noise.
fn random_picture(random: &mut Random) -> RgbaImage {
    let mut side = || u32::try_from(1 + random.below(70)).unwrap();
    let (width, height) = (side(), side());
    let noise = *random.pick(&[0, 0, 10, 60]);
    let waves: [f32; 4] = std::array::from_fn(|_| f32::from(random.byte()) / 300.0);
    let translucent = random.below(2) == 0;
    RgbaImage::from_fn(width, height, |x, y| {
        #[expect(clippy::cast_precision_loss, reason = "sides are under 70")]
        let at = (x as f32, y as f32);
        let wave = |i: usize| ((at.0 * waves[i] + at.1 * waves[(i + 1) % 4]).sin() + 1.0) * 90.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is 0 to 180"
        )]
        let mut sample = |i: usize| wave(i) as u8 + random.byte() % (noise + 1);
        let alpha = if translucent { sample(3) } else { u8::MAX };
        Rgba([sample(0), sample(1), sample(2), alpha])
    })
}

fn random_jpeg(picture: &RgbaImage, random: &mut Random) -> Vec<u8> {
    const SAMPLINGS: [SamplingFactor; 5] = [
        SamplingFactor::F_1_1,
        SamplingFactor::F_2_1,
        SamplingFactor::F_1_2,
        SamplingFactor::F_2_2,
        SamplingFactor::F_4_1,
    ];
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, *random.pick(&[20, 60, 90, 98]));
    encoder.set_sampling_factor(*random.pick(&SAMPLINGS));
    encoder.set_progressive(random.below(3) == 0);
    encoder.set_restart_interval(*random.pick(&[0, 0, 1, 4]));
    let side = |side: u32| u16::try_from(side).unwrap();
    let (width, height) = (side(picture.width()), side(picture.height()));
    encoder
        .encode(picture, width, height, ColorType::Rgba)
        .unwrap();
    bytes
}

pub fn random_file(random: &mut Random) -> Vec<u8> {
    let picture = random_picture(random);
    let (width, height) = picture.dimensions();
    match random.below(3) {
        0 => random_jpeg(&picture, random),
        1 => {
            let mut bytes = std::io::Cursor::new(Vec::new());
            let picture = DynamicImage::from(picture);
            let written: DynamicImage = match random.below(4) {
                0 => picture.to_luma8().into(),
                1 => picture.to_rgb16().into(),
                2 => picture.to_luma_alpha8().into(),
                _ => picture,
            };
            written.write_to(&mut bytes, ImageFormat::Png).unwrap();
            bytes.into_inner()
        }
        _ => {
            let mut bytes = Vec::new();
            WebPEncoder::new_lossless(&mut bytes)
                .write_image(&picture, width, height, ExtendedColorType::Rgba8)
                .unwrap();
            bytes
        }
    }
}

/// Compresses a file and what came out of it, and looks at both.
fn check(name: &str, source: &[u8], quality: u8, upright: bool) {
    let name = format!("{name} at {quality}");
    let once = compress(source, quality);
    let size = |done: &Recompressed| (done.output.width, done.output.height);
    let stored = (once.input.width, once.input.height);
    let turned = (stored.1, stored.0);
    assert!(
        size(&once) == stored || (!upright && size(&once) == turned),
        "{name}"
    );
    // What must be turned cannot be kept, and may be too small for an encoding without loss of all that is in it.
    assert!(!upright || once.bytes.len() <= source.len(), "{name} grows");
    let twice = compress(&once.bytes, quality);
    assert!(
        twice.bytes.len() <= once.bytes.len(),
        "{name} grows the second time"
    );
    assert_eq!(size(&twice), size(&once), "{name}");
    for text in ["SECRET", "Exif", "EXIF", "eXIf", "tEXt", "JFXX"] {
        assert!(!contains(&once.bytes, text), "{text} in {name}");
    }
    if once.output.format == Format::Jpeg
        && let (Some(first), Some(second)) = (
            Coefficients::read(&once.bytes),
            Coefficients::read(&twice.bytes),
        )
    {
        assert!(
            first.digest() == second.digest(),
            "{name} changes the second time"
        );
    }
}

#[test]
fn the_corpus_gets_no_larger_keeps_its_size_and_does_not_change_twice() {
    for entry in corpus::all().filter(corpus::Entry::is_accepted) {
        let is_upright = entry.family != "turned" && entry.digest != "-";
        for quality in QUALITIES {
            check(&entry.name, &entry.bytes(), quality, is_upright);
        }
    }
}

#[test]
fn random_pictures_get_no_larger_keep_their_size_and_do_not_change_twice() {
    let mut random = Random(1);
    for round in 0..300 {
        let file = random_file(&mut random);
        let quality = *random.pick(&QUALITIES);
        check(&format!("picture {round}"), &file, quality, true);
    }
}
