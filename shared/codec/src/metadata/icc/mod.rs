//! Whether an ICC profile says something that a viewer would not assume anyway, namely sRGB.
//!
//! Judged by the profile's numbers, not by its name, and for all formats here ([ICC.1:2022](https://www.color.org/icc_specs2.xalter)).

mod curve;
mod fields;
#[cfg(test)]
pub mod tests;

pub use curve::linear_of_srgb;
use curve::value_at;
use fields::{fixed, long};

/// The sRGB primaries as profiles store them: adapted to D50 (IEC 61966-2-1, Annex F of ICC.1).
const PRIMARIES: [(&[u8; 4], [f64; 3]); 3] = [
    (b"rXYZ", [0.4361, 0.2225, 0.0139]),
    (b"gXYZ", [0.3851, 0.7169, 0.0971]),
    (b"bXYZ", [0.1431, 0.0606, 0.7141]),
];

/// How far a primary may lie from the standard's: the profiles in use differ in the third digit.
const PRIMARY_TOLERANCE: f64 = 0.002;

/// How far a tone curve may lie from the standard's, in linear light. A plain gamma of 2.2 lies farther.
const CURVE_TOLERANCE: f64 = 0.003;

const HEADER_BYTES: usize = 128;
const TAG_BYTES: usize = 12;
const MAX_TAGS: usize = 100;

/// The kind of samples that a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Gray,
    Rgb,
    /// Four inks.
    Cmyk,
}

/// A profile for gray, RGB or CMYK samples.
pub struct Profile<'a> {
    bytes: &'a [u8],
    space: Space,
}

impl<'a> Profile<'a> {
    /// Reads the header; `None` if these bytes are no profile for one of these.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let space = match (bytes.get(16..20)?, bytes.get(36..40)?) {
            (b"RGB ", b"acsp") => Space::Rgb,
            (b"GRAY", b"acsp") => Space::Gray,
            (b"CMYK", b"acsp") => Space::Cmyk,
            _ => return None,
        };
        Some(Self { bytes, space })
    }

    /// Reads a profile without which the colours of these samples would be wrong; `None` for sRGB, for one that is for other
    /// samples, and for what is no profile at all: viewers do not heed those either.
    pub fn of(bytes: &'a [u8], space: Space) -> Option<Self> {
        Self::parse(bytes).filter(|profile| profile.space == space && !profile.is_srgb())
    }

    /// Whether the profile describes sRGB, or gray with sRGB's tone curve.
    fn is_srgb(&self) -> bool {
        match self.space {
            Space::Cmyk => false,
            Space::Gray => self.has_srgb_curve(b"kTRC"),
            Space::Rgb => {
                let primaries = PRIMARIES
                    .iter()
                    .all(|(name, expected)| self.is_primary(name, expected));
                let curves = [b"rTRC", b"gTRC", b"bTRC"];
                // Look-up tables override matrix and curves (ICC.1, 8.10.2).
                self.tag(b"A2B0").is_none()
                    && primaries
                    && curves.iter().all(|name| self.has_srgb_curve(name))
            }
        }
    }

    fn is_primary(&self, name: &[u8; 4], expected: &[f64; 3]) -> bool {
        let Some(tag) = self.tag(name) else {
            return false;
        };
        let near = |(index, expected): (usize, &f64)| {
            fixed(tag, 8 + 4 * index)
                .is_some_and(|value| (value - expected).abs() < PRIMARY_TOLERANCE)
        };
        expected.iter().enumerate().all(near)
    }

    fn has_srgb_curve(&self, name: &[u8; 4]) -> bool {
        let Some(tag) = self.tag(name) else {
            return false;
        };
        (0..=16).map(|step| f64::from(step) / 16.0).all(|value| {
            value_at(tag, value)
                .is_some_and(|linear| (linear - linear_of_srgb(value)).abs() < CURVE_TOLERANCE)
        })
    }

    fn tag(&self, name: &[u8; 4]) -> Option<&'a [u8]> {
        let count = long(self.bytes, HEADER_BYTES)?.min(MAX_TAGS);
        let (entries, _) = self.bytes.get(HEADER_BYTES + 4..)?.as_chunks::<TAG_BYTES>();
        let entry = entries
            .iter()
            .take(count)
            .find(|entry| entry.starts_with(name))?;
        let start = long(entry, 4)?;
        self.bytes.get(start..start.checked_add(long(entry, 8)?)?)
    }
}
