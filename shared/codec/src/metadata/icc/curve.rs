//! Tone curves: from an encoded value to linear light.

use super::fields::{fixed, long, short};

/// A tone curve's value (`curv` and `para`, ICC.1, 10.6 and 10.18).
pub fn value_at(tag: &[u8], value: f64) -> Option<f64> {
    match tag.get(..4)? {
        b"curv" => match long(tag, 8)? {
            0 => Some(value),
            1 => Some(value.powf(f64::from(short(tag, 12)?) / 256.0)),
            count => sampled(tag.get(12..)?.get(..count.checked_mul(2)?)?, value),
        },
        b"para" => parametric(short(tag, 8)?, |index| fixed(tag, 12 + 4 * index), value),
        _ => None,
    }
}

/// A curve of samples, interpolated.
fn sampled(samples: &[u8], value: f64) -> Option<f64> {
    let last = u32::try_from(samples.len() / 2 - 1).ok()?;
    let at = value * f64::from(last);
    let sample =
        |index: u32| Some(f64::from(short(samples, usize::try_from(index).ok()? * 2)?) / 65535.0);
    let below = (0..=last).rev().find(|index| f64::from(*index) <= at)?;
    let (low, high) = (sample(below)?, sample((below + 1).min(last))?);
    Some(low + (high - low) * (at - f64::from(below)))
}

/// The functions of `para` that profiles of sRGB are written with: 0, 3 and 4.
fn parametric(function: u16, parameter: impl Fn(usize) -> Option<f64>, value: f64) -> Option<f64> {
    let gamma = parameter(0)?;
    match function {
        0 => Some(value.powf(gamma)),
        3 | 4 => {
            let (a, b, c, d) = (parameter(1)?, parameter(2)?, parameter(3)?, parameter(4)?);
            let (e, f) = match function {
                4 => (parameter(5)?, parameter(6)?),
                _ => (0.0, 0.0),
            };
            Some(if value >= d {
                (a * value + b).powf(gamma) + e
            } else {
                c * value + f
            })
        }
        _ => None,
    }
}

pub fn linear_of_srgb(value: f64) -> f64 {
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}
