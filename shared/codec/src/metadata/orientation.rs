//! Which way up a picture is, as its EXIF data says.

use super::exif::Tiff;

/// How a stored picture becomes an upright one: transposed first, then mirrored.
///
/// The eight values of EXIF's tag 274 ([CIPA DC-008](https://www.cipa.jp/e/std/std-sec.html), 4.6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Orientation {
    /// Rows become columns.
    pub transpose: bool,
    /// Left becomes right.
    pub mirror_x: bool,
    /// Top becomes bottom.
    pub mirror_y: bool,
}

impl Orientation {
    /// The orientation for a value of the EXIF tag, 1 to 8.
    pub fn from_tag(value: u16) -> Option<Self> {
        let (transpose, mirror_x, mirror_y) = match value {
            1 => (false, false, false),
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => return None,
        };
        Some(Self {
            transpose,
            mirror_x,
            mirror_y,
        })
    }

    /// Reads the orientation from EXIF data, or from a TIFF file: a header and its first directory. `None` for data
    /// that makes no sense: it says nothing about the picture.
    pub fn from_exif(exif: &[u8]) -> Option<Self> {
        Self::from_tag(Tiff::new(exif)?.number(ORIENTATION_TAG)?)
    }

    /// Whether nothing is to be done.
    pub fn is_upright(self) -> bool {
        self == Self::default()
    }

    /// The size of the upright picture.
    pub fn turned_size(self, width: u32, height: u32) -> (u32, u32) {
        if self.transpose {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Where in the stored picture stands what stands at (`x`, `y`) of an upright grid of `wide` × `high`.
    #[inline(always)]
    pub fn place(self, (x, y): (usize, usize), (wide, high): (usize, usize)) -> (usize, usize) {
        let x = if self.mirror_x { wide - 1 - x } else { x };
        let y = if self.mirror_y { high - 1 - y } else { y };
        if self.transpose { (y, x) } else { (x, y) }
    }
}

const ORIENTATION_TAG: u16 = 274;

#[cfg(test)]
pub mod tests {
    use super::*;

    const TYPE_SHORT: u16 = 3;

    /// EXIF data (without the `Exif` prefix) with one other tag before the orientation.
    pub fn exif(value: u16, big_endian: bool) -> Vec<u8> {
        let short = |n: u16| {
            if big_endian {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let long = |n: u32| {
            if big_endian {
                n.to_be_bytes()
            } else {
                n.to_le_bytes()
            }
        };
        let mut bytes = if big_endian {
            b"MM\0*".to_vec()
        } else {
            b"II*\0".to_vec()
        };
        bytes.extend(long(8));
        bytes.extend(short(2));
        for (tag, value) in [(256, 1), (ORIENTATION_TAG, value)] {
            bytes.extend([short(tag), short(TYPE_SHORT)].concat());
            bytes.extend(long(1));
            bytes.extend([short(value), short(0)].concat());
        }
        bytes.extend(long(0));
        bytes
    }

    #[test]
    fn both_byte_orders_are_read() {
        for value in 1..=8 {
            for big_endian in [false, true] {
                let expected = Orientation::from_tag(value);
                assert!(expected.is_some());
                assert_eq!(Orientation::from_exif(&exif(value, big_endian)), expected);
                let prefixed = [b"Exif\0\0".to_vec(), exif(value, big_endian)].concat();
                assert_eq!(Orientation::from_exif(&prefixed), expected);
            }
        }
        let upright: Vec<u16> = (1..=8)
            .filter(|value| Orientation::from_tag(*value).unwrap().is_upright())
            .collect();
        assert_eq!(upright, [1]);
    }

    #[test]
    fn nonsense_says_nothing() {
        let good = exif(6, true);
        for value in [0, 9, 999] {
            assert_eq!(Orientation::from_exif(&exif(value, true)), None);
        }
        for end in 0..20 {
            assert_eq!(Orientation::from_exif(&good[..end]), None);
        }
        let mut far = good.clone();
        far[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(Orientation::from_exif(&far), None);
        let mut many = good;
        many[8..10].copy_from_slice(&u16::MAX.to_be_bytes());
        assert_eq!(Orientation::from_exif(&many), Orientation::from_tag(6));
    }

    #[test]
    fn orientation_6_brings_the_lower_left_corner_to_the_upper_left() {
        let place = |value| Orientation::from_tag(value).unwrap().place((0, 0), (3, 5));
        assert_eq!((place(1), place(6), place(8)), ((0, 0), (0, 2), (4, 0)));
    }
}
