//! The quantization matrices: ours, and those that other encoders have.

use crate::jpeg::syntax::steps::{Steps, ZIGZAG};

// The matrices are jpegli's, of the JPEG XL project (BSD-3-Clause, The JPEG XL Project Authors:
// `lib/jpegli/quant.cc`, `kBaseQuantMatrixYCbCr`), in natural order and rounded to 1/1000. The
// chroma matrix is that for Cb with jpegli's rescaling for 4:2:0 (`k420Rescale`) applied.

/// jpegli's luma matrix.
pub const LUMA: [f32; 64] = [
    1.240, 1.723, 2.921, 2.813, 3.340, 3.464, 3.841, 3.870, //
    1.723, 2.093, 2.846, 2.705, 3.441, 3.166, 4.025, 4.035, //
    2.921, 2.846, 2.959, 3.386, 3.620, 3.905, 3.758, 4.237, //
    2.813, 2.705, 3.386, 3.380, 4.168, 4.806, 4.784, 4.606, //
    3.340, 3.441, 3.620, 4.168, 4.580, 4.923, 5.574, 5.485, //
    3.464, 3.166, 3.905, 4.806, 4.923, 5.439, 5.094, 6.087, //
    3.841, 4.025, 3.758, 4.784, 5.574, 5.094, 5.438, 5.404, //
    3.870, 4.035, 4.237, 4.606, 5.485, 6.087, 5.404, 4.378, //
];

/// jpegli's chroma matrix for 4:2:0.
pub const CHROMA: [f32; 64] = [
    1.156, 2.084, 3.237, 3.549, 3.482, 4.840, 5.934, 9.756, //
    2.084, 2.766, 3.132, 3.828, 5.062, 5.190, 11.073, 7.348, //
    3.237, 3.132, 3.976, 5.930, 5.387, 9.004, 34.581, 8.519, //
    3.549, 3.828, 5.930, 5.626, 5.639, 8.542, 9.934, 13.743, //
    3.482, 5.062, 5.387, 5.639, 6.015, 4.986, 5.418, 19.600, //
    4.840, 5.190, 9.004, 8.542, 4.986, 10.060, 14.848, 4.899, //
    5.934, 11.073, 34.581, 9.934, 5.418, 14.848, 4.893, 4.886, //
    9.756, 7.348, 8.519, 13.743, 19.600, 4.899, 4.886, 37.776, //
];

/// The luma and the chroma table of T.81 annex K.1, which libjpeg scales.
pub const LIBJPEG: [[u16; 64]; 2] = [
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, //
        14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, //
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, //
        49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ],
    [
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, //
        24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99, //
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, //
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    ],
];

/// libjpeg's table at a percentage of its size, in zigzag order.
pub fn libjpeg(table: &[u16; 64], percent: u16) -> Steps {
    let step = |base: u16| (u32::from(base) * u32::from(percent) + 50) / 100;
    ZIGZAG.map(|index| step(table[usize::from(index)]).clamp(1, 255) as u16)
}

/// A matrix times a factor as steps of a baseline table (1 to 255).
pub fn steps(matrix: &[f32; 64], factor: f32) -> Steps {
    ZIGZAG.map(|index| {
        (matrix[usize::from(index)] * factor)
            .round()
            .clamp(1.0, 255.0) as u16
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigzag_is_a_permutation() {
        let mut seen = ZIGZAG;
        seen.sort_unstable();
        assert!(
            seen.iter()
                .enumerate()
                .all(|(index, &entry)| index == usize::from(entry))
        );
    }

    /// Those that libjpeg-turbo's cjpeg writes at qualities 30 and 85.
    #[test]
    fn libjpeg_s_steps_are_those_of_its_files() {
        assert_eq!(libjpeg(&LIBJPEG[0], 166)[..6], [27, 18, 20, 23, 20, 17]);
        assert_eq!(libjpeg(&LIBJPEG[1], 30)[..6], [5, 5, 5, 7, 6, 7]);
    }

    #[test]
    fn steps_stay_within_eight_bits() {
        assert_eq!(steps(&LUMA, 10.0)[..3], [12, 17, 17]);
        assert!(steps(&CHROMA, 1000.0).iter().all(|&step| step == 255));
        assert!(steps(&LUMA, 0.0).iter().all(|&step| step == 1));
    }
}
