//! TIFF with a palette (TIFF 6.0, section 5), which the decoder does not know: it is told that the indices are grays.

use crate::metadata::exif::Tiff;
use crate::pixels::{Layout, Pixels};

const BITS_PER_SAMPLE: u16 = 258;
const PHOTOMETRIC: u16 = 262;
const SAMPLES_PER_PIXEL: u16 = 277;
const COLOR_MAP: u16 = 320;

/// Values of `PHOTOMETRIC`.
const BLACK_IS_ZERO: u16 = 1;
const PALETTE: u16 = 3;

/// A picture of indices of 8 bits, and the colours that they stand for.
pub struct Indexed {
    /// The file as one of grays.
    pub grays: Vec<u8>,
    colours: Vec<[u8; 3]>,
}

impl Indexed {
    /// Looks at the first directory; `None` if there is no such picture.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let tiff = Tiff::new(bytes)?;
        let is_indexed = tiff.number(PHOTOMETRIC) == Some(PALETTE)
            && tiff.number(BITS_PER_SAMPLE) == Some(8)
            && tiff
                .number(SAMPLES_PER_PIXEL)
                .is_none_or(|samples| samples == 1);
        if !is_indexed {
            return None;
        }
        // All the reds, all the greens, all the blues, of 16 bits.
        let map = tiff.numbers(COLOR_MAP, 3 * 256)?;
        let sample = |at: usize| map[at].to_be_bytes()[0];
        let colour = |index| [0_usize, 256, 512].map(|part| sample(part + index));
        Some(Self {
            grays: tiff.with_number(PHOTOMETRIC, BLACK_IS_ZERO)?,
            colours: (0..256).map(colour).collect(),
        })
    }

    /// The colours of a picture of indices.
    pub fn colours(&self, indices: &Pixels) -> Pixels {
        let colours = indices.samples.iter();
        Pixels {
            width: indices.width,
            height: indices.height,
            layout: Layout::Rgb,
            samples: colours
                .flat_map(|index| self.colours[usize::from(*index)])
                .collect(),
        }
    }
}
