//! The inverse transform to fewer samples than there are coefficients: the lowest 4×4, 2×2 or 1 of a block's make as many
//! samples, of a picture at half, a quarter or an eighth of the size. What is left out are frequencies that there is no
//! room for.

#![expect(
    clippy::cast_precision_loss,
    reason = "places in a block, and levels of 16 bits"
)]

use crate::jpeg::syntax::steps::ZIGZAG;

/// The cosines of the transforms of 2 and 4 samples.
const COS_45: f32 = 0.707_106_77;
const COS_22: f32 = 0.923_879_5;
const COS_67: f32 = 0.382_683_43;

/// How large the samples of a block become, a side, by what is wanted of 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduced {
    /// The mean.
    One,
    Two,
    Four,
}

impl Reduced {
    /// What is enough for so many samples of so many along an axis; nothing if all are needed.
    pub fn enough(wanted: [usize; 2], available: [f64; 2]) -> Option<Self> {
        [Self::One, Self::Two, Self::Four]
            .into_iter()
            .find(|reduced| {
                let share = reduced.side() as f64 / 8.0;
                let left =
                    |axis: usize| available[axis] * share >= OVERSAMPLING * wanted[axis] as f64;
                left(0) && left(1)
            })
    }

    /// Samples a side.
    pub fn side(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// Bits of the coefficients that count, in zigzag order.
    pub fn mask(self) -> u64 {
        match self {
            Self::One => ONE,
            Self::Two => TWO,
            Self::Four => FOUR,
        }
    }

    /// What coefficient (`row`, `column`) has to be multiplied by before [`Self::inverse`]: C(u)·C(v)/4 of T.81 A.3.3.
    pub fn scale(self, row: usize, column: usize) -> f32 {
        // The second of two and the third of four are wanted times cos(π/4) only.
        let scale = |at: usize| match at {
            0 => COS_45 / 2.0,
            at if 2 * at == self.side() => COS_45 / 2.0,
            _ => 0.5,
        };
        scale(row) * scale(column)
    }

    /// From scaled coefficients, of which the first [`Self::side`] a row and column count, to samples around zero.
    #[inline(always)]
    pub fn inverse(self, block: &mut Corner) {
        match self {
            Self::One => {}
            Self::Two => {
                let [[a, b, ..], [c, d, ..], ..] = *block;
                let (left, right) = ((a + c, a - c), (b + d, b - d));
                block[0][..2].copy_from_slice(&[left.0 + right.0, left.0 - right.0]);
                block[1][..2].copy_from_slice(&[left.1 + right.1, left.1 - right.1]);
            }
            Self::Four => {
                pass(block);
                transpose(block);
                pass(block);
                transpose(block);
            }
        }
    }
}

const ONE: u64 = corner(1);
const TWO: u64 = corner(2);
const FOUR: u64 = corner(4);

/// Bits of the coefficients in the first rows and columns.
const fn corner(side: u8) -> u64 {
    let (mut mask, mut k) = (0, 0);
    while k < 64 {
        let natural = ZIGZAG[k];
        if natural / 8 < side && natural % 8 < side {
            mask |= 1 << k;
        }
        k += 1;
    }
    mask
}

/// So many samples must be left for each that is wanted, before the filter goes over them. With 1.0 a picture that becomes
/// a half, a quarter or an eighth, or a little less, is hardly filtered, and its DSSIM is 3 to 15 % more. With 1.5 one that
/// becomes two fifths of itself is decoded whole, in up to twice the time, and its DSSIM is 1 % less at most.
const OVERSAMPLING: f64 = 1.2;

/// The coefficients in a block's corner, or the samples that they make, row by row.
pub type Corner = [[f32; 4]; 4];

fn transpose(block: &mut Corner) {
    let source = *block;
    for (y, row) in block.iter_mut().enumerate() {
        for (x, value) in row.iter_mut().enumerate() {
            *value = source[x][y];
        }
    }
}

/// One dimension: down the columns, all four at a time.
#[inline(always)]
fn pass(v: &mut Corner) {
    let [a, b, c, d] = *v;
    let outer: [f32; 4] = std::array::from_fn(|k| COS_22 * b[k] + COS_67 * d[k]);
    let inner: [f32; 4] = std::array::from_fn(|k| COS_67 * b[k] - COS_22 * d[k]);
    *v = [
        std::array::from_fn(|k| (a[k] + c[k]) + outer[k]),
        std::array::from_fn(|k| (a[k] - c[k]) + inner[k]),
        std::array::from_fn(|k| (a[k] - c[k]) - inner[k]),
        std::array::from_fn(|k| (a[k] + c[k]) - outer[k]),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula of T.81 A.3.3 for a block of `side`, scaled so that a flat block keeps its value.
    fn by_definition(coefficients: &Corner, side: usize, y: usize, x: usize) -> f64 {
        let c = |k: usize| if k == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let cosine = |at: usize, k: usize| {
            ((2 * at + 1) as f64 * k as f64 * std::f64::consts::PI / (2 * side) as f64).cos()
        };
        let mut sum = 0.0;
        for (v, row) in coefficients.iter().enumerate().take(side) {
            for (u, value) in row.iter().enumerate().take(side) {
                let value = f64::from(*value);
                sum += c(u) * c(v) / 4.0 * value * cosine(x, u) * cosine(y, v);
            }
        }
        sum
    }

    #[test]
    fn it_is_the_transform_of_the_standard_of_fewer_samples() {
        let mut state = 1_u32;
        for reduced in [Reduced::One, Reduced::Two, Reduced::Four] {
            let coefficients: Corner = std::array::from_fn(|_| {
                std::array::from_fn(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 20) as f32 / 8.0 - 256.0
                })
            });
            let mut block: Corner = std::array::from_fn(|v| {
                std::array::from_fn(|u| coefficients[v][u] * reduced.scale(v, u))
            });
            reduced.inverse(&mut block);
            let side = reduced.side();
            for (y, row) in block.iter().enumerate().take(side) {
                for (x, sample) in row.iter().enumerate().take(side) {
                    let expected = by_definition(&coefficients, side, y, x);
                    let off = (f64::from(*sample) - expected).abs();
                    assert!(off < 0.01, "{reduced:?} {y} {x}");
                }
            }
        }
    }

    #[test]
    fn as_many_samples_are_made_as_the_filter_needs() {
        let enough = |wanted| Reduced::enough([wanted; 2], [4000.0, 4000.0]);
        assert_eq!(enough(416), Some(Reduced::One));
        assert_eq!(enough(417), Some(Reduced::Two));
        assert_eq!(enough(1666), Some(Reduced::Four));
        assert_eq!(enough(1667), None);
        assert_eq!(Reduced::enough([10, 2001], [4000.0, 4000.0]), None);
    }
}
