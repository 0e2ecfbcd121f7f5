//! The discrete cosine transform (T.81 A.3.3) and its inverse, for the few outputs that need samples, or are made of them.
//!
//! The algorithm of Arai, Agui and Nakajima in floating point (Pennebaker and Mitchell, *JPEG Still
//! Image Data Compression Standard*, 4.3.5): 5 multiplications for 8 values, once the scale of each
//! coefficient is part of its quantization step. Rows are worked on side by side, which compilers
//! turn into SIMD instructions.

/// Eight values at the same place of eight rows or columns.
type Lanes = [f32; 8];

/// A block of coefficients or samples, row by row.
pub type Square = [Lanes; 8];

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
    pass(block);
    transpose(block);
    pass(block);
    transpose(block);
}

/// What coefficient (`row`, `column`) has to be multiplied by after [`forward`].
pub fn forward_scale(row: usize, column: usize) -> f32 {
    (1.0 / (8.0 * SCALE[row] * SCALE[column])) as f32
}

/// From samples around zero to scaled coefficients, transposed: those of a column in a row.
#[inline(always)]
pub fn forward(block: &mut Square) {
    forward_pass(block);
    transpose(block);
    forward_pass(block);
}

/// One dimension: down the columns, all eight at a time.
#[inline(always)]
fn forward_pass(v: &mut Square) {
    let sums: [Lanes; 4] = std::array::from_fn(|k| add(v[k], v[7 - k]));
    let differences: [Lanes; 4] = std::array::from_fn(|k| sub(v[k], v[7 - k]));
    let [outer, inner] = [add(sums[0], sums[3]), add(sums[1], sums[2])];
    let [far, near] = [sub(sums[0], sums[3]), sub(sums[1], sums[2])];
    let turned = times(add(near, far), std::f32::consts::FRAC_1_SQRT_2);
    (v[0], v[4]) = (add(outer, inner), sub(outer, inner));
    (v[2], v[6]) = (add(far, turned), sub(far, turned));
    let [d0, d1, d2, d3] = differences;
    let [low, middle, high] = [add(d3, d2), add(d2, d1), add(d1, d0)];
    let common = times(sub(low, high), 0.382_683_43);
    let z2 = add(times(low, 0.541_196_1), common);
    let z4 = add(times(high, 1.306_563), common);
    let z3 = times(middle, std::f32::consts::FRAC_1_SQRT_2);
    let (z11, z13) = (add(d0, z3), sub(d0, z3));
    (v[5], v[3]) = (add(z13, z2), sub(z13, z2));
    (v[1], v[7]) = (add(z11, z4), sub(z11, z4));
}

fn transpose(block: &mut Square) {
    let source = *block;
    for (y, row) in block.iter_mut().enumerate() {
        for (x, value) in row.iter_mut().enumerate() {
            *value = source[x][y];
        }
    }
}

/// One dimension: down the columns, all eight at a time.
#[inline(always)]
fn pass(v: &mut Square) {
    let even = {
        let (sum, difference) = (add(v[0], v[4]), sub(v[0], v[4]));
        let outer = add(v[2], v[6]);
        let inner = sub(times(sub(v[2], v[6]), std::f32::consts::SQRT_2), outer);
        [
            add(sum, outer),
            add(difference, inner),
            sub(difference, inner),
            sub(sum, outer),
        ]
    };
    let odd = {
        let (z13, z10) = (add(v[5], v[3]), sub(v[5], v[3]));
        let (z11, z12) = (add(v[1], v[7]), sub(v[1], v[7]));
        let last = add(z11, z13);
        let z5 = times(add(z10, z12), 1.847_759_1);
        let sixth = sub(sub(z5, times(z10, 2.613_126)), last);
        let fifth = sub(times(sub(z11, z13), std::f32::consts::SQRT_2), sixth);
        let fourth = sub(sub(z5, times(z12, 1.082_392_2)), fifth);
        [last, sixth, fifth, fourth]
    };
    for k in 0..4 {
        v[k] = add(even[k], odd[k]);
        v[7 - k] = sub(even[k], odd[k]);
    }
}

#[inline(always)]
fn add(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|k| a[k] + b[k])
}

#[inline(always)]
fn sub(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|k| a[k] - b[k])
}

#[inline(always)]
fn times(a: Lanes, factor: f32) -> Lanes {
    a.map(|value| value * factor)
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
