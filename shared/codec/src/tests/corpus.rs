//! The files of `corpus/`: what each of them is and what is to become of it. A README.md in every folder says who
//! made them.

use std::fs;
use std::path::PathBuf;

use ::image::RgbaImage;

/// One file of a folder, from its `manifest.tsv`.
pub struct Entry {
    pub folder: &'static str,
    /// The file's name with its extension.
    pub name: String,
    /// `ok`, or the code of the error that refuses it.
    pub result: String,
    /// Which floors hold for it.
    pub family: String,
    /// The name of the reference picture; `-` where there is none.
    pub reference: String,
    /// A digest of what a trusted decoder reads; `-` where there is none.
    pub digest: String,
}

impl Entry {
    pub fn bytes(&self) -> Vec<u8> {
        read(self.folder, &self.name)
    }

    pub fn reference(&self) -> RgbaImage {
        let bytes = read(self.folder, &format!("references/{}", self.reference));
        super::decode(&bytes).to_rgba8()
    }

    pub fn is_accepted(&self) -> bool {
        self.result == "ok"
    }
}

/// Everything in a folder.
pub fn entries(folder: &'static str) -> Vec<Entry> {
    let manifest = String::from_utf8(read(folder, "manifest.tsv")).unwrap();
    let entry = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut next = || columns.next().unwrap();
        Entry {
            folder,
            name: next(),
            result: next(),
            family: next(),
            reference: next(),
            digest: next(),
        }
    };
    manifest.lines().skip(1).map(entry).collect()
}

/// Everything in all folders.
pub fn all() -> impl Iterator<Item = Entry> {
    ["jpeg", "png", "webp"].into_iter().flat_map(entries)
}

pub fn path(folder: &str, name: &str) -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/corpus");
    [root, folder, name].iter().collect()
}

fn read(folder: &str, name: &str) -> Vec<u8> {
    let path = path(folder, name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The first 16 digits of the SHA-256 digest in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(bytes);
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The peak signal-to-noise ratio in dB, of colours multiplied by their alpha, and alpha; at most 99.
pub fn psnr(one: &RgbaImage, other: &RgbaImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let premultiplied = |pixel: [u8; 4]| {
        let alpha = f64::from(pixel[3]) / 255.0;
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(|sample| f64::from(sample) * alpha);
        [r, g, b, f64::from(pixel[3])]
    };
    let squares = one.pixels().zip(other.pixels()).flat_map(|(one, other)| {
        let (one, other) = (premultiplied(one.0), premultiplied(other.0));
        one.into_iter()
            .zip(other)
            .map(|(one, other)| (one - other).powi(2))
    });
    // Alpha is alike in all opaque pictures: the mean is of three channels, as it is usually taken.
    let mean = squares.sum::<f64>() / (3.0 * f64::from(one.width()) * f64::from(one.height()));
    (10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()).min(99.0)
}
