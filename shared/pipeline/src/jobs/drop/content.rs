//! Reads a dropped CSV: how it is written, whether it can be used, and its hash.

use std::io::Read;

use halftone_codec::OutputFormat;
use sha2::{Digest, Sha256};

use crate::hash::hex;
use crate::jobs::accept::{noted, reading};
use crate::manifest::{Hints, Look, ManifestError, ManifestLimits, Reading, Understood, validate};

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

/// Finds out how a CSV is written and hashes it in one pass, validates it in the next.
pub(super) fn read_twice(
    first: impl Read,
    second: impl Read,
    how: &How,
    limits: ManifestLimits,
) -> Validated {
    let mut first = Hashing {
        source: first,
        hash: Sha256::new(),
    };
    let mut look = Look::at(&mut first)?;
    look.of_workbook = how.sheet.is_some();
    let read = || {
        let (reading, titles) = reading(&look, &how.hints)?;
        let mut understood = validate(second, &reading, &titles, limits)?;
        understood.advise(&titles, how.format);
        Ok((reading, understood))
    };
    let note = how.sheet.clone().flatten();
    let (reading, understood) = noted(read(), note)?;
    Ok((reading, understood, hex(&first.hash.finalize())))
}

struct Hashing<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;

    #[test]
    fn a_csv_is_hashed_while_it_is_validated() {
        let csv = b"S. No.,Product Name,Input Image Urls\n1,A,https://a/1.jpg\n";
        let limits = ManifestLimits {
            max_rows: 9,
            max_urls_per_row: 9,
            max_images: 9,
            max_cell_bytes: 9,
        };
        let read = read_twice(&csv[..], &csv[..], &How::default(), limits);
        let (_, understood, hash) = read.unwrap();
        assert_eq!((understood.rows, hash), (1, sha256(&[csv])));
    }
}
