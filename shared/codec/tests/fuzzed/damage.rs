//! Inputs of a fuzz target, and others that are made of them at random: the same each time.

#[path = "../random/mod.rs"]
mod random;

use std::path::Path;

use random::Random;

/// How many are made of each.
const OF_EACH: u64 = 40;

/// Runs each input of a target and what is made of it, and tells how many there were.
pub fn each(corpus: &Path, target: &str, run: impl Fn(&[u8])) -> usize {
    let files = std::fs::read_dir(corpus.join(target)).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    // Folders are in no order.
    files.sort();
    let inputs: Vec<Vec<u8>> = files
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert!(!inputs.is_empty(), "{target} has no inputs");
    let mut random = Random(1);
    let mut count = 0;
    for input in &inputs {
        watched(target, input, &run);
        for _ in 0..OF_EACH {
            let mut made = input.clone();
            for _ in 0..=random.below(3) {
                change(&mut made, &inputs, &mut random);
            }
            watched(target, &made, &run);
        }
        count += 1 + usize::try_from(OF_EACH).unwrap();
    }
    count
}

/// Keeps an input that does harm, for the fuzz target to be run with it alone.
fn watched(target: &str, input: &[u8], run: &impl Fn(&[u8])) {
    let harm = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(input)));
    if harm.is_err() {
        let file = std::env::temp_dir().join(format!("halftone-fuzzed-{target}"));
        std::fs::write(&file, input).unwrap();
        panic!("{target} is done harm by {}", file.display());
    }
}

/// A bit, a byte, a part that goes, comes twice or comes from another input.
fn change(input: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    if input.is_empty() {
        input.push(0);
    }
    let at = random.below(input.len());
    let end = (at + 1 + random.below(32)).min(input.len());
    match random.below(6) {
        0 | 1 => input[at] ^= 1 << random.below(8),
        2 => input[at] = random.next().to_le_bytes()[0],
        3 => drop(input.drain(at..end)),
        4 => {
            let part = input[at..end].to_vec();
            input.splice(at..at, part);
        }
        _ => {
            let other = &others[random.below(others.len())];
            let from = random.below(other.len().max(1)).min(other.len());
            let part = &other[from..(from + 64).min(other.len())];
            input.splice(at..end, part.iter().copied());
        }
    }
}
