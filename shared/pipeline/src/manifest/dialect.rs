//! How a CSV is written: its encoding, its delimiter, where its header is and what it says.
//!
//! Found out once, when the CSV is accepted, and kept with the request: whoever reads it again reads
//! the same.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::encoding::{Encoding, Look};
use super::error::ManifestError;
use super::layout::{Layout, LayoutFault, Mapping};
use super::records::{Record, RecordError, Records};

/// Rows among which the header is looked for: exports begin with a title and its date at the most.
const HEADER_WITHIN: usize = 20;
/// Columns that a refusal lists at most.
const SHOWN_COLUMNS: usize = 30;

/// What separates cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
        let mut rows = Vec::new();
        for delimiter in candidates(look) {
            let header = Header::find(look, delimiter, mapping);
            if let Some((dialect, titles)) = header.found {
                let better = best.as_ref().is_none_or(|(known, columns)| {
                    (dialect.header_line, columns.len()) < (known.header_line, titles.len())
                });
                if better {
                    best = Some((dialect, titles));
                }
            }
            rows.push((header.first, header.fault));
        }
        best.ok_or_else(|| refusal(rows, mapping))
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

/// What the first rows say, read with one delimiter.
#[derive(Default)]
struct Header {
    found: Option<(Dialect, Vec<String>)>,
    /// The first row that is not blank.
    first: Vec<String>,
    /// Why they could not be read any further.
    fault: Option<RecordError>,
}

impl Header {
    fn find(look: &Look, delimiter: Delimiter, mapping: &Mapping) -> Self {
        let text = look.encoding.decode(&look.beginning[..]);
        let mut records = Records::new(text, delimiter.byte());
        if look.of_workbook {
            records = records.counting_rows();
        }
        let (mut header, mut record) = (Self::default(), Record::default());
        for _ in 0..HEADER_WITHIN {
            match records.read(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    header.fault = Some(fault);
                    break;
                }
            }
            if record.is_blank() {
                continue;
            }
            let titles: Vec<String> = record.texts().collect();
            if header.first.is_empty() {
                header.first.clone_from(&titles);
            }
            let layout = Layout::of(&titles, mapping);
            if layout.is_err() && header.found.is_some() {
                break;
            }
            if let Ok(layout) = layout {
                let dialect = Dialect {
                    encoding: look.encoding,
                    delimiter,
                    header_line: record.line,
                    of_workbook: look.of_workbook,
                    layout,
                };
                header.found = Some((dialect, titles));
                // Some exports have two headers, one for people and one for programs: the last counts.
                // A mapping by letters fits every row.
                if !mapping.is_empty() {
                    break;
                }
            }
        }
        header
    }
}

/// Why no header was found, by the first row that has the most cells: that is how it was meant.
fn refusal(rows: Vec<(Vec<String>, Option<RecordError>)>, mapping: &Mapping) -> ManifestError {
    // Read with the right delimiter, a file of delimiters only is blank.
    if rows
        .iter()
        .any(|(first, fault)| first.is_empty() && fault.is_none())
    {
        return ManifestError::Empty;
    }
    let widest = rows.into_iter().rev().max_by_key(|(first, _)| first.len());
    let Some((first, fault)) = widest else {
        return ManifestError::Empty;
    };
    if let Some(fault) = fault {
        return fault.into();
    }
    let found = listed(&first);
    match Layout::of(&first, mapping) {
        Err(LayoutFault::NoColumn(name)) => ManifestError::NoSuchColumn { name, found },
        Err(LayoutFault::Unknown(title)) => ManifestError::MissingColumn { title, found },
        Ok(_) => ManifestError::Empty,
    }
}

fn listed(titles: &[String]) -> String {
    let shown = titles.iter().take(SHOWN_COLUMNS).map(|title| {
        let title: String = title.trim().chars().take(60).collect();
        format!("\"{title}\"")
    });
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if titles.len() > SHOWN_COLUMNS {
        list += &format!(" and {} more", titles.len() - SHOWN_COLUMNS);
    }
    list
}

/// What a file is that is sent for a CSV now and then.
fn other_kind(beginning: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 7] = [
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"\x1f\x8b", "a gzip file"),
        (b"Rar!", "a RAR file"),
        (b"{\\rtf", "an RTF document"),
    ];
    let kind = KINDS.iter().find(|(start, _)| beginning.starts_with(start));
    let text = beginning.get(..512).unwrap_or(beginning).trim_ascii_start();
    let html = text
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"<html"))
        || text
            .get(..9)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"<!doctype"));
    kind.map(|(_, kind)| *kind)
        .or_else(|| html.then_some("a web page (HTML)"))
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
        let text = format!("Spring catalogue; all shops\n\nExported on 2026-11-27,,\n{HEADER}");
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
             imageColumns, nameColumn and idColumn (names or letters, such as imageColumns=C)"
        );
        let look = Look::at(&b"ref;titre;photo\n"[..]).unwrap();
        let mapping = Mapping {
            image_columns: vec!["foto".to_owned()],
            ..Mapping::default()
        };
        let error = Dialect::of(&look, &mapping).unwrap_err();
        assert_eq!(error.code(), "no_such_column");
    }

    #[test]
    fn other_files_are_called_by_their_names() {
        for (bytes, name) in [
            (&b"%PDF-1.7"[..], "a PDF"),
            (b"\n <!DOCTYPE html><html>", "a web page (HTML)"),
            (b"\xd0\xcf\x11\xe0\xa1", "an old Excel workbook (.xls)"),
        ] {
            let error = dialect(bytes).unwrap_err();
            assert_eq!(error.code(), "not_a_csv");
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(dialect(b"").unwrap_err().code(), "empty_file");
        assert_eq!(dialect(b" \n;;\n").unwrap_err().code(), "empty_file");
    }
}
