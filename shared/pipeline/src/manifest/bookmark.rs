//! Where to go on with a CSV that was read in part, so that what is before need not be read again.

use serde::{Deserialize, Serialize};

/// A place between two rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bookmark {
    /// Bytes of the file before it, its byte order mark included.
    pub offset: u64,
    /// Line of the next row; its row in a workbook's sheet.
    pub line: u64,
    /// Id and name of the row before, where a row may go on with its product. Not longer than
    /// [`ManifestLimits::max_cell_bytes`](super::ManifestLimits::max_cell_bytes) allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::manifest::{
        Dialect, Encoding, Hints, Look, ManifestLimits, Mapping, Reading, Record, Row, Rows,
    };

    const LIMITS: ManifestLimits = ManifestLimits {
        max_rows: 1_000,
        max_urls_per_row: 9,
        max_images: 1_000,
        max_cell_bytes: 99,
    };

    /// Lines that end in every way, cells of several lines, blank rows, characters of one to four bytes, a mark in the
    /// middle, rows that go on with a product, and the header once more.
    const TEXT: &str = "Spring\u{e9},,\n\
        \n\
        Handle,Title,Image Src,Image Position\n\
        a,\"Chair\r\nof \u{f6}ak\",https://a/1.jpg,1\r\n\
        a,,https://a/2.jpg,2\r\
        \r\n\
        \u{feff}b,\"\u{feff}Table \"\"\u{20ac}\"\"\n\n\",https://a/3.jpg,1\n\
        b,,,\n\
        \u{ef}\u{bb}\u{bf}c,C,https://a/4.jpg,1\n\
        Handle,Title,Image Src,Image Position\n\
        c,,\"https://a/5.jpg\",2\n\
        d,D,https://a/6.jpg,1";

    /// A row as it is used, and where to go on behind it.
    type Seen = (u64, Vec<u8>, Row, Bookmark);

    fn all<R: Read>(mut rows: Rows<R>) -> Vec<Seen> {
        let (mut record, mut seen) = (Record::default(), Vec::new());
        while let Some(row) = rows.next(&mut record).unwrap() {
            let raw = record.raw().to_owned();
            seen.push((record.line, raw, row, rows.bookmark()));
        }
        seen
    }

    fn goes_on_behind_every_row(csv: &[u8], encoding: Encoding, of_workbook: bool) {
        let mut look = Look::at(csv).unwrap();
        look.of_workbook = of_workbook;
        let (dialect, _) = Dialect::of(&look, &Mapping::default()).unwrap();
        assert_eq!(
            (dialect.encoding, dialect.of_workbook),
            (encoding, of_workbook)
        );
        let reading = Reading {
            dialect,
            hints: Hints::default(),
        };
        let open = || Rows::open(csv, &reading, LIMITS).unwrap();
        let seen = all(open());
        assert_eq!(seen.len(), 7, "{seen:?}");
        for (at, (_, _, _, bookmark)) in seen.iter().enumerate() {
            let offset = usize::try_from(bookmark.offset).unwrap();
            let rows = open().at(&csv[offset..], bookmark.clone(), &reading.dialect);
            assert_eq!(all(rows), seen[at + 1..], "{encoding:?}, behind row {at}");
        }
        let end = seen.last().map(|(_, _, _, bookmark)| bookmark.offset);
        assert_eq!(end, Some(csv.len() as u64));
    }

    #[test]
    fn reading_goes_on_behind_any_row_in_any_encoding() {
        for encoding in [
            Encoding::Utf8,
            Encoding::Utf8Bom,
            Encoding::Utf16Le,
            Encoding::Utf16Be,
        ] {
            let text = TEXT.replace('C', "\u{1f600}C");
            let text = encoding.encode(&text);
            let csv = [encoding.byte_order_mark(), &text].concat();
            goes_on_behind_every_row(&csv, encoding, false);
            goes_on_behind_every_row(&csv, encoding, true);
        }
        // It has no such mark.
        let encoding = Encoding::Windows1252;
        let csv = encoding.encode(&TEXT.replace('\u{feff}', ""));
        goes_on_behind_every_row(&csv, encoding, false);
    }
}
