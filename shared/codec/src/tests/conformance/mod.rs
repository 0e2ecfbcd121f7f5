//! The corpus through the whole path: what comes out shows what a trusted decoder sees in the source, and what is
//! refused is refused by the right name. A wrong picture without an error would be the worst outcome of all.

mod jpeg;
mod png;
mod webp;

use std::collections::BTreeMap;

use ::image::{GrayImage, RgbImage, RgbaImage};

use super::corpus::{self, Entry, psnr};
use super::*;

fn accepted(folder: &'static str) -> impl Iterator<Item = Entry> {
    corpus::entries(folder)
        .into_iter()
        .filter(Entry::is_accepted)
}

fn size(output: &Recompressed) -> (u32, u32) {
    (output.output.width, output.output.height)
}

/// The least PSNR in dB that the pictures of a family must have, by quality.
type Floors = (&'static str, [(u8, f64); 2]);

/// The worst PSNR of each family at each quality, and whose it is.
#[derive(Default)]
struct Worst {
    found: BTreeMap<(String, u8), (f64, String)>,
    pictures: usize,
}

impl Worst {
    fn note(&mut self, entry: &Entry, quality: u8, psnr: f64) {
        let key = (entry.family.clone(), quality);
        let worst = self.found.entry(key).or_insert((f64::MAX, String::new()));
        if psnr < worst.0 {
            *worst = (psnr, entry.name.clone());
        }
        self.pictures += 1;
    }

    fn assert_over(&self, floors: &[Floors]) {
        for ((family, quality), (psnr, name)) in &self.found {
            println!("{family} at {quality}: {psnr:.1} dB, {name}");
        }
        let floor = |family: &str, quality: u8| {
            let (_, floors) = floors.iter().find(|(name, _)| *name == family)?;
            floors.iter().find(|(at, _)| *at == quality)
        };
        for ((family, quality), (psnr, name)) in &self.found {
            let floor = floor(family, *quality).unwrap_or_else(|| panic!("{family} has no floor"));
            assert!(
                *psnr >= floor.1,
                "{name} at {quality}: {psnr:.1} dB, not {}",
                floor.1
            );
        }
    }
}

fn assert_refusals(folder: &'static str, least: usize) {
    let refused: Vec<_> = corpus::entries(folder)
        .into_iter()
        .filter(|entry| !entry.is_accepted())
        .collect();
    for entry in &refused {
        assert_eq!(code(&entry.bytes()), entry.result, "{}", entry.name);
    }
    assert!(refused.len() >= least, "{}", refused.len());
}
