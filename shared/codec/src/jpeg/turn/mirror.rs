//! Turning a picture upright without decoding it: a block is mirrored by negating its odd
//! frequencies, and transposed by swapping the two frequencies.

use crate::jpeg::syntax::block::Block;
use crate::jpeg::syntax::frame::Frame;
use crate::jpeg::syntax::steps::{Steps, ZIGZAG};
use crate::metadata::orientation::Orientation;

impl Orientation {
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

    fn orientation(value: u16) -> Orientation {
        Orientation::from_tag(value).unwrap()
    }

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
            let levels = turned(orientation(value), &block());
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
            orientation(first).turn(&block(), &mut once);
            let twice = turned(orientation(second), &once);
            assert_eq!(twice, std::array::from_fn(|k| block().get(k)), "{first}");
        }
    }
}
