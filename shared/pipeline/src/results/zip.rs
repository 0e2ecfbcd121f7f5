//! A ZIP of files that are stored, not packed: pictures are packed already. Written front to back, each
//! file behind a header that has its length and checksum, so that any reader reads it, also from a stream.
//!
//! The format is PKWARE's APPNOTE 6.3, without Zip64: at most 65,535 files and 4 GiB. A crate would write as
//! much, but none goes on with an archive that somebody else has begun.
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use time::OffsetDateTime;

use crate::request::Timestamp;

/// Longest product name in a path, in characters.
const MAX_NAME_CHARS: usize = 60;
/// "Version needed": folders.
const VERSION: u16 = 20;
/// Made on Unix, whose file modes follow.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// Names are in UTF-8 (section 4.4.4, bit 11).
const UTF_8: u16 = 1 << 11;
/// A plain file that its owner may write and all may read.
const MODE: u32 = 0o100_644 << 16;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZipFile {
    /// Its path, `/` between its parts.
    pub path: String,
    /// Its length.
    pub bytes: u32,
    /// Its CRC-32.
    pub crc: u32,
}

/// The archive would be larger than the format can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ZIP of these files would have 4 GiB or more")]
pub struct TooLarge;

/// An archive being written: says what stands around its files.
#[derive(Clone, Debug)]
pub struct Zip {
    /// When its files were written, as DOS says it: time and date.
    written: [u16; 2],
    directory: Vec<u8>,
    files: u16,
    length: u32,
}

impl Zip {
    /// One whose files were written then.
    #[must_use]
    pub fn new(written: Timestamp) -> Self {
        Self {
            written: dos(written),
            directory: Vec::new(),
            files: 0,
            length: 0,
        }
    }

    /// Adds a file, whose content is to stand behind what this gives.
    ///
    /// # Errors
    /// When it does not fit any more.
    pub fn file(&mut self, file: &ZipFile) -> Result<Vec<u8>, TooLarge> {
        let name = file.path.as_bytes();
        let name_bytes = u16::try_from(name.len()).map_err(|_| TooLarge)?;
        // What is the same in both headers: from "version needed" to the length of the extra field.
        let mut both = Vec::with_capacity(26);
        shorts(&mut both, &[VERSION, UTF_8, 0]);
        shorts(&mut both, &self.written);
        longs(&mut both, &[file.crc, file.bytes, file.bytes]);
        shorts(&mut both, &[name_bytes, 0]);
        let header = [b"PK\x03\x04", &both[..], name].concat();
        self.directory.extend(b"PK\x01\x02");
        shorts(&mut self.directory, &[MADE_BY]);
        self.directory.extend(both);
        shorts(&mut self.directory, &[0, 0, 0]);
        longs(&mut self.directory, &[MODE, self.length]);
        self.directory.extend(name);
        self.files = self.files.checked_add(1).ok_or(TooLarge)?;
        let long = u32::try_from(header.len()).map_err(|_| TooLarge)?;
        let end = self.length.checked_add(long);
        let end = end.and_then(|end| end.checked_add(file.bytes));
        self.length = end.ok_or(TooLarge)?;
        Ok(header)
    }

    /// What stands behind the last file.
    ///
    /// # Errors
    /// When it does not fit any more.
    pub fn end(self) -> Result<Vec<u8>, TooLarge> {
        let bytes = u32::try_from(self.directory.len()).map_err(|_| TooLarge)?;
        self.length.checked_add(bytes).ok_or(TooLarge)?;
        let mut end = self.directory;
        end.extend(b"PK\x05\x06");
        shorts(&mut end, &[0, 0, self.files, self.files]);
        longs(&mut end, &[bytes, self.length]);
        shorts(&mut end, &[0]);
        Ok(end)
    }
}

/// The path of an output: the product's folder, named by its line and its name, and in it the output's own
/// file name behind its place among the product's images. Line and place make it unique; letters and digits
/// of any language stay, everything else is a hyphen, so that it is safe on any system.
#[must_use]
pub fn path(row: u64, product: &str, position: u32, file: &str) -> String {
    let mut folder = format!("{row:04}-");
    for c in product.chars().take(MAX_NAME_CHARS) {
        if c.is_alphanumeric() {
            folder.push(c);
        } else if !folder.ends_with('-') {
            folder.push('-');
        }
    }
    let folder = folder.trim_end_matches('-');
    format!("{folder}/{}-{file}", u64::from(position) + 1)
}

/// MS-DOS time and date (section 4.4.6), in UTC: from 1980 to 2107, to two seconds.
fn dos(at: Timestamp) -> [u16; 2] {
    let at = OffsetDateTime::from_unix_timestamp(at.unix_seconds());
    let at = at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let year = u16::try_from(at.year().clamp(1980, 2107) - 1980).unwrap_or(0);
    let [hour, minute, second] = [at.hour(), at.minute(), at.second() / 2].map(u16::from);
    let [month, day] = [u8::from(at.month()), at.day()].map(u16::from);
    [
        hour << 11 | minute << 5 | second,
        year << 9 | month << 5 | day,
    ]
}

fn shorts(to: &mut Vec<u8>, values: &[u16]) {
    values
        .iter()
        .for_each(|value| to.extend(value.to_le_bytes()));
}

fn longs(to: &mut Vec<u8>, values: &[u32]) {
    values
        .iter()
        .for_each(|value| to.extend(value.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn file(path: &str, content: &[u8]) -> ZipFile {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        ZipFile {
            path: path.to_owned(),
            bytes: u32::try_from(content.len()).unwrap(),
            crc: crc.sum(),
        }
    }

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let written = Timestamp::parse("2026-01-31T12:34:56Z").unwrap();
        let (mut zip, mut all) = (Zip::new(written), Vec::new());
        for (path, content) in files {
            all.extend(zip.file(&file(path, content)).unwrap());
            all.extend(*content);
        }
        all.extend(zip.end().unwrap());
        all
    }

    #[test]
    fn another_reader_finds_what_was_written() {
        let files: [(&str, &[u8]); 3] = [
            ("0002-Chair/1-chair.jpg", b"one"),
            ("0003-Tasse-à-café/1-a.png", b""),
            ("0003-Tasse-à-café/2-a.png", &[7; 70_000]),
        ];
        let mut read = zip::ZipArchive::new(Cursor::new(archive(&files))).unwrap();
        assert_eq!(read.len(), 3);
        for (place, (path, content)) in files.iter().enumerate() {
            let mut entry = read.by_index(place).unwrap();
            assert_eq!(entry.name().unwrap(), *path);
            let written = entry.last_modified().unwrap();
            assert_eq!(written.to_string(), "2026-01-31 12:34:56");
            let mut found = Vec::new();
            // Checks the sum, too.
            entry.read_to_end(&mut found).unwrap();
            assert_eq!(found, *content);
        }
        let empty = zip::ZipArchive::new(Cursor::new(archive(&[]))).unwrap();
        assert_eq!(empty.len(), 0);
    }

    #[test]
    fn what_the_format_cannot_say_is_refused() {
        let mut zip = Zip::new(Timestamp::now());
        let large = ZipFile {
            path: "a".to_owned(),
            bytes: u32::MAX - 100,
            crc: 0,
        };
        zip.file(&large).unwrap();
        // The directory does not fit behind it, nor another file.
        assert_eq!(zip.clone().file(&large), Err(TooLarge));
        assert_eq!(zip.file(&file("b", b"")).map(drop), Ok(()));
        assert_eq!(zip.end(), Err(TooLarge));
    }

    #[test]
    fn paths_are_readable_safe_and_unique() {
        for (product, folder) in [
            ("Serving Bowl", "0007-Serving-Bowl"),
            ("  ../../etc/passwd ", "0007-etc-passwd"),
            ("C:\\a*b?", "0007-C-a-b"),
            ("Стул, красный", "0007-Стул-красный"),
            ("椅子", "0007-椅子"),
            ("", "0007"),
            ("...", "0007"),
            ("a\u{0}b\u{202e}c", "0007-a-b-c"),
        ] {
            assert_eq!(path(7, product, 0, "a.jpg"), format!("{folder}/1-a.jpg"));
        }
        let long = path(12_345, &"x".repeat(500), 9, "a.jpg");
        assert_eq!(
            long.len(),
            "12345-".len() + MAX_NAME_CHARS + "/10-a.jpg".len()
        );
    }
}
