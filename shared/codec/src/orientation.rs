//! Which way up a picture is, as its EXIF data says.

use super::exif::Tiff;

/// How a stored picture must be turned to be upright: first mirrored along the axes, then transposed.
///
/// The eight values of EXIF's tag 274 ([CIPA DC-008](https://www.cipa.jp/e/std/std-sec.html), 4.6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Orientation {
    /// Rows become columns.
    pub transpose: bool,
    /// The stored columns run from right to left.
    pub flip_x: bool,
    /// The stored rows run from bottom to top.
    pub flip_y: bool,
}

impl Orientation {
    /// The orientation for a value of the EXIF tag; values out of range mean nothing and are upright.
    pub fn from_tag(value: u16) -> Self {
        let (transpose, flip_x, flip_y) = match value {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, false, true),
            7 => (true, true, true),
            8 => (true, true, false),
            _ => (false, false, false),
        };
        Self {
            transpose,
            flip_x,
            flip_y,
        }
    }

    /// Reads the orientation from EXIF data: a TIFF header and its first directory. Data that makes no sense is
    /// upright: it says nothing about the picture.
    pub fn from_exif(exif: &[u8]) -> Self {
        Tiff::new(exif)
            .and_then(|tiff| tiff.number(ORIENTATION_TAG))
            .map(Self::from_tag)
            .unwrap_or_default()
    }

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
}

const ORIENTATION_TAG: u16 = 274;

#[cfg(test)]
pub(super) mod tests {
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
                assert_eq!(Orientation::from_exif(&exif(value, big_endian)), expected);
                let prefixed = [b"Exif\0\0".to_vec(), exif(value, big_endian)].concat();
                assert_eq!(Orientation::from_exif(&prefixed), expected);
            }
        }
        assert!(!Orientation::from_tag(3).is_upright());
    }

    #[test]
    fn nonsense_is_upright() {
        let good = exif(6, true);
        for value in [0, 1, 9, 999] {
            assert!(Orientation::from_exif(&exif(value, true)).is_upright());
        }
        for end in 0..20 {
            assert!(Orientation::from_exif(&good[..end]).is_upright());
        }
        let mut far = good.clone();
        far[4..8].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(Orientation::from_exif(&far).is_upright());
        let mut many = good;
        many[8..10].copy_from_slice(&u16::MAX.to_be_bytes());
        assert!(!Orientation::from_exif(&many).is_upright());
    }
}
