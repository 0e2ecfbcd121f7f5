//! Damage of every kind to files of every format: bits, lengths, sizes, cuts and splices. Nothing panics, nothing takes
//! long, and what comes out is no larger and within the limits. The same number of the same files each time; with more
//! of them, and other ones: `by_hand_fuzz_for_ten_minutes`.

use std::panic;
use std::time::{Duration, Instant};

use super::corpus;
use super::properties::Random;
use super::*;

const FILES: usize = 30_000;

/// A bound for one input, generous for a busy machine: the pictures have 4 megapixels at most.
const SLOWEST: Duration = Duration::from_secs(5);

const BOUNDS: PixelLimits = PixelLimits {
    max_pixels: 4_000_000,
    max_dimension: 4000,
};

/// Lengths, sizes and counts at the edges of what fields of one, two and four bytes hold.
const EDGES: [u32; 12] = [
    0,
    1,
    2,
    0x7f,
    0xff,
    0x100,
    0x0fa0,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_fff0,
    u32::MAX,
];

/// Where sizes and lengths are declared: behind these bytes.
const FIELDS: [&[u8]; 24] = [
    b"\x03\0\x01\0\0\0",
    b"\x04\0\x01\0\0\0",
    b"ispe",
    b"iloc",
    b"ipma",
    b"colr",
    b"mdat",
    b"\xff\xc0",
    b"\xff\xc2",
    b"\xff\xc4",
    b"\xff\xda",
    b"\xff\xdb",
    b"\xff\xdd",
    b"\xff\xe1",
    b"\xff\xe2",
    b"IHDR",
    b"PLTE",
    b"tRNS",
    b"VP8 ",
    b"VP8L",
    b"VP8X",
    b"ALPH",
    b"ANMF",
    b"GIF89a",
];

fn mutate(file: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(file.len());
    match random.below(9) {
        0 => file[at] ^= 1 << random.below(8),
        1 => file[at] = random.byte(),
        2 => file.truncate(at.max(1)),
        3 => {
            let end = at + random.below(file.len() - at).min(64);
            file.drain(at..end);
        }
        4 => {
            let from = random.below(other.len());
            let end = from + random.below(other.len() - from).min(512);
            let end_here = (at + random.below(64)).min(file.len());
            file.splice(at..end_here, other[from..end].iter().copied());
        }
        5 => {
            let end = at + random.below(file.len() - at).min(64);
            let copy = file[at..end].to_vec();
            file.splice(at..at, copy);
        }
        6 => file.truncate(file.len() - random.below(14).min(file.len())),
        _ => write_field(file, random),
    }
    if file.is_empty() {
        file.push(0);
    }
}

/// Writes an edge into a length or a size.
fn write_field(file: &mut [u8], random: &mut Random) {
    let field = random.pick(&FIELDS);
    let places: Vec<usize> = file
        .windows(field.len())
        .enumerate()
        .filter_map(|(at, window)| (window == *field).then_some(at + field.len()))
        .collect();
    let at = match places.is_empty() {
        true => random.below(file.len()),
        false => *random.pick(&places) + random.below(12),
    };
    let value = *random.pick(&EDGES);
    let bytes = match random.below(5) {
        0 => vec![value.to_le_bytes()[0]],
        1 => value.to_le_bytes()[..2].to_vec(),
        2 => value.to_be_bytes()[2..].to_vec(),
        3 => value.to_le_bytes().to_vec(),
        _ => value.to_be_bytes().to_vec(),
    };
    for (place, byte) in file.iter_mut().skip(at).zip(bytes) {
        *place = byte;
    }
}

/// Makes the checksums of a PNG right, so that the damage gets further than they.
fn repair_checksums(file: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = file.get(at..).and_then(|rest| rest.first_chunk()) {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        let end = (at + 8).saturating_add(length);
        let Some(Some(sum)) = (end <= file.len()).then(|| file.get(at + 4..end).map(png::crc))
        else {
            return;
        };
        let Some(place) = file.get_mut(end..end + 4) else {
            return;
        };
        place.copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

#[derive(Debug, Default)]
struct Tally {
    inputs: usize,
    compressed: usize,
    slowest: Duration,
    slowest_input: Vec<u8>,
    /// What comes out has another format, which may take more bytes than a few hundred.
    may_grow: bool,
}

impl Tally {
    fn run(&mut self, file: Vec<u8>, quality: u8) {
        let mut options = options();
        options.quality = Quality::try_from(quality).unwrap();
        options.limits = BOUNDS;
        let start = Instant::now();
        let done =
            panic::catch_unwind(|| (inspect(&file, &BOUNDS).is_ok(), recompress(&file, &options)));
        let took = start.elapsed();
        let Ok((inspected, done)) = done else {
            panic!("panics at quality {quality}: {}", hexadecimal(&file));
        };
        if let Ok(done) = done {
            let fits = self.may_grow || done.bytes.len() <= file.len();
            assert!(fits, "{}", hexadecimal(&file));
            let Picture { width, height, .. } = done.output;
            assert!(
                inspected && BOUNDS.check(width, height).is_ok(),
                "{}",
                hexadecimal(&file)
            );
            self.compressed += 1;
        }
        if took > self.slowest {
            (self.slowest, self.slowest_input) = (took, file);
        }
        self.inputs += 1;
    }
}

fn hexadecimal(file: &[u8]) -> String {
    file.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fuzz(seed: u64, goes_on: impl Fn(&Tally) -> bool) -> Tally {
    let mut sources: Vec<Vec<u8>> = corpus::all().map(|entry| entry.bytes()).collect();
    let mut random = Random(seed);
    sources.extend((0..20).map(|_| gif(&mut random)));
    fuzz_sources(&sources, random, Tally::default(), goes_on)
}

fn fuzz_sources(
    sources: &[Vec<u8>],
    mut random: Random,
    mut tally: Tally,
    goes_on: impl Fn(&Tally) -> bool,
) -> Tally {
    while goes_on(&tally) {
        let mut file = random.pick(sources).clone();
        for _ in 0..=random.below(4) {
            let other = random.pick(sources).clone();
            mutate(&mut file, &other, &mut random);
        }
        if file.starts_with(b"\x89PNG") && random.below(4) > 0 {
            repair_checksums(&mut file);
        }
        tally.run(file, *random.pick(&[1, 50, 100]));
    }
    tally
}

fn gif(random: &mut Random) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let side = u32::try_from(5 + random.below(20)).unwrap();
    DynamicImage::from(photo(side, side))
        .write_to(&mut bytes, ImageFormat::Gif)
        .unwrap();
    bytes.into_inner()
}

/// BMP, TIFF and AVIF come in; TIFF in all its kinds.
fn coming_in() -> Vec<Vec<u8>> {
    let names = [
        "p-420-full",
        "p-alpha",
        "s-10",
        "s-lossless",
        "orientation-5",
    ];
    let bitmap = written(&photo(20, 15).into(), ImageFormat::Bmp);
    let translucent = written(&translucent(20, 15).into(), ImageFormat::Bmp);
    let files = tiff::compressions::files().into_iter();
    let files = files.map(|file| file.bytes());
    let files = files.chain([bitmap, translucent]);
    files.chain(names.map(avif::file)).collect()
}

#[test]
fn damage_of_what_only_comes_in_does_no_harm() {
    const FILES: usize = 4000;
    let may_grow = Tally {
        may_grow: true,
        ..Tally::default()
    };
    let tally = fuzz_sources(&coming_in(), Random(3), may_grow, |tally| {
        tally.inputs < FILES
    });
    let slowest = hexadecimal(&tally.slowest_input);
    assert!(tally.slowest < SLOWEST, "{:?}: {slowest}", tally.slowest);
    assert!(
        tally.compressed > FILES / 20,
        "{} compressed",
        tally.compressed
    );
}

#[test]
fn damage_of_every_kind_does_no_harm() {
    let tally = fuzz(1, |tally| tally.inputs < FILES);
    assert!(
        tally.slowest < SLOWEST,
        "{:?}: {}",
        tally.slowest,
        hexadecimal(&tally.slowest_input)
    );
    // Some of it must get through, or else nothing but the checks of headers would be tested.
    assert!(
        tally.compressed > FILES / 20,
        "{} compressed",
        tally.compressed
    );
    assert!(
        tally.compressed < FILES / 2,
        "{} compressed",
        tally.compressed
    );
}

/// Found by fuzzing: with its checksum right, the decoder would panic.
#[test]
fn a_palette_that_is_cut_off_is_refused() {
    let file = hexadecimal_bytes(
        "89504e470d0a1a0a0000000d49484452000000200000002002030000017913a2f10000004c504c54450000ffff0000ffff0000ff00206\
         57dfb000000524944415418d3635062e86000e17286bb607cec18434e0e9494960631366e4467b3ae675dcff021ea504c54450000ffff\
         0000ffff0000ff00a7404b3e000000524944415418d3635062e86000e17286bb607cec18434e0e9494960631366e4467b3ae675dcff02\
         1ea43140390c1ca00647cc02d869040c8229490a48e2174d57f308633fe43590806542214c1c0d0442d7300a8fa804d765ce137000000\
         0049454e44ae426082",
    );
    assert_eq!(code(&file), "decode_failed");
}

fn hexadecimal_bytes(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

#[test]
#[ignore = "damage of other kinds each time"]
fn by_hand_fuzz_for_ten_minutes() {
    let start = Instant::now();
    let seed = u64::from(std::process::id()) << 32;
    let tally = fuzz(seed, |_| start.elapsed() < Duration::from_secs(600));
    println!(
        "seed {seed}: {} inputs, {} compressed, slowest {:?}",
        tally.inputs, tally.compressed, tally.slowest
    );
    println!("the slowest: {}", hexadecimal(&tally.slowest_input));
    assert!(tally.slowest < SLOWEST);
}
