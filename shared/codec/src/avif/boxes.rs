//! Boxes (ISO/IEC 14496-12, 4.2): a length, a kind, and what is inside.

use std::ops::Range;

/// One box.
#[derive(Debug, Clone, Copy)]
pub struct Box<'a> {
    pub kind: [u8; 4],
    pub inside: &'a [u8],
    /// Where `inside` begins in the bytes that were taken apart.
    start: usize,
}

impl Box<'_> {
    /// Where the inside stands in the bytes that were taken apart.
    pub fn place(&self) -> Range<usize> {
        self.start..self.start + self.inside.len()
    }
}

/// The boxes in these bytes, one after the other; `None` if one ends behind them.
pub fn boxes(bytes: &[u8]) -> Option<Vec<Box<'_>>> {
    let (mut boxes, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let mut fields = Fields(&bytes[at..]);
        let (short, kind) = (fields.number(4)?, fields.number(4)?);
        let length = match short {
            0 => bytes.len() - at,
            1 => usize::try_from(fields.number(8)?).ok()?,
            _ => usize::try_from(short).ok()?,
        };
        let start = bytes.len() - fields.0.len();
        let end = at.checked_add(length)?;
        let kind = u32::try_from(kind).ok()?.to_be_bytes();
        boxes.push(Box {
            kind,
            inside: bytes.get(start..end)?,
            start,
        });
        at = end;
    }
    Some(boxes)
}

/// Numbers one after the other, their highest bytes first.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next number, of at most eight bytes; 0 where it has none.
    pub fn number(&mut self, length: usize) -> Option<u64> {
        let (number, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(
            number
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        )
    }

    /// The version of a box that has one, and its flags.
    pub fn version(&mut self) -> Option<(u64, u64)> {
        Some((self.number(1)?, self.number(3)?))
    }
}
