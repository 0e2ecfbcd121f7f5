//! Reads the records of a CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)), as spreadsheets read them.
//!
//! Where the text leaves no doubt it is read: rows end in CRLF, LF or CR, inside quotes too; a quote
//! that is not a cell's first character is a character like any other. What could only be guessed
//! at is refused with its place: a quote that is never closed, text behind a closing quote, NUL.
//! The raw text of each cell is kept, so that a file can be given back as it came but for some cells.

use std::io::{ErrorKind, Read};
use std::ops::Range;

/// Longest row, in bytes: far more than any product needs, and what one open quote may cost.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;
/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// A place in the text, as editors show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1.
    pub line: u64,
    /// In characters, counted from 1.
    pub column: u64,
}

/// Why the text cannot be read as CSV.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file ends inside quotes.
    #[error(
        "the quote opened in line {}, column {} is never closed; close it, or double it if it is part of the text",
        .0.line, .0.column
    )]
    OpenQuote(Position),
    /// More text behind a closing quote.
    #[error(
        "there is text behind the closing quote in line {}, column {}; write a quote inside quotes twice",
        .0.line, .0.column
    )]
    AfterQuote(Position),
    /// A NUL character.
    #[error("there is a NUL character in line {}, column {}; save the file as CSV in UTF-8", .0.line, .0.column)]
    Nul(Position),
    /// A row beyond any bound.
    #[error(
        "the row that begins in line {line} has more than {MAX_ROW_BYTES} bytes, the most that are taken{}",
        opened.map_or(String::new(), |at| format!("; the quote opened in line {}, column {} may never be closed", at.line, at.column))
    )]
    TooLong {
        /// Line of its start.
        line: u64,
        /// The quote that is open.
        opened: Option<Position>,
    },
    /// The source failed.
    #[error("the file could not be read")]
    Read(#[from] std::io::Error),
}

/// One cell: where its text and its raw form are in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cell {
    text: Range<usize>,
    raw: Range<usize>,
}

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Line it starts on, counted from 1; its row in a workbook's sheet.
    pub line: u64,
    text: Vec<u8>,
    raw: Vec<u8>,
    cells: Vec<Cell>,
}

impl Record {
    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The text of a cell, quotes taken off; empty where there is no such cell.
    #[must_use]
    pub fn text(&self, cell: usize) -> &str {
        let cell = self
            .cells
            .get(cell)
            .map(|cell| &self.text[cell.text.clone()]);
        // Cells end at ASCII characters, and what is decoded is UTF-8.
        cell.map_or("", |cell| std::str::from_utf8(cell).unwrap_or_default())
    }

    /// The texts of all cells.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        (0..self.len()).map(|cell| self.text(cell).to_owned())
    }

    /// The row as it came, its end included, but for the texts of the cells that `change` changes.
    /// A cell that was quoted stays so.
    pub fn with(&self, mut change: impl FnMut(usize, &str) -> Option<String>) -> String {
        let mut row = String::new();
        let mut copied = 0;
        for (place, cell) in self.cells.iter().enumerate() {
            let Some(text) = change(place, self.text(place)) else {
                continue;
            };
            row += self.raw_text(copied..cell.raw.start);
            row += &requoted(self.raw_text(cell.raw.clone()), &text);
            copied = cell.raw.end;
        }
        row + self.raw_text(copied..self.raw.len())
    }

    fn raw_text(&self, span: Range<usize>) -> &str {
        std::str::from_utf8(&self.raw[span]).unwrap_or_default()
    }

    /// The row as it came, its end included.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether no cell holds anything; the mark at the end of old DOS files (0x1a) is nothing.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let nothing = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x1a;
        self.text.iter().all(nothing)
    }

    /// Whether it has no cells: before the first was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    fn begin(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.raw.clear();
        self.cells.clear();
    }

    fn end_cell(&mut self, (text, raw): (usize, usize)) {
        let cell = Cell {
            text: text..self.text.len(),
            raw: raw..self.raw.len(),
        };
        self.cells.push(cell);
    }
}

/// A cell's new text in the quotes of its old form.
fn requoted(raw: &str, text: &str) -> String {
    if !raw.starts_with('"') {
        return text.to_owned();
    }
    let behind = raw.rfind('"').map_or("", |quote| &raw[quote + 1..]);
    format!("\"{}\"{behind}", text.replace('"', "\"\""))
}

/// Where in a cell the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At its first character.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between its quotes.
    Quoted,
    /// Behind a quote that closes it, unless another follows.
    Closed,
    /// Behind blanks that follow its closing quote.
    Padded,
}

/// The records of a source, one at a time.
pub struct Records<R> {
    source: R,
    delimiter: u8,
    chunk: Box<[u8]>,
    at: usize,
    filled: usize,
    /// Of the next byte.
    here: Position,
    /// The last byte was a CR: an LF now belongs to it.
    after_cr: bool,
    /// Rows so far, where they are counted instead of lines.
    rows: Option<u64>,
}

impl<R: Read> Records<R> {
    /// Reads `source`, whose cells are separated by `delimiter`.
    pub fn new(source: R, delimiter: u8) -> Self {
        Self {
            source,
            delimiter,
            chunk: vec![0; CHUNK].into_boxed_slice(),
            at: 0,
            filled: 0,
            here: Position { line: 1, column: 1 },
            after_cr: false,
            rows: None,
        }
    }

    /// Counts rows instead of lines, as sheets do whose cells have several lines.
    #[must_use]
    pub fn counting_rows(self) -> Self {
        Self {
            rows: Some(0),
            ..self
        }
    }

    /// Begins with this line, or with this row where rows are counted.
    #[must_use]
    pub fn from_line(mut self, line: u64) -> Self {
        match &mut self.rows {
            Some(rows) => *rows = line.saturating_sub(1),
            None => self.here.line = line,
        }
        self
    }

    /// The line of the next record, or its row where rows are counted.
    #[must_use]
    pub fn next_line(&self) -> u64 {
        self.rows.map_or(self.here.line, |rows| rows + 1)
    }

    /// Reads the next row into `record`; `false` after the last.
    ///
    /// # Errors
    /// When the text cannot be read as CSV, or the source fails.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, RecordError> {
        self.rows = self.rows.map(|rows| rows + 1);
        record.begin(self.rows.unwrap_or(self.here.line));
        let (mut state, mut opened, mut start) = (State::Start, self.here, (0, 0));
        loop {
            let at = self.here;
            let Some(byte) = self.next()? else {
                return self.end(record, state, opened, start);
            };
            match (state, byte) {
                (_, 0) => return Err(RecordError::Nul(at)),
                (State::Quoted, b'"') => state = State::Closed,
                (State::Quoted, _) => record.text.push(byte),
                (State::Closed, b'"') => {
                    record.text.push(b'"');
                    state = State::Quoted;
                }
                (State::Start, b'"') => {
                    (state, opened) = (State::Quoted, at);
                }
                (_, b'\n' | b'\r') => {
                    record.end_cell(start);
                    record.raw.push(byte);
                    self.end_row(record, byte)?;
                    return Ok(true);
                }
                (_, byte) if byte == self.delimiter => {
                    record.end_cell(start);
                    record.raw.push(byte);
                    (state, start) = (State::Start, (record.text.len(), record.raw.len()));
                    continue;
                }
                (State::Closed | State::Padded, b' ' | b'\t') => state = State::Padded,
                (State::Closed | State::Padded, _) => return Err(RecordError::AfterQuote(at)),
                (State::Start | State::Plain, _) => {
                    record.text.push(byte);
                    state = State::Plain;
                }
            }
            record.raw.push(byte);
            if record.raw.len() > MAX_ROW_BYTES {
                let opened = (state == State::Quoted).then_some(opened);
                let line = record.line;
                return Err(RecordError::TooLong { line, opened });
            }
        }
    }

    /// The LF of a CRLF belongs to the row that it ends.
    fn end_row(&mut self, record: &mut Record, byte: u8) -> Result<(), RecordError> {
        if byte == b'\r' && (self.at < self.filled || self.fill()?) && self.chunk[self.at] == b'\n'
        {
            record.raw.push(b'\n');
            self.at += 1;
            self.after_cr = false;
        }
        Ok(())
    }

    fn end(
        &self,
        record: &mut Record,
        state: State,
        opened: Position,
        start: (usize, usize),
    ) -> Result<bool, RecordError> {
        if state == State::Quoted {
            return Err(RecordError::OpenQuote(opened));
        }
        if record.raw.is_empty() {
            return Ok(false);
        }
        record.end_cell(start);
        Ok(true)
    }

    /// The next byte. The LF of a CRLF, which is met in quotes only, ends no further line.
    fn next(&mut self) -> Result<Option<u8>, RecordError> {
        if self.at == self.filled && !self.fill()? {
            return Ok(None);
        }
        let byte = self.chunk[self.at];
        self.at += 1;
        let rest_of_crlf = byte == b'\n' && self.after_cr;
        self.after_cr = byte == b'\r';
        if !rest_of_crlf {
            self.step(byte);
        }
        Ok(Some(byte))
    }

    fn step(&mut self, byte: u8) {
        match byte {
            b'\n' | b'\r' => {
                self.here.line += 1;
                self.here.column = 1;
            }
            // Later bytes of a character of UTF-8.
            0x80..=0xbf => {}
            _ => self.here.column += 1,
        }
    }

    fn fill(&mut self) -> Result<bool, RecordError> {
        (self.at, self.filled) = (0, 0);
        loop {
            match self.source.read(&mut self.chunk) {
                Ok(read) => {
                    self.filled = read;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (u64, Vec<String>);

    fn read(text: &[u8]) -> Result<Vec<Row>, RecordError> {
        // A byte at a time too: nothing may depend on how the source comes.
        struct Trickle<'a>(&'a [u8]);
        impl Read for Trickle<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let one = buffer.len().min(1);
                self.0.read(&mut buffer[..one])
            }
        }
        let whole = rows(text);
        let trickled = rows(Trickle(text));
        match (&whole, &trickled) {
            (Ok(whole), Ok(trickled)) => assert_eq!(whole, trickled),
            (Err(whole), Err(trickled)) => assert_eq!(whole.to_string(), trickled.to_string()),
            other => panic!("{other:?}"),
        }
        whole
    }

    fn rows(source: impl Read) -> Result<Vec<Row>, RecordError> {
        let mut records = Records::new(source, b',');
        let (mut record, mut rows) = (Record::default(), Vec::new());
        while records.read(&mut record)? {
            rows.push((record.line, record.texts().collect()));
        }
        Ok(rows)
    }

    fn row(line: u64, cells: &[&str]) -> Row {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn every_way_to_end_a_row_is_read_and_counted() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "\"x", "y\",z", "w"].join(end);
            let expected = [
                row(1, &["a", "b"]),
                row(2, &[""]),
                row(3, &[&format!("x{end}y"), "z"]),
                row(5, &["w"]),
            ];
            assert_eq!(read(text.as_bytes()).unwrap(), expected, "{end:?}");
            assert_eq!(read((text + end).as_bytes()).unwrap(), expected, "{end:?}");
        }
    }

    #[test]
    fn quotes_are_read_as_spreadsheets_read_them() {
        let text = b"24\" screen,\"a \"\"b\"\"\", \"c\",\"\",\"d\" \n";
        let expected = row(1, &["24\" screen", "a \"b\"", " \"c\"", "", "d"]);
        assert_eq!(read(text).unwrap(), [expected]);
    }

    #[test]
    fn what_could_only_be_guessed_at_is_refused_with_its_place() {
        let said = |text: &[u8]| read(text).unwrap_err().to_string();
        assert_eq!(
            said(b"a,b\nc,\xc3\xa4\"\nd, e,\"f\ng\n"),
            "the quote opened in line 3, column 6 is never closed; close it, or double it if it is \
             part of the text"
        );
        assert_eq!(
            said(b"a\n\"b\"c\n"),
            "there is text behind the closing quote in line 2, column 4; write a quote inside \
             quotes twice"
        );
        assert_eq!(
            said(b"a,\"b\" \"c\"\n"),
            "there is text behind the closing quote in line 1, column 7; write a quote inside \
             quotes twice"
        );
        assert_eq!(
            said(b"a\nb\0"),
            "there is a NUL character in line 2, column 2; save the file as CSV in UTF-8"
        );
        let long = [b"a\n\"", "x".repeat(MAX_ROW_BYTES).as_bytes()].concat();
        assert!(said(&long).ends_with("the quote opened in line 2, column 1 may never be closed"));
    }

    #[test]
    fn a_row_comes_back_as_it_was_but_for_what_is_changed() {
        let text = "a, \"b\",\"c \"\"d\"\"\" ,e\r\n\"x\r\ny\",2\nlast";
        let mut records = Records::new(text.as_bytes(), b',');
        let mut record = Record::default();
        let (mut same, mut changed) = (String::new(), String::new());
        while records.read(&mut record).unwrap() {
            same += &record.with(|_, _| None);
            changed += &record.with(|place, _| (place != 1).then(|| format!("<{place}\">")));
        }
        assert_eq!(same, text);
        let expected = "<0\">, \"b\",\"<2\"\">\" ,<3\">\r\n\"<0\"\">\",2\n<0\">";
        assert_eq!(changed, expected);
    }

    /// What another parser makes of a text: it passes over empty lines, and guesses where we refuse.
    fn by_another_parser(text: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.has_headers(false).flexible(true).from_reader(text);
        let records = reader.into_byte_records().map(|record| record.unwrap());
        records
            .map(|record| {
                let cells = record.iter();
                cells
                    .map(|cell| String::from_utf8_lossy(cell).into_owned())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn random_texts_are_read_as_another_parser_reads_them_or_refused() {
        use rand::rngs::StdRng;
        use rand::{Rng, SeedableRng};

        const PIECES: [&str; 10] = [
            "a",
            "ä",
            "https://a/1.jpg",
            ",",
            ",",
            "\"",
            "\"\"",
            "\n",
            "\r\n",
            "\r",
        ];
        let mut random = StdRng::seed_from_u64(9_471);
        let (mut read, mut refused) = (0, 0);
        for _ in 0..30_000 {
            let pieces = random.random_range(0..14);
            let text: String = (0..pieces)
                .map(|_| PIECES[random.random_range(0..10)])
                .collect();
            match rows(text.as_bytes()) {
                Ok(rows) => {
                    read += 1;
                    let rows: Vec<_> = rows.into_iter().map(|(_, cells)| cells).collect();
                    let ours = rows.into_iter().filter(|cells| *cells != [""]);
                    let theirs = by_another_parser(text.as_bytes()).into_iter();
                    let theirs: Vec<_> = theirs.filter(|cells| *cells != [""]).collect();
                    assert_eq!(ours.collect::<Vec<_>>(), theirs, "{text:?}");
                }
                Err(RecordError::OpenQuote(_) | RecordError::AfterQuote(_)) => refused += 1,
                Err(error) => panic!("{error}: {text:?}"),
            }
        }
        assert!(
            read > 5_000 && refused > 5_000,
            "{read} read, {refused} refused"
        );
    }

    #[test]
    fn a_random_row_is_given_back_as_it_came() {
        use rand::rngs::StdRng;
        use rand::{Rng, SeedableRng};

        const PIECES: [&str; 8] = ["a", "ä", " ", ";", "\"\"", "\"b;\n\"", "\r\n", "\n"];
        let mut random = StdRng::seed_from_u64(1_179);
        for _ in 0..10_000 {
            let pieces = random.random_range(0..20);
            let text: String = (0..pieces)
                .map(|_| PIECES[random.random_range(0..8)])
                .collect();
            let mut records = Records::new(text.as_bytes(), b';');
            let (mut record, mut back) = (Record::default(), String::new());
            let whole = loop {
                match records.read(&mut record) {
                    Ok(true) => back += &record.with(|_, _| None),
                    Ok(false) => break true,
                    Err(_) => break false,
                }
            };
            // Up to the row that is refused, where one is.
            assert!(text.starts_with(&back), "{text:?} {back:?}");
            assert!(!whole || back == text, "{text:?} {back:?}");
        }
    }

    #[test]
    fn the_last_row_needs_no_end_and_an_empty_file_has_none() {
        assert_eq!(read(b"").unwrap(), []);
        assert_eq!(read(b"a,").unwrap(), [row(1, &["a", ""])]);
        assert_eq!(read(b"\n").unwrap(), [row(1, &[""])]);
    }
}
