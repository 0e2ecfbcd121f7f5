//! The first directory of a file: numbers by their tags (TIFF 6.0, section 2).

use super::error::TiffError;

/// More than any page has. Each entry is looked through for each tag.
const MAX_ENTRIES: usize = 1024;

const BYTE: u16 = 1;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const UNDEFINED: u16 = 7;
const LONG8: u16 = 16;

/// How a file writes its numbers.
#[derive(Debug, Clone, Copy)]
struct Writing {
    big_endian: bool,
    /// Bytes of a place or a count.
    wide: usize,
}

impl Writing {
    /// A number of this many bytes.
    fn number(self, bytes: &[u8], at: usize, length: usize) -> Option<u64> {
        let field = bytes.get(at..at.checked_add(length)?)?.iter();
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(match self.big_endian {
            true => field.fold(0, add),
            false => field.rev().fold(0, add),
        })
    }

    fn place(self, bytes: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.number(bytes, at, self.wide)?).ok()
    }
}

/// A tag's values.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tag: u16,
    /// Bytes of one value; 0 for types that are of no use here.
    length: usize,
    count: usize,
    /// Where the values stand in the file.
    at: usize,
}

/// The first directory of a file.
#[derive(Debug)]
pub struct Directory<'a> {
    bytes: &'a [u8],
    writing: Writing,
    entries: Vec<Entry>,
    /// Where the next directory is; 0 if there is none.
    next: usize,
}

impl<'a> Directory<'a> {
    /// Reads it.
    pub fn read(bytes: &'a [u8]) -> Result<Self, TiffError> {
        let missing = TiffError::Damaged("its directory is missing or ends too early");
        let writing = writing(bytes).ok_or(missing)?;
        let first = writing.place(bytes, writing.wide).ok_or(missing)?;
        Self::at(bytes, writing, first).ok_or(missing)
    }

    fn at(bytes: &'a [u8], writing: Writing, start: usize) -> Option<Self> {
        let count_length = if writing.wide == 8 { 8 } else { 2 };
        let count = usize::try_from(writing.number(bytes, start, count_length)?).ok()?;
        if count > MAX_ENTRIES {
            return None;
        }
        let first = start.checked_add(count_length)?;
        let place = |index: usize| first.checked_add(index * (4 + 2 * writing.wide));
        let entries = (0..count).map(|index| entry(bytes, writing, place(index)?));
        Some(Self {
            bytes,
            writing,
            entries: entries.collect::<Option<_>>()?,
            next: writing.place(bytes, place(count)?).unwrap_or(0),
        })
    }

    /// Whether there are other pages than this: not the same one smaller, and no masks.
    pub fn has_more_pages(&self) -> bool {
        const SUBFILE_TYPE: u16 = 254;
        const MAX_PAGES: usize = 100;
        let mut next = self.next;
        for _ in 0..MAX_PAGES {
            let Some(page) = Self::at(self.bytes, self.writing, next).filter(|_| next > 0) else {
                return false;
            };
            if page.number(SUBFILE_TYPE).unwrap_or(0) & 0b101 == 0 {
                return true;
            }
            next = page.next;
        }
        true
    }

    /// The file.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether numbers have their highest byte first.
    pub fn is_big_endian(&self) -> bool {
        self.writing.big_endian
    }

    /// All values of a tag; `None` if there are none, or none that are whole numbers in the file.
    pub fn numbers(&self, tag: u16) -> Option<Vec<u64>> {
        let entry = self.entry(tag)?;
        let end = entry
            .at
            .checked_add(entry.count.checked_mul(entry.length)?)?;
        if entry.length == 0 || entry.count == 0 || end > self.bytes.len() {
            return None;
        }
        let places = (entry.at..end).step_by(entry.length);
        let numbers = places.map(|at| self.writing.number(self.bytes, at, entry.length));
        numbers.collect()
    }

    /// The first value of a tag.
    pub fn number(&self, tag: u16) -> Option<u64> {
        let entry = self.entry(tag)?;
        let has_one = entry.length > 0 && entry.count > 0;
        has_one.then(|| self.writing.number(self.bytes, entry.at, entry.length))?
    }

    /// A width or a height.
    pub fn side(&self, tag: u16) -> Result<u32, TiffError> {
        let side = self.number(tag).and_then(|side| u32::try_from(side).ok());
        side.filter(|side| *side > 0).ok_or(TiffError::Damaged(
            "the picture is empty or its size missing",
        ))
    }

    /// The values of a tag that are bytes.
    pub fn data(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(tag).filter(|entry| entry.length == 1)?;
        self.bytes.get(entry.at..entry.at.checked_add(entry.count)?)
    }

    fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }
}

fn writing(bytes: &[u8]) -> Option<Writing> {
    let (big_endian, wide) = match bytes.get(..4)? {
        b"II*\0" => (false, 4),
        b"MM\0*" => (true, 4),
        b"II+\0" => (false, 8),
        b"MM\0+" => (true, 8),
        _ => return None,
    };
    Some(Writing { big_endian, wide })
}

fn entry(bytes: &[u8], writing: Writing, at: usize) -> Option<Entry> {
    let short = |at| u16::try_from(writing.number(bytes, at, 2)?).ok();
    let wide = writing.wide;
    let length = match short(at + 2)? {
        BYTE | UNDEFINED => 1,
        SHORT => 2,
        LONG => 4,
        LONG8 => 8,
        _ => 0,
    };
    let count = writing.place(bytes, at + 4)?;
    let inline = at + 4 + wide;
    let at_value = match count.checked_mul(length) {
        Some(total) if total <= wide => inline,
        _ => writing.place(bytes, inline)?,
    };
    Some(Entry {
        tag: short(at)?,
        length,
        count,
        at: at_value,
    })
}

/// The largest number that there is, for larger ones.
pub fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
