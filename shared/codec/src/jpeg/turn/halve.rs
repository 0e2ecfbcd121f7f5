//! Halving on DCT coefficients: the average of pairs of samples, as [`Kernel::halve`](super::kernel::Kernel::halve) has it,
//! in a fifth of the multiplications that its matrices take.
//!
//! Averaged in pairs, 8 samples with the coefficients Xₖ become 4. These have the coefficients X₀/√2 and
//! (Xₖ·cos(kπ/16) − X₈₋ₖ·sin(kπ/16))/√2, for at their places the cosines of k and 8 − k differ by their sign only. Two
//! such halves A and B beside each other are a block again. Its even coefficients are (Aₖ ± Bₖ)/√2, since the even
//! cosines of 8 samples are those of 4 and their mirror image; its odd ones are sums of the differences.

use wide::f32x8;

use super::kernel::cosine;
use crate::jpeg::syntax::block::Square;

/// The coefficients of a block, eight rows or columns side by side.
type Lanes = [f32x8; 8];

/// The axes along which a component is halved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halving {
    /// Along rows: two blocks beside each other become one.
    pub across: bool,
    /// Along columns: two blocks above each other become one.
    pub down: bool,
}

impl Halving {
    /// How many blocks become one, across and down.
    pub fn blocks(self) -> (usize, usize) {
        (1 + usize::from(self.across), 1 + usize::from(self.down))
    }

    /// Makes a block, column by column, of up to four, which are row by row themselves: by their place across and down.
    #[inline(always)]
    pub fn apply(self, [left, right]: &[[Square; 2]; 2]) -> Square {
        let down = |[upper, lower]: &[Square; 2]| {
            let upper = upper.map(f32x8::new);
            f32x8::transpose(match self.down {
                true => joined(upper, lower.map(f32x8::new)),
                false => upper,
            })
        };
        let across = match self.across {
            true => joined(down(left), down(right)),
            false => down(left),
        };
        across.map(f32x8::to_array)
    }
}

/// Halves two blocks along the first index.
#[inline(always)]
fn joined(first: Lanes, second: Lanes) -> Lanes {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (halved(first), halved(second));
    // The cosines of odd coefficients change their sign where they are mirrored.
    let (d0, d1, d2, d3) = (a0 - b0, a1 + b1, a2 - b2, a3 + b3);
    let odd = |m: usize| (d0 * ODD[m][0] + d1 * ODD[m][1]) + (d2 * ODD[m][2] + d3 * ODD[m][3]);
    [
        a0 + b0,
        odd(0),
        a1 - b1,
        odd(1),
        a2 + b2,
        odd(2),
        a3 - b3,
        odd(3),
    ]
}

/// The coefficients of averaged pairs, over √2.
#[inline(always)]
fn halved(block: Lanes) -> [f32x8; 4] {
    let folded = |k: usize| block[k] * cosine(k) - block[8 - k] * cosine(8 - k);
    [block[0] * cosine(0), folded(1), folded(2), folded(3)]
}

/// What the differences of two halves contribute to the odd coefficients.
const ODD: [[f32; 4]; 4] = {
    let (mut odd, mut m) = ([[0.0; 4]; 4], 0);
    while m < 4 {
        let mut l = 0;
        while l < 4 {
            let (mut sum, mut n) = (0.0, 0);
            while n < 4 {
                let place = 2 * n + 1;
                sum += cosine(place * 2 * l) * cosine(place * (2 * m + 1));
                n += 1;
            }
            odd[m][l] = sum
                * if l == 0 {
                    std::f32::consts::SQRT_2
                } else {
                    2.0
                };
            l += 1;
        }
        m += 1;
    }
    odd
};

#[cfg(test)]
mod tests {
    use std::array::from_fn;

    use super::super::kernel::Kernel;
    use super::*;

    fn random_blocks() -> [[Square; 2]; 2] {
        let mut noise = 1_u32;
        let mut random = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 20) as f32 - 2048.0
        };
        from_fn(|_| from_fn(|_| from_fn(|_| from_fn(|_| random()))))
    }

    /// One coefficient, made by matrices.
    fn by_kernels(blocks: &[[Square; 2]; 2], halving: Halving, row: usize, column: usize) -> f32 {
        let kernel = |halves| {
            if halves {
                Kernel::halve()
            } else {
                Kernel::identity()
            }
        };
        let (across, down) = (kernel(halving.across), kernel(halving.down));
        let mut sum = 0.0;
        for (x, across) in across.taps.iter().enumerate() {
            for (y, down) in down.taps.iter().enumerate() {
                for (v, values) in blocks[x][y].iter().enumerate() {
                    for (u, value) in values.iter().enumerate() {
                        sum += across[column][u] * down[row][v] * value;
                    }
                }
            }
        }
        sum
    }

    #[test]
    fn it_is_what_the_kernels_make() {
        let blocks = random_blocks();
        for (across, down) in [(true, true), (true, false), (false, true)] {
            let halving = Halving { across, down };
            let found = halving.apply(&blocks);
            for (column, values) in found.iter().enumerate() {
                for (row, value) in values.iter().enumerate() {
                    let expected = by_kernels(&blocks, halving, row, column);
                    assert!(
                        (value - expected).abs() < 0.01,
                        "{halving:?} {row} {column}"
                    );
                }
            }
        }
    }

    #[test]
    fn flat_blocks_stay_as_they_are() {
        let mut flat: Square = [[0.0; 8]; 8];
        flat[0][0] = 1234.5;
        let (across, down) = (true, true);
        assert_eq!(Halving { across, down }.apply(&[[flat; 2]; 2]), flat);
    }
}
