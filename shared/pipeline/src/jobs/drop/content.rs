//! Reads a dropped CSV: how it is written, whether it can be used, and its hash.

use std::io::{self, Read};

use halftone_codec::OutputFormat;
use sha2::{Digest, Sha256};

use crate::hash::hex;
use crate::jobs::accept::{noted, reading};
use crate::manifest::{
    Hints, Look, Looking, ManifestError, ManifestLimits, Reading, Understood, validate,
};

/// How a CSV is read, what it was understood as, and its SHA-256.
pub(super) type Validated = Result<(Reading, Understood, String), ManifestError>;

/// What is known of a dropped CSV before it is read.
#[derive(Clone, Debug, Default)]
pub(super) struct How {
    /// What its sender said.
    pub(super) hints: Hints,
    /// The format of its outputs.
    pub(super) format: OutputFormat,
    /// That it is a sheet of a workbook, and what is to be said of the others.
    pub(super) sheet: Option<Option<String>>,
}

/// Finds out how a CSV is written, hashes and validates it in one pass, as its beginning says that it is
/// written; where the whole says otherwise, it is read `again`.
pub(super) fn read<R: Read>(
    source: impl Read,
    again: impl FnOnce() -> io::Result<R>,
    how: &How,
    limits: ManifestLimits,
) -> Validated {
    let hashing = Hashing {
        source,
        hash: Sha256::new(),
    };
    let mut looking = Looking::begin(hashing)?;
    let of_workbook = how.sheet.is_some();
    let mut first = looking.so_far();
    first.of_workbook = of_workbook;
    let start = io::Cursor::new(first.beginning.clone());
    let mut read = match understand(start.chain(&mut looking), &first, how, limits) {
        Err(error) if error.is_transient() => return Err(error),
        read => read,
    };
    // Reading ends early where a limit is met.
    io::copy(&mut looking, &mut io::sink())?;
    let mut whole = looking.so_far();
    whole.of_workbook = of_workbook;
    if !whole.agrees_with(&first) {
        read = understand(again()?, &whole, how, limits);
    }
    let note = how.sheet.clone().flatten();
    let (reading, understood) = noted(read, note)?;
    Ok((
        reading,
        understood,
        hex(&looking.into_source().hash.finalize()),
    ))
}

fn understand(
    source: impl Read,
    look: &Look,
    how: &How,
    limits: ManifestLimits,
) -> Result<(Reading, Understood), ManifestError> {
    let (reading, titles) = reading(look, &how.hints)?;
    let mut understood = validate(source, &reading, &titles, limits)?;
    understood.advise(&titles, how.format);
    Ok((reading, understood))
}

struct Hashing<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;
    use crate::manifest::Encoding;

    const LIMITS: ManifestLimits = ManifestLimits {
        max_rows: 1_000_000,
        max_urls_per_row: 9,
        max_images: 1_000_000,
        max_cell_bytes: 99,
    };

    /// What a CSV is read as, and whether it was read twice.
    fn twice(csv: &[u8]) -> (Validated, bool) {
        let mut again = false;
        let second = || {
            again = true;
            Ok(csv)
        };
        let read = read(csv, second, &How::default(), LIMITS);
        (read, again)
    }

    /// More than a look at the beginning, and a last row.
    fn long(last: &[u8]) -> Vec<u8> {
        let row = format!("1,A,https://a/{}.jpg\n", "1".repeat(200));
        let rows = row.repeat(20_000);
        let header = b"S. No.,Product Name,Input Image Urls\n";
        [&header[..], rows.as_bytes(), last].concat()
    }

    #[test]
    fn a_csv_is_hashed_and_validated_in_one_pass() {
        let csv = long(b"2,B,https://a/2.jpg\n");
        let (read, again) = twice(&csv);
        let (_, understood, hash) = read.unwrap();
        assert_eq!((understood.rows, understood.duplicates), (20_001, 19_999));
        assert_eq!((hash, again), (sha256(&[&csv]), false));
    }

    #[test]
    fn a_csv_whose_end_says_another_encoding_is_read_again() {
        let (read, again) = twice(&long(b"2,\xc4,https://a/2.jpg\n"));
        let (reading, understood, _) = read.unwrap();
        assert_eq!(reading.dialect.encoding, Encoding::Windows1252);
        assert_eq!((understood.rows, again), (20_001, true));
    }

    #[test]
    fn what_is_wrong_is_told_as_if_it_were_read_twice() {
        let (refused, _) = twice(&long("2,\u{e4}\u{e4}".as_bytes()));
        assert_eq!(refused.unwrap_err().rows().len(), 1);
        let damaged = [&long("2,\u{e4}\u{e4}\u{e4}".as_bytes())[..], b"\xe4,\n"].concat();
        let (refused, _) = twice(&damaged);
        let words = refused.unwrap_err().to_string();
        assert!(words.contains("line 20002"), "{words}");
    }

    #[test]
    fn a_source_that_fails_is_no_csv_that_does() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let csv = long(b"");
        let source = csv.as_slice().chain(Broken);
        let read = read(source, || Ok(&b""[..]), &How::default(), LIMITS);
        assert!(read.unwrap_err().is_transient());
    }
}
