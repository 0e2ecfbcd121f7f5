//! How a CSV is written: its encoding, its delimiter, where its header is and what it says.
//!
//! Found out once, when the CSV is accepted, and kept with the request: whoever reads it again reads
//! the same.

mod header;
mod kinds;

use std::io::Read;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::encoding::{Encoding, Look};
use super::error::ManifestError;
use super::layout::{Layout, Mapping};
use header::Header;
use kinds::other_kind;

/// What separates cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delimiter {
    /// `,`
    #[default]
    Comma,
    /// `;`
    Semicolon,
    /// The tab character.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The character.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// How a CSV is written and read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dialect {
    /// Its encoding.
    pub encoding: Encoding,
    /// What separates its cells.
    pub delimiter: Delimiter,
    /// Line its header starts on; what is above is no product.
    pub header_line: u64,
    /// It is a workbook's sheet: rows are counted, not lines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_workbook: bool,
    /// Which of its columns are which.
    pub layout: Layout,
}

impl Dialect {
    /// Finds out how a CSV is written, and the titles of its columns.
    ///
    /// # Errors
    /// When it is empty, is no CSV, or has no header that is known or that `mapping` fits.
    pub fn of(look: &Look, mapping: &Mapping) -> Result<(Self, Vec<String>), ManifestError> {
        if let Some(kind) = other_kind(&look.beginning) {
            return Err(ManifestError::OtherKind { kind });
        }
        if let Some(fault) = look.fault {
            return Err(fault.into());
        }
        let mut best: Option<(Self, Vec<String>)> = None;
        let mut headers = Vec::new();
        for delimiter in candidates(look) {
            let mut header = Header::find(look, delimiter, mapping);
            if let Some((dialect, titles)) = header.found.take() {
                let better = best.as_ref().is_none_or(|(known, columns)| {
                    (dialect.header_line, columns.len()) < (known.header_line, titles.len())
                });
                if better {
                    best = Some((dialect, titles));
                }
            }
            headers.push(header);
        }
        best.ok_or_else(|| header::refusal(headers, mapping))
    }
}

/// The delimiters that may be meant: the one of a `sep=` line, else all.
fn candidates(look: &Look) -> Vec<Delimiter> {
    let mut text = String::new();
    let beginning = look.encoding.decode(&look.beginning[..]);
    // A character that was cut off at the end of the beginning is none of the first line's.
    let _ = beginning.take(64).read_to_string(&mut text);
    let line = text.lines().next().unwrap_or_default().trim_matches('"');
    let said = line
        .strip_prefix("sep=")
        .or_else(|| line.strip_prefix("SEP="));
    let said = said.and_then(|sign| sign.bytes().next());
    let named = Delimiter::ALL
        .into_iter()
        .find(|one| Some(one.byte()) == said);
    named.map_or(Delimiter::ALL.to_vec(), |named| vec![named])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(bytes: &[u8]) -> Result<Dialect, ManifestError> {
        let look = Look::at(bytes).unwrap();
        Dialect::of(&look, &Mapping::default()).map(|(dialect, _)| dialect)
    }

    const HEADER: &str = "S. No.,Product Name,Input Image Urls\n1,A,https://a/1.jpg\n";

    #[test]
    fn the_delimiter_is_told_by_the_header() {
        for (sign, delimiter) in [
            (',', Delimiter::Comma),
            (';', Delimiter::Semicolon),
            ('\t', Delimiter::Tab),
            ('|', Delimiter::Pipe),
        ] {
            let text = HEADER.replace(',', &sign.to_string());
            assert_eq!(dialect(text.as_bytes()).unwrap().delimiter, delimiter);
            let said = format!("sep={sign}\r\n{text}");
            let read = dialect(said.as_bytes()).unwrap();
            assert_eq!((read.delimiter, read.header_line), (delimiter, 2));
        }
    }

    #[test]
    fn titles_and_blank_rows_above_the_header_are_passed_over() {
        let text =
            format!("Spring catalogue; https://all.shops\n\nExported on 2026-11-27,,\n{HEADER}");
        assert_eq!(dialect(text.as_bytes()).unwrap().header_line, 4);
        let windows = [b"Fr\xfchling,,\n", HEADER.as_bytes()].concat();
        let read = dialect(&windows).unwrap();
        assert_eq!(
            (read.encoding, read.header_line),
            (Encoding::Windows1252, 2)
        );
    }

    #[test]
    fn a_header_that_nobody_knows_is_listed_with_the_mapping_that_would_help() {
        let error = dialect(b"ref;titre;photo\n1;Chaise;https://a/1.jpg\n").unwrap_err();
        assert_eq!(error.code(), "missing_column");
        assert_eq!(
            error.to_string(),
            "the header has no column \"Input Image Urls\"; its columns are \"ref\", \"titre\", \"photo\". \
             Rename them to S. No., Product Name, Input Image Urls, or say which are which with the fields \
             imageColumns, nameColumn and idColumn (names or letters, such as imageColumns=photo)"
        );
        let said = |text: &str| dialect(text.as_bytes()).unwrap_err().to_string();
        let two =
            said("Catalogue\n\nref,\"photo, big\",photo 2\n7,https://a/1.jpg,https://a/2.jpg\n");
        assert!(
            two.contains("its columns are \"ref\", \"photo, big\", \"photo 2\""),
            "{two}"
        );
        assert!(two.ends_with("such as imageColumns=B,photo 2)"), "{two}");
        assert!(said("ref,photo\n7,a.jpg\n").ends_with("such as imageColumns=C)"));
        let look = Look::at(&b"ref;titre;photo\n"[..]).unwrap();
        let mapping = Mapping {
            image_columns: vec!["foto".to_owned()],
            ..Mapping::default()
        };
        let error = Dialect::of(&look, &mapping).unwrap_err();
        assert_eq!(error.code(), "no_such_column");
    }

    #[test]
    fn files_without_a_header_say_so() {
        assert_eq!(dialect(b"").unwrap_err().code(), "empty_file");
        assert_eq!(dialect(b" \n;;\n").unwrap_err().code(), "empty_file");
        let error = dialect(b"1,Chair,https://a/1.jpg\n2,Table,https://a/2.jpg\n").unwrap_err();
        assert_eq!(error.code(), "missing_column");
        assert_eq!(
            error.to_string(),
            "the file has no header: its first row (\"1\", \"Chair\", \"https://a/1.jpg\") is a product; \
             put a row of titles above it, such as S. No., Product Name, Input Image Urls"
        );
    }

    #[test]
    fn a_row_that_is_too_long_is_not_taken_for_an_open_quote() {
        let long = "x".repeat(1_100_000);
        let first = dialect(format!("\"{long}\"\n{HEADER}").as_bytes()).unwrap_err();
        assert!(
            first.to_string().contains("more than 1048576 bytes"),
            "{first}"
        );
        let rows = format!("a,b\n\"{}\",1\n", "x".repeat(1_000_000)).repeat(3);
        assert_eq!(
            dialect(rows.as_bytes()).unwrap_err().code(),
            "missing_column"
        );
    }

    #[test]
    fn a_mapping_by_letters_does_not_take_titles_or_products_for_the_header() {
        let mapping = Mapping {
            image_columns: vec!["C".to_owned()],
            ..Mapping::default()
        };
        let line = |text: &str| {
            let look = Look::at(text.as_bytes()).unwrap();
            Dialect::of(&look, &mapping).map(|(dialect, _)| dialect.header_line)
        };
        let rows = "ref,titre,photo\n7,Chaise,https://a/1.jpg\n";
        assert_eq!(line(rows).unwrap(), 1);
        assert_eq!(line(&format!("Catalogue,,,\n\n{rows}")).unwrap(), 3);
        assert_eq!(line("ref,titre,\n7,Chaise,https://a/1.jpg\n").unwrap(), 1);
        let none = line("7,Chaise,https://a/1.jpg\n").unwrap_err();
        assert!(
            none.to_string().starts_with("the file has no header"),
            "{none}"
        );
    }
}
