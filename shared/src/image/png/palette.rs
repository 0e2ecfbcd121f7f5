//! Pictures of few colours: what PNG can be made small with.

use quantizr::{Image, QuantizeResult};

use super::super::Quality;
use super::super::pixels::Pixels;

/// Fewer colours than this are never asked for.
const MIN_COLOURS: u8 = 8;

/// A picture as indices into a palette.
pub struct Indexed {
    /// Bits that an index takes: 1, 2, 4 or 8.
    pub bits: u8,
    /// Rows of indices, packed, each row beginning with a new byte.
    pub rows: Vec<u8>,
    /// Red, green and blue of each colour.
    pub colours: Vec<u8>,
    /// The alpha of each colour, without the opaque ones at the end.
    pub alphas: Vec<u8>,
}

/// Reduces a picture to as many colours as the quality grants: 128 of 256 at 50.
pub fn reduce(pixels: &Pixels, quality: Quality) -> Result<Indexed, quantizr::Error> {
    let (width, height, rgba) = (pixels.width as usize, pixels.height as usize, pixels.rgba());
    let image = Image::new(&rgba, width, height)?;
    let mut options = quantizr::Options::default();
    options.set_max_colors(colours(quality))?;
    let quantized = QuantizeResult::quantize(&image, &options);
    let mut indices = vec![0; width * height];
    quantized.remap_image(&image, &mut indices)?;
    let palette = quantized.get_palette();
    let palette = &palette.entries[..palette.count as usize];
    let bits = match palette.len() {
        ..=2 => 1,
        3..=4 => 2,
        5..=16 => 4,
        _ => 8,
    };
    // A mean of opaque colours may come out a little less than opaque.
    let alpha = |colour: u8| {
        if pixels.layout.has_alpha() {
            colour
        } else {
            u8::MAX
        }
    };
    let alphas: Vec<u8> = palette.iter().map(|colour| alpha(colour.a)).collect();
    let transparent = alphas
        .iter()
        .rposition(|alpha| *alpha != u8::MAX)
        .map_or(0, |last| last + 1);
    Ok(Indexed {
        bits,
        rows: indices
            .chunks_exact(width)
            .flat_map(|row| pack(row, bits))
            .collect(),
        colours: palette
            .iter()
            .flat_map(|colour| [colour.r, colour.g, colour.b])
            .collect(),
        alphas: alphas[..transparent].to_vec(),
    })
}

fn colours(quality: Quality) -> i32 {
    let share = u16::from(quality.get()) * 256 / 100;
    i32::from(share.max(u16::from(MIN_COLOURS)))
}

/// Packs a row of indices, the first into the highest bits.
fn pack(row: &[u8], bits: u8) -> impl Iterator<Item = u8> {
    row.chunks(usize::from(8 / bits)).map(move |indices| {
        let shifts = (0..8 / bits).rev().map(|place| place * bits);
        indices
            .iter()
            .zip(shifts)
            .fold(0, |byte, (index, shift)| byte | index << shift)
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::pixels::Layout;
    use super::*;

    fn pixels(width: u32, samples: Vec<u8>) -> Pixels {
        let height = u32::try_from(samples.len()).unwrap() / 4 / width;
        Pixels {
            width,
            height,
            layout: Layout::Rgba,
            samples,
        }
    }

    #[test]
    fn qualities_grant_colours() {
        for (quality, expected) in [(1, 8), (3, 8), (10, 25), (50, 128), (100, 256)] {
            assert_eq!(colours(Quality::try_from(quality).unwrap()), expected);
        }
    }

    #[test]
    fn few_colours_take_few_bits() {
        let red_and_clear = [255, 0, 0, 255, 0, 0, 0, 0].repeat(5);
        let indexed = reduce(&pixels(5, red_and_clear), Quality::default()).unwrap();
        assert_eq!(
            (indexed.bits, indexed.rows.len(), indexed.colours.len()),
            (1, 2, 6)
        );
        assert!(indexed.alphas.contains(&0));
    }

    #[test]
    fn rows_are_packed_from_the_left() {
        assert_eq!(
            pack(&[1, 0, 1, 1, 0, 0, 0, 1, 1], 1).collect::<Vec<_>>(),
            [0b1011_0001, 0b1000_0000]
        );
        assert_eq!(pack(&[1, 2, 3], 2).collect::<Vec<_>>(), [0b0110_1100]);
        assert_eq!(pack(&[1, 2, 3], 4).collect::<Vec<_>>(), [0x12, 0x30]);
        assert_eq!(pack(&[1, 2, 3], 8).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
