//! Turning a picture upright without decoding it: a block is mirrored by negating its odd
//! frequencies, and transposed by swapping the two frequencies.

use super::coefficients::Block;
use super::frame::Frame;
use super::tables::{Steps, ZIGZAG};

/// How stored pixels become upright ones: transposed first, then mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orientation {
    /// Rows become columns.
    pub transpose: bool,
    /// Left becomes right.
    pub mirror_x: bool,
    /// Top becomes bottom.
    pub mirror_y: bool,
}

impl Orientation {
    /// From the value of the EXIF tag, 1 to 8; anything else counts as upright.
    pub fn from_exif(value: u8) -> Self {
        let (transpose, mirror_x, mirror_y) = match value {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self {
            transpose,
            mirror_x,
            mirror_y,
        }
    }

    /// Whether nothing is to be done.
    pub fn is_upright(self) -> bool {
        self == Self::from_exif(1)
    }

    /// The frame of the upright picture.
    pub fn frame(self, frame: &Frame) -> Frame {
        let mut upright = frame.clone();
        if self.transpose {
            (upright.width, upright.height) = (frame.height, frame.width);
            for component in &mut upright.components {
                (component.h, component.v) = (component.v, component.h);
            }
        }
        upright.lay_out();
        upright
    }

    /// Where the upright picture's coefficient `k` comes from.
    fn source_of(self, k: usize) -> usize {
        if self.transpose {
            usize::from(TRANSPOSED[k & 63])
        } else {
            k
        }
    }

    /// The quantization steps of the upright picture.
    pub fn steps(self, steps: &Steps) -> Steps {
        std::array::from_fn(|k| steps[self.source_of(k)])
    }

    /// The place in the source of block (`x`, `y`) of an upright grid of `wide` × `high`.
    pub fn place(self, (x, y): (usize, usize), (wide, high): (usize, usize)) -> (usize, usize) {
        let x = if self.mirror_x { wide - 1 - x } else { x };
        let y = if self.mirror_y { high - 1 - y } else { y };
        if self.transpose { (y, x) } else { (x, y) }
    }

    /// Turns one block.
    pub fn turn(self, source: &Block, target: &mut Block) {
        target.clear();
        target.set(0, source.get(0));
        let negated = if self.mirror_x { ODD_X } else { 0 } ^ if self.mirror_y { ODD_Y } else { 0 };
        for (k, level) in source.ac() {
            let k = self.source_of(k); // a transposition is its own inverse
            let level = if negated >> k & 1 == 1 { -level } else { level };
            target.set(k, level as i16);
        }
    }
}

/// Zigzag index of the coefficient with the two frequencies of `k` swapped.
const TRANSPOSED: [u8; 64] = {
    let (mut table, mut k) = ([0; 64], 0);
    while k < 64 {
        let swapped = ZIGZAG[k] % 8 * 8 + ZIGZAG[k] / 8;
        let mut other = 0;
        while ZIGZAG[other as usize] != swapped {
            other += 1;
        }
        table[k] = other;
        k += 1;
    }
    table
};

/// Bit `k` is set if the horizontal frequency of coefficient `k` is odd.
const ODD_X: u64 = odd(1);
/// The same for the vertical frequency.
const ODD_Y: u64 = odd(8);

const fn odd(unit: u8) -> u64 {
    let (mut mask, mut k) = (0, 0);
    while k < 64 {
        mask |= ((ZIGZAG[k] / unit % 2) as u64) << k;
        k += 1;
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Block {
        let mut block = Block::ZERO;
        (0..64).for_each(|k| block.set(k, 100 + k as i16));
        block
    }

    fn turned(orientation: Orientation, block: &Block) -> [i16; 64] {
        let mut target = Block::ZERO;
        orientation.turn(block, &mut target);
        std::array::from_fn(|k| target.get(k))
    }

    #[test]
    fn coefficients_swap_and_change_sign() {
        // Zigzag: 1 is the first horizontal frequency, 2 the first vertical one, 4 the first of both.
        let pick = |value| {
            let levels = turned(Orientation::from_exif(value), &block());
            [levels[0], levels[1], levels[2], levels[4]]
        };
        assert_eq!(pick(1), [100, 101, 102, 104]);
        assert_eq!(pick(2), [100, -101, 102, -104]);
        assert_eq!(pick(3), [100, -101, -102, 104]);
        assert_eq!(pick(5), [100, 102, 101, 104]);
        assert_eq!(pick(6), [100, -102, 101, -104]);
        assert_eq!(pick(8), [100, 102, -101, -104]);
    }

    #[test]
    fn six_undoes_eight_and_the_others_undo_themselves() {
        for (first, second) in [(2, 2), (3, 3), (4, 4), (5, 5), (7, 7), (6, 8), (8, 6)] {
            let mut once = Block::ZERO;
            Orientation::from_exif(first).turn(&block(), &mut once);
            let twice = turned(Orientation::from_exif(second), &once);
            assert_eq!(twice, std::array::from_fn(|k| block().get(k)), "{first}");
        }
    }

    #[test]
    fn orientation_6_brings_the_lower_left_corner_to_the_upper_left() {
        assert_eq!(Orientation::from_exif(6).place((0, 0), (3, 5)), (0, 2));
        assert_eq!(Orientation::from_exif(8).place((0, 0), (3, 5)), (4, 0));
    }
}
