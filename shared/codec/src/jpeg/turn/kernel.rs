//! Moving and halving a picture along one axis, on DCT coefficients.
//!
//! Samples of an output block are linear combinations of samples of a few source blocks that
//! stand in a row. With the DCT on both sides that is one 8×8 matrix per source block.

/// A linear map of 8 values to 8.
pub type Matrix = [[f32; 8]; 8];

/// How the blocks along an axis make those of the output: output block `i` is the sum of
/// `taps[t]` applied to source block `stride * i + t`.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    /// Source blocks per output block.
    pub stride: usize,
    /// One matrix for each source block that takes part.
    pub taps: Vec<Matrix>,
}

impl Kernel {
    /// Changes nothing.
    pub fn identity() -> Self {
        Self::from_samples(1, |out, source| if out == source { 1.0 } else { 0.0 }, 1)
    }

    /// Averages pairs of samples: what every encoder does for chroma at half resolution, with
    /// the new sample centred between the two (JFIF 1.02).
    pub fn halve() -> Self {
        Self::from_samples(
            2,
            |out, source| if source / 2 == out { 0.5 } else { 0.0 },
            2,
        )
    }

    /// Drops the first `by` samples (0 to 8, not included) and moves up the others; between
    /// samples it interpolates.
    pub fn shift(by: f32) -> Self {
        let weight = |out, source| {
            let distance = out as f32 + by - source as f32;
            (1.0 - distance.abs()).max(0.0)
        };
        if by == 0.0 {
            Self::identity()
        } else {
            Self::from_samples(1, weight, 2)
        }
    }

    /// With its matrices transposed.
    pub fn transposed(&self) -> Self {
        Self {
            stride: self.stride,
            taps: self.taps.iter().map(transpose).collect(),
        }
    }

    /// From the weight of each source sample in each output sample of a block.
    fn from_samples(stride: usize, weight: impl Fn(usize, usize) -> f32, taps: usize) -> Self {
        let samples = |tap| matrix(|out, source| weight(out, tap * 8 + source));
        let tap = |tap| multiply(&multiply(&DCT, &samples(tap)), &transpose(&DCT));
        Self {
            stride,
            taps: (0..taps).map(tap).collect(),
        }
    }

    /// This kernel, then another.
    pub fn then(&self, next: &Self) -> Self {
        let count = self.stride * (next.taps.len() - 1) + self.taps.len();
        let mut taps = vec![[[0.0; 8]; 8]; count];
        for (outer, second) in next.taps.iter().enumerate() {
            for (inner, first) in self.taps.iter().enumerate() {
                let tap = &mut taps[outer * self.stride + inner];
                let product = multiply(second, first);
                *tap = matrix(|row, column| tap[row][column] + product[row][column]);
            }
        }
        Self {
            stride: self.stride * next.stride,
            taps,
        }
    }
}

fn matrix(value: impl Fn(usize, usize) -> f32) -> Matrix {
    std::array::from_fn(|row| std::array::from_fn(|column| value(row, column)))
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    matrix(|row, column| (0..8).map(|i| a[row][i] * b[i][column]).sum())
}

fn transpose(a: &Matrix) -> Matrix {
    matrix(|row, column| a[column][row])
}

/// cos(i·π/16) / 2: literals, since a computed cosine may differ between machines.
const COSINES: [f32; 9] = [
    0.5,
    0.490_392_64,
    0.461_939_77,
    0.415_734_8,
    0.353_553_39,
    0.277_785_12,
    0.191_341_72,
    0.097_545_16,
    0.0,
];

/// cos(i·π/16) / 2 for any i.
pub const fn cosine(sixteenths: usize) -> f32 {
    match sixteenths % 32 {
        angle @ 0..=8 => COSINES[angle],
        angle @ 9..=16 => -COSINES[16 - angle],
        angle @ 17..=24 => -COSINES[angle - 16],
        angle => COSINES[32 - angle],
    }
}

/// The orthonormal DCT (T.81 A.3.3): row `u` holds C(u)/2 · cos((2x + 1)uπ/16).
const DCT: Matrix = {
    let (mut dct, mut u) = ([[cosine(4); 8]; 8], 1);
    while u < 8 {
        let mut x = 0;
        while x < 8 {
            dct[u][x] = cosine((2 * x + 1) * u);
            x += 1;
        }
        u += 1;
    }
    dct
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies a kernel to samples by way of coefficients.
    fn apply(kernel: &Kernel, samples: &[f32]) -> Vec<f32> {
        let times = |m: &Matrix, v: &[f32]| -> Vec<f32> {
            m.iter()
                .map(|row| row.iter().zip(v).map(|(a, b)| a * b).sum())
                .collect()
        };
        let blocks: Vec<Vec<f32>> = samples.chunks(8).map(|block| times(&DCT, block)).collect();
        let outputs = (blocks.len() + 1 - kernel.taps.len()) / kernel.stride;
        let output = |i: usize| {
            let mut sum = vec![0.0; 8];
            for (t, tap) in kernel.taps.iter().enumerate() {
                let part = times(tap, &blocks[i * kernel.stride + t]);
                sum.iter_mut()
                    .zip(part)
                    .for_each(|(sum, part)| *sum += part);
            }
            times(&transpose(&DCT), &sum)
        };
        (0..outputs.max(1))
            .flat_map(output)
            .map(|value| (value * 1e3).round() / 1e3)
            .collect()
    }

    fn samples() -> Vec<f32> {
        (0..24).map(|i| (i * i % 17) as f32).collect()
    }

    #[test]
    fn the_dct_is_orthonormal() {
        let product = multiply(&DCT, &transpose(&DCT));
        let identity = matrix(|row, column| f32::from(u8::from(row == column)));
        assert!(
            product
                .iter()
                .flatten()
                .zip(identity.iter().flatten())
                .all(|(a, b)| (a - b).abs() < 1e-6)
        );
    }

    #[test]
    fn halving_averages_pairs() {
        let expected: Vec<f32> = samples()[..16]
            .chunks(2)
            .map(|pair| (pair[0] + pair[1]) / 2.0)
            .collect();
        assert_eq!(apply(&Kernel::halve(), &samples()[..16]), expected);
    }

    #[test]
    fn shifting_drops_samples_and_interpolates() {
        assert_eq!(
            apply(&Kernel::shift(3.0), &samples()[..16]),
            samples()[3..11]
        );
        let between: Vec<f32> = samples()[7..16]
            .windows(2)
            .map(|w| (w[0] + w[1]) / 2.0)
            .collect();
        assert_eq!(apply(&Kernel::shift(7.5), &samples()[..16]), between);
        assert_eq!(apply(&Kernel::shift(0.0), &samples()[..8]), samples()[..8]);
    }

    #[test]
    fn kernels_follow_each_other() {
        let both = Kernel::shift(3.0).then(&Kernel::halve());
        assert_eq!((both.stride, both.taps.len()), (2, 3));
        let expected: Vec<f32> = samples()[3..19]
            .chunks(2)
            .map(|pair| (pair[0] + pair[1]) / 2.0)
            .collect();
        assert_eq!(apply(&both, &samples()), expected);
    }
}
