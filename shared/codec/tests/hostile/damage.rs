//! Real files that are cut off, have bits flipped, or have parts of others.

#[path = "../random/mod.rs"]
mod random;

use halftone_codec::Format;

use crate::containers::repair;
use crate::sources::Source;
use crate::trial::Trial;
use random::Random;

const CUTS: usize = 24;
const FLIPS: usize = 60;
const SPLICES: usize = 20;

#[allow(clippy::disallowed_methods, reason = "a test's own choice")]
fn seed() -> u64 {
    let chosen = std::env::var("HALFTONE_ATTACK_SEED").ok();
    chosen.and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

pub fn run(trial: &mut Trial, sources: &[Source]) {
    let mut random = Random(seed());
    for source in sources {
        for _ in 0..CUTS {
            let end = random.below(source.bytes.len());
            let name = format!("{} cut at {end}", source.name);
            trial.run("cut off", &name, &source.bytes[..end]);
        }
        for nth in 0..FLIPS {
            let mut file = source.bytes.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(file.len());
                file[at] ^= 1 << random.below(8);
            }
            // Most damage to a PNG would get no further than its checksums.
            if source.format == Format::Png && nth % 4 > 0 {
                repair(&mut file);
            }
            trial.run("flipped", &format!("{} no. {nth}", source.name), &file);
        }
        for nth in 0..SPLICES {
            let other = &sources[random.below(sources.len())];
            let (at, from) = (
                random.below(source.bytes.len()),
                random.below(other.bytes.len()),
            );
            let file = [&source.bytes[..at], &other.bytes[from..]].concat();
            let name = format!("{} and {} no. {nth}", source.name, other.name);
            trial.run("spliced", &name, &file);
        }
    }
}
