//! The samples in the bytes of a row: of 8 bits, scaled to them where they had more or fewer.

use super::layout::{Layout, Photometric};

/// Undoes the differences of a row and gives its samples, `samples` of each pixel.
pub fn of_row(layout: &Layout<'_>, row: &[u8], width: usize, samples: usize) -> Vec<u8> {
    match layout.bits {
        16 => of_words(layout, row, samples),
        8 => {
            let mut row = row.to_vec();
            if layout.predicted {
                add_up(&mut row, samples, u8::wrapping_add);
            }
            row
        }
        bits => {
            let is_indexed = matches!(layout.photometric, Photometric::Palette(_));
            let scale = if is_indexed {
                1
            } else {
                255 / ((1 << bits) - 1)
            };
            of_bits(row, bits, width * samples, scale)
        }
    }
}

fn of_words(layout: &Layout<'_>, row: &[u8], samples: usize) -> Vec<u8> {
    let (pairs, _) = row.as_chunks::<2>();
    let word = match layout.big_endian {
        true => u16::from_be_bytes,
        false => u16::from_le_bytes,
    };
    let mut words: Vec<u16> = pairs.iter().map(|pair| word(*pair)).collect();
    if layout.predicted {
        add_up(&mut words, samples, u16::wrapping_add);
    }
    let scaled = |word: u16| (u32::from(word) + 128) / 257;
    let sample = |word| u8::try_from(scaled(word)).unwrap_or(u8::MAX);
    words.into_iter().map(sample).collect()
}

/// Differences to the pixel on the left (TIFF 6.0, section 14).
fn add_up<T: Copy>(values: &mut [T], samples: usize, add: impl Fn(T, T) -> T) {
    for at in samples..values.len() {
        values[at] = add(values[at], values[at - samples]);
    }
}

/// Samples of 1, 2 or 4 bits, the highest first.
fn of_bits(row: &[u8], bits: usize, count: usize, scale: u8) -> Vec<u8> {
    let per_byte = 8 / bits;
    let mask = (1 << bits) - 1;
    let sample = |at: usize| {
        let shift = 8 - bits * (at % per_byte + 1);
        (row[at / per_byte] >> shift & mask) * scale
    };
    (0..count).map(sample).collect()
}
