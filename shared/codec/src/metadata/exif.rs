//! EXIF data, as far as it matters here: a TIFF header and its first directory (TIFF 6.0, section 2;
//! [CIPA DC-008](https://www.cipa.jp/e/std/std-sec.html), 4.6).
//!
//! Data that makes no sense says nothing: it is never an error.

/// What stands before the data in a JPEG, and in other files of some writers.
pub const PREFIX: &[u8] = b"Exif\0\0";

const TYPE_ASCII: u16 = 2;
const TYPE_SHORT: u16 = 3;
const TYPE_LONG: u16 = 4;
/// Of EXIF 3.0.
const TYPE_UTF8: u16 = 129;

const HEADER_BYTES: usize = 8;
const ENTRY_BYTES: usize = 12;
/// Values of up to this length stand in the entry itself, others behind the directory.
const INLINE_BYTES: usize = 4;

/// A tag's value that is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    kind: u16,
    /// Without the zeros at its end.
    pub bytes: &'a [u8],
}

/// EXIF data, or a TIFF file.
pub struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl<'a> Tiff<'a> {
    /// Reads the header.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(PREFIX).unwrap_or(bytes);
        let big_endian = match bytes.get(..4)? {
            b"II*\0" => false,
            b"MM\0*" => true,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    /// A tag's value that is one number.
    pub fn number(&self, tag: u16) -> Option<u16> {
        let entry = self.entry(tag)?;
        match self.short(entry + 2)? {
            TYPE_SHORT => self.short(entry + 8),
            TYPE_LONG => u16::try_from(self.long(entry + 8)?).ok(),
            _ => None,
        }
    }

    /// A tag's value that is text.
    pub fn text(&self, tag: u16) -> Option<Text<'a>> {
        let entry = self.entry(tag)?;
        let kind = self.short(entry + 2)?;
        if !matches!(kind, TYPE_ASCII | TYPE_UTF8) {
            return None;
        }
        let length = self.place(entry + 4)?;
        let start = if length > INLINE_BYTES {
            self.place(entry + 8)?
        } else {
            entry + 8
        };
        let value = self.bytes.get(start..start.checked_add(length)?)?;
        let end = value.iter().rposition(|byte| *byte != 0)? + 1;
        Some(Text {
            kind,
            bytes: &value[..end],
        })
    }

    /// Where the first directory has the tag.
    fn entry(&self, tag: u16) -> Option<usize> {
        let directory = self.place(4)?;
        let entries = directory.checked_add(2)?;
        (0..usize::from(self.short(directory)?))
            .map(|index| entries + index * ENTRY_BYTES)
            .map_while(|entry| Some((entry, self.short(entry)?)))
            .find(|(_, found)| *found == tag)
            .map(|(entry, _)| entry)
    }

    fn short(&self, at: usize) -> Option<u16> {
        self.field(at).map(u16::from_be_bytes)
    }

    fn long(&self, at: usize) -> Option<u32> {
        self.field(at).map(u32::from_be_bytes)
    }

    /// Bytes of a number, the highest first.
    fn field<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let mut bytes = *self.bytes.get(at..)?.first_chunk()?;
        if !self.big_endian {
            bytes.reverse();
        }
        Some(bytes)
    }

    fn place(&self, at: usize) -> Option<usize> {
        usize::try_from(self.long(at)?).ok()
    }
}

/// EXIF data of one directory with these texts, by ascending tags; `None` if they are too long for it.
pub fn write(texts: &[(u16, Text<'_>)]) -> Option<Vec<u8>> {
    let mut data = b"MM\0*\0\0\0\x08".to_vec();
    data.extend(u16::try_from(texts.len()).ok()?.to_be_bytes());
    // Behind the directory stands where the next one is: nowhere.
    let mut place = HEADER_BYTES + 2 + texts.len() * ENTRY_BYTES + 4;
    let mut behind = Vec::new();
    for (tag, text) in texts {
        let mut value = [text.bytes, &[0]].concat();
        data.extend([tag.to_be_bytes(), text.kind.to_be_bytes()].as_flattened());
        data.extend(u32::try_from(value.len()).ok()?.to_be_bytes());
        if value.len() <= INLINE_BYTES {
            value.resize(INLINE_BYTES, 0);
            data.extend(value);
        } else {
            data.extend(u32::try_from(place).ok()?.to_be_bytes());
            place += value.len();
            behind.extend(value);
        }
    }
    data.extend([0; 4]);
    data.extend(behind);
    Some(data)
}
