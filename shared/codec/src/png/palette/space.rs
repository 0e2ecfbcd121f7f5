//! Where distances between colours are measured.
//!
//! A translucent colour looks different over every background. A point here is what the colour looks like over
//! mid-grey, and half its alpha: the squared distance of two points is the mean of the squared differences that
//! an eye would see over black and over white. Colours that nobody sees, of no alpha, are one point.
//! Red and blue count for less than green, as they do for the eye.

use std::ops::{Add, AddAssign, Mul, Sub};

/// Red, green, blue and alpha.
pub type Colour = [u8; 4];

/// What a difference in red, green and blue weighs.
const WEIGHTS: [f32; 3] = [0.7, 1.0, 0.6];

/// √(Σ weights²) / 2, so that alpha weighs what it changes in the three of them.
const ALPHA_WEIGHT: f32 = 0.680_073_5;

/// A colour's place, or a difference between two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point(pub [f32; 4]);

impl Point {
    pub const ORIGIN: Self = Self([0.0; 4]);

    /// The place of a colour.
    #[inline]
    pub fn of([r, g, b, a]: Colour) -> Self {
        let a = f32::from(a);
        let seen = |channel: u8| f32::from(channel) * (a * (1.0 / 255.0)) - a / 2.0;
        Self([
            seen(r) * WEIGHTS[0],
            seen(g) * WEIGHTS[1],
            seen(b) * WEIGHTS[2],
            (a - 127.5) * ALPHA_WEIGHT,
        ])
    }

    /// The nearest colour that can be written.
    pub fn colour(self) -> Colour {
        let [r, g, b, a] = self.0;
        let a = (a / ALPHA_WEIGHT + 127.5).clamp(0.0, 255.0);
        if round(a) == 0 {
            return [0; 4];
        }
        let channel = |seen: f32, weight: f32| round((seen / weight + a / 2.0) * 255.0 / a);
        [
            channel(r, WEIGHTS[0]),
            channel(g, WEIGHTS[1]),
            channel(b, WEIGHTS[2]),
            round(a),
        ]
    }

    /// Whether it is the place of an opaque colour.
    pub fn is_opaque(self) -> bool {
        self.0[3] >= 127.5 * ALPHA_WEIGHT
    }

    /// The squared length.
    #[inline]
    pub fn square(self) -> f32 {
        let [r, g, b, a] = self.0.map(|part| part * part);
        (r + g) + (b + a)
    }

    /// The nearest point between -128 and 128 on each axis. Those of colours all are.
    #[inline]
    pub fn clamped(self) -> Self {
        Self(self.0.map(|part| part.clamp(-128.0, 128.0)))
    }

    /// The squared distance.
    #[inline]
    pub fn distance(self, other: Self) -> f32 {
        (self - other).square()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate"
)]
fn round(value: f32) -> u8 {
    value.round() as u8
}

impl Add for Point {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|axis| self.0[axis] + other.0[axis]))
    }
}

impl AddAssign for Point {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Point {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|axis| self.0[axis] - other.0[axis]))
    }
}

impl Mul<f32> for Point {
    type Output = Self;

    #[inline]
    fn mul(self, factor: f32) -> Self {
        Self(self.0.map(|part| part * factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_its_colour_again() {
        for colour in [
            [0, 0, 0, 255],
            [255; 4],
            [12, 200, 99, 255],
            [40, 120, 200, 128],
        ] {
            assert_eq!(Point::of(colour).colour(), colour);
            assert_eq!(Point::of(colour).is_opaque(), colour[3] == 255);
        }
        assert_eq!(Point::of([9, 9, 9, 0]), Point::of([0; 4]));
        assert_eq!(Point::of([0; 4]).colour(), [0; 4]);
    }

    /// What is seen of two colours over black and over white, by hand.
    #[test]
    fn distances_are_means_over_black_and_white() {
        let (red, half) = ([200, 0, 0, 255], [100, 50, 0, 102]);
        let over = |[r, g, b, a]: Colour, ground: f32| {
            [r, g, b].map(|channel| {
                (f32::from(channel) * f32::from(a) + ground * f32::from(255 - a)) / 255.0
            })
        };
        let differs = |ground| {
            let (one, other) = (over(red, ground), over(half, ground));
            (0..3)
                .map(|i| ((one[i] - other[i]) * WEIGHTS[i]).powi(2))
                .sum::<f32>()
        };
        let mean = (differs(0.0) + differs(255.0)) / 2.0;
        assert!((Point::of(red).distance(Point::of(half)) / mean - 1.0).abs() < 1e-4);
    }
}
