//! TIFF of all the kinds that people have.

pub mod compressions;
pub mod file;
mod kinds;
mod refusals;

use super::*;
use file::{File, Writing};

const WIDTH: usize = 21;
const HEIGHT: usize = 13;

/// Few colours, so that they come out as they are: every row and every column differs from the next.
fn gray(x: usize, y: usize) -> u8 {
    u8::try_from((x * 7 + y * 3) % 16 * 17).unwrap()
}

fn rgb(x: usize, y: usize) -> [u8; 3] {
    [gray(x, y), gray(y, x), 255 - gray(x, y)]
}

/// The samples of a part of the picture, row by row.
fn samples<const N: usize>(
    (xs, ys): (std::ops::Range<usize>, std::ops::Range<usize>),
    pixel: impl Fn(usize, usize) -> [u8; N],
) -> Vec<u8> {
    let rows = ys.map(|y| xs.clone().map(move |x| (x, y)));
    rows.flatten().flat_map(|(x, y)| pixel(x, y)).collect()
}

fn all<const N: usize>(pixel: impl Fn(usize, usize) -> [u8; N]) -> Vec<u8> {
    samples((0..WIDTH, 0..HEIGHT), pixel)
}

/// Red, green, blue and alpha of what a file shows.
fn shown(file: &File) -> Vec<u8> {
    let options = Options {
        quality: Quality::try_from(100).unwrap(),
        format: OutputFormat::Png,
        ..options()
    };
    let bytes = file.bytes();
    let done = recompress(&bytes, &options).unwrap_or_else(|error| panic!("{error:?}: {file:?}"));
    assert_eq!((done.output.width, done.output.height), (21, 13));
    decode(&done.bytes).to_rgba8().into_raw()
}

fn opaque(pixel: impl Fn(usize, usize) -> [u8; 3]) -> Vec<u8> {
    all(|x, y| {
        let [r, g, b] = pixel(x, y);
        [r, g, b, 255]
    })
}

fn grays() -> Vec<u8> {
    opaque(|x, y| [gray(x, y); 3])
}

/// A file with samples of 8 bits, `photometric` and so many of them a pixel.
fn plain(photometric: usize, channels: usize, chunks: &[Vec<u8>]) -> File {
    File::new(WIDTH, HEIGHT)
        .with(258, &vec![8; channels])
        .with(262, &[photometric])
        .with(277, &[channels])
        .of(chunks)
}
