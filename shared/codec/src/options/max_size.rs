//! How large an output may be.

use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most pixels of a side: 1 to 65,535, which is all that a JPEG has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u16")]
pub struct Side(NonZeroU16);

/// Something else than a number from 1 to 65535 was given for a side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a largest side must be {}", Side::ALLOWED)]
pub struct InvalidSide;

impl Side {
    /// All that can be asked for, as part of a sentence.
    pub const ALLOWED: &'static str = "a whole number of pixels from 1 to 65535";

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get().into()
    }
}

impl TryFrom<u32> for Side {
    type Error = InvalidSide;

    fn try_from(pixels: u32) -> Result<Self, InvalidSide> {
        let pixels = u16::try_from(pixels).ok().and_then(NonZeroU16::new);
        pixels.map(Self).ok_or(InvalidSide)
    }
}

impl From<Side> for u16 {
    fn from(side: Side) -> Self {
        side.0.get()
    }
}

impl FromStr for Side {
    type Err = InvalidSide;

    fn from_str(text: &str) -> Result<Self, InvalidSide> {
        let pixels: u32 = text.parse().map_err(|_| InvalidSide)?;
        Self::try_from(pixels)
    }
}

/// The box that outputs must fit into. Larger pictures are made smaller, and keep their aspect; none is enlarged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MaxSize {
    /// The most pixels across, of the upright picture; any number without it.
    pub width: Option<Side>,
    /// The most pixels down, of the upright picture; any number without it.
    pub height: Option<Side>,
}

impl MaxSize {
    /// The size of what an upright picture becomes. As in sharp the side that is not bound is rounded, half up, and is
    /// at least 1.
    #[must_use]
    pub fn fit(self, (width, height): (u32, u32)) -> (u32, u32) {
        let bound = |side: Option<Side>, length: u32| side.map_or(length, Side::get).min(length);
        let (most_wide, most_high) = (bound(self.width, width), bound(self.height, height));
        let cross = |a: u32, b: u32| u64::from(a) * u64::from(b);
        // Which side has to become smaller by more.
        if cross(width, most_high) >= cross(height, most_wide) {
            (most_wide, scaled(height, most_wide, width))
        } else {
            (scaled(width, most_high, height), most_high)
        }
    }
}

/// `length · to / from`, rounded half up, at least 1. For `to` up to `from`.
fn scaled(length: u32, to: u32, from: u32) -> u32 {
    let (length, to, from) = (u64::from(length), u64::from(to), u64::from(from).max(1));
    let rounded = (2 * length * to + from) / (2 * from);
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(width: u32, height: u32, size: (u32, u32)) -> (u32, u32) {
        let side = |pixels| Side::try_from(pixels).ok();
        let (width, height) = (side(width), side(height));
        MaxSize { width, height }.fit(size)
    }

    #[test]
    fn pictures_fit_into_their_box_and_are_never_enlarged() {
        assert_eq!(fit(0, 0, (4000, 3000)), (4000, 3000));
        assert_eq!(fit(1000, 0, (4000, 3000)), (1000, 750));
        assert_eq!(fit(0, 300, (4000, 3000)), (400, 300));
        assert_eq!(fit(1000, 1000, (4000, 3000)), (1000, 750));
        assert_eq!(fit(1000, 1000, (3000, 4000)), (750, 1000));
        assert_eq!(fit(1000, 10, (4000, 3000)), (13, 10));
        assert_eq!(fit(1000, 1000, (1000, 800)), (1000, 800));
        assert_eq!(fit(65_535, 65_535, (100_000, 50_000)), (65_535, 32_768));
    }

    /// What sharp 0.35 makes: halves are rounded up, and nothing vanishes.
    #[test]
    fn sides_are_rounded_as_sharp_rounds_them() {
        assert_eq!(fit(2, 0, (4, 5)), (2, 3));
        assert_eq!(fit(2, 0, (4, 1)), (2, 1));
        assert_eq!(fit(1, 1, (1, 3000)), (1, 1));
        assert_eq!(fit(10, 10, (3000, 1)), (10, 1));
        assert_eq!(fit(3, 3, (1000, 7)), (3, 1));
    }

    #[test]
    fn every_picture_fits_and_keeps_its_aspect() {
        for width in 1..=24 {
            for height in 1..=24 {
                for most in (1..=26).flat_map(|x| (1..=26).map(move |y| (x, y))) {
                    let (w, h) = fit(most.0, most.1, (width, height));
                    assert!(
                        w >= 1 && w <= most.0.min(width),
                        "{width} {height} {most:?}"
                    );
                    assert!(
                        h >= 1 && h <= most.1.min(height),
                        "{width} {height} {most:?}"
                    );
                    let fits = width <= most.0 && height <= most.1;
                    assert_eq!((w, h) == (width, height), fits || (w, h) == (width, height));
                    // One side is at its bound, and the other is off by half a pixel at most, or 1.
                    assert!(fits || w == most.0 || h == most.1);
                    let off = (w * height).abs_diff(h * width);
                    assert!(2 * off <= width.max(height) || w == 1 || h == 1);
                }
            }
        }
    }

    #[test]
    fn sides_are_bounded() {
        assert_eq!("1600".parse(), Side::try_from(1600));
        assert_eq!(Side::try_from(65_535).map(Side::get), Ok(65_535));
        for text in ["", "0", "-1", "65536", "99999999999", "10.5", "10px"] {
            assert_eq!(text.parse::<Side>(), Err(InvalidSide), "{text}");
        }
        let json = serde_json::to_string(&Side::try_from(800).unwrap()).unwrap();
        assert_eq!(json, "800");
        assert_eq!(serde_json::from_str::<Side>(&json).unwrap().get(), 800);
        let error = serde_json::from_str::<Side>("0").unwrap_err().to_string();
        let expected = "a largest side must be a whole number of pixels from 1 to 65535";
        assert!(error.starts_with(expected), "{error}");
    }
}
