//! The discrete cosine transform (T.81 A.3.3) and its inverse, for the few outputs that need samples, or are made of them.
//!
//! The algorithm of Arai, Agui and Nakajima in floating point (Pennebaker and Mitchell, *JPEG Still
//! Image Data Compression Standard*, 4.3.5): 5 multiplications for 8 values, once the scale of each
//! coefficient is part of its quantization step. Eight rows or columns are worked on side by side.

use wide::f32x8;

use crate::jpeg::syntax::block::Square;

/// cos(kπ/16)·√2, and 1 for k = 0: what the algorithm wants a coefficient scaled by, an axis.
const SCALE: [f64; 8] = [
    1.0,
    1.387_039_845,
    1.306_562_965,
    1.175_875_602,
    1.0,
    0.785_694_958,
    0.541_196_100,
    0.275_899_379,
];

/// What coefficient (`row`, `column`) has to be multiplied by before [`inverse`].
pub fn scale(row: usize, column: usize) -> f32 {
    (SCALE[row] * SCALE[column] / 8.0) as f32
}

/// From scaled coefficients to samples around zero.
#[inline(always)]
pub fn inverse(block: &mut Square) {
    let columns = pass(block.map(f32x8::new));
    let rows = pass(f32x8::transpose(columns));
    *block = f32x8::transpose(rows).map(f32x8::to_array);
}

/// What coefficient (`row`, `column`) has to be multiplied by after [`forward`].
pub fn forward_scale(row: usize, column: usize) -> f32 {
    (1.0 / (8.0 * SCALE[row] * SCALE[column])) as f32
}

/// From samples around zero to scaled coefficients, transposed: those of a column in a row.
#[inline(always)]
pub fn forward(block: &mut Square) {
    let columns = forward_pass(block.map(f32x8::new));
    *block = forward_pass(f32x8::transpose(columns)).map(f32x8::to_array);
}

/// One dimension: down the columns, all eight at a time.
#[inline(always)]
fn forward_pass(v: [f32x8; 8]) -> [f32x8; 8] {
    let [sum0, sum1, sum2, sum3] = [v[0] + v[7], v[1] + v[6], v[2] + v[5], v[3] + v[4]];
    let [d0, d1, d2, d3] = [v[0] - v[7], v[1] - v[6], v[2] - v[5], v[3] - v[4]];
    let [outer, inner] = [sum0 + sum3, sum1 + sum2];
    let [far, near] = [sum0 - sum3, sum1 - sum2];
    let turned = (near + far) * std::f32::consts::FRAC_1_SQRT_2;
    let [low, middle, high] = [d3 + d2, d2 + d1, d1 + d0];
    let common = (low - high) * 0.382_683_43;
    let z2 = low * 0.541_196_1 + common;
    let z4 = high * 1.306_563 + common;
    let z3 = middle * std::f32::consts::FRAC_1_SQRT_2;
    let (z11, z13) = (d0 + z3, d0 - z3);
    [
        outer + inner,
        z11 + z4,
        far + turned,
        z13 - z2,
        outer - inner,
        z13 + z2,
        far - turned,
        z11 - z4,
    ]
}

/// One dimension: down the columns, all eight at a time.
#[inline(always)]
fn pass(v: [f32x8; 8]) -> [f32x8; 8] {
    let even = {
        let (sum, difference) = (v[0] + v[4], v[0] - v[4]);
        let outer = v[2] + v[6];
        let inner = (v[2] - v[6]) * std::f32::consts::SQRT_2 - outer;
        [
            sum + outer,
            difference + inner,
            difference - inner,
            sum - outer,
        ]
    };
    let odd = {
        let (z13, z10) = (v[5] + v[3], v[5] - v[3]);
        let (z11, z12) = (v[1] + v[7], v[1] - v[7]);
        let last = z11 + z13;
        let z5 = (z10 + z12) * 1.847_759_1;
        let sixth = z5 - z10 * 2.613_126 - last;
        let fifth = (z11 - z13) * std::f32::consts::SQRT_2 - sixth;
        let fourth = z5 - z12 * 1.082_392_2 - fifth;
        [last, sixth, fifth, fourth]
    };
    [
        even[0] + odd[0],
        even[1] + odd[1],
        even[2] + odd[2],
        even[3] + odd[3],
        even[3] - odd[3],
        even[2] - odd[2],
        even[1] - odd[1],
        even[0] - odd[0],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula of T.81 A.3.3, as it stands there.
    fn by_definition(block: &[[f64; 8]; 8], y: usize, x: usize) -> f64 {
        let c = |k: usize| if k == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let cosine = |at: usize, k: usize| {
            ((2 * at + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()
        };
        let mut sum = 0.0;
        for (v, row) in block.iter().enumerate() {
            for (u, value) in row.iter().enumerate() {
                sum += c(u) * c(v) / 4.0 * value * cosine(x, u) * cosine(y, v);
            }
        }
        sum
    }

    #[test]
    fn forward_and_back_is_the_same() {
        let mut state = 7_u32;
        let samples: Square = std::array::from_fn(|_| {
            std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as f32 - 128.0
            })
        });
        let mut block = samples;
        forward(&mut block);
        let mut square: Square = std::array::from_fn(|v| {
            std::array::from_fn(|u| block[u][v] * forward_scale(v, u) * scale(v, u))
        });
        inverse(&mut square);
        for (found, expected) in square.iter().flatten().zip(samples.iter().flatten()) {
            assert!((found - expected).abs() < 0.001, "{found} {expected}");
        }
    }

    #[test]
    fn it_is_the_transform_of_the_standard() {
        let mut state = 1_u32;
        for _ in 0..20 {
            let block: [[f64; 8]; 8] = std::array::from_fn(|_| {
                std::array::from_fn(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    f64::from(state >> 20) / 8.0 - 256.0
                })
            });
            let mut square: Square =
                std::array::from_fn(|v| std::array::from_fn(|u| block[v][u] as f32 * scale(v, u)));
            inverse(&mut square);
            for (y, row) in square.iter().enumerate() {
                for (x, &sample) in row.iter().enumerate() {
                    let expected = by_definition(&block, y, x);
                    assert!((f64::from(sample) - expected).abs() < 0.01, "{y} {x}");
                }
            }
        }
    }
}
