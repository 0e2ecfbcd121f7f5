//! Excel workbooks: the first sheet as a CSV, which is what is kept, read and given back from then on.
//!
//! A ZIP file can unfold to anything, so it is unfolded once into nothing and counted before it is read.

use std::io::{self, Cursor, Read, Write};
use std::panic::{self, AssertUnwindSafe};

use calamine::{Data, DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx};
use zip::ZipArchive;

/// Most bytes that a workbook may unfold to.
const MAX_UNFOLDED: u64 = 64 * 1024 * 1024;
/// Most columns of a sheet: more than any shop has.
const MAX_COLUMNS: u32 = 1_000;
/// Most rows of a sheet, as the format has it (ECMA-376, part 1, 18.3.1.73, as Excel reads it).
const MAX_ROWS: u32 = 1_048_576;
/// Names of sheets that a note lists at most.
const SHOWN_SHEETS: usize = 10;

/// Why a workbook cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// It is another kind of ZIP file.
    #[error("the file is {kind}, not a CSV; export or save it as CSV")]
    OtherKind {
        /// What it is, with its article.
        kind: &'static str,
    },
    /// It is no ZIP file, or a damaged one.
    #[error("the workbook is damaged: it cannot be unfolded")]
    Zip(#[from] zip::result::ZipError),
    /// A part of it is damaged.
    #[error("the workbook is damaged: a part of it cannot be unfolded")]
    Unfold(#[from] std::io::Error),
    /// It is too large inside.
    #[error(
        "the workbook unfolds to more than {MAX_UNFOLDED} bytes, the most that are taken; save it as CSV"
    )]
    TooLarge,
    /// A cell is out of reach.
    #[error("the workbook has cells beyond column {MAX_COLUMNS}; save it as CSV")]
    TooWide,
    /// It says that it has more texts than there is room for.
    #[error("the workbook is damaged: it declares more texts than it has bytes; save it as CSV")]
    TooManyTexts,
    /// What reads it stumbled.
    #[error("the workbook is damaged: its first sheet says what cannot be; save it as CSV")]
    Nonsense,
    /// A cell is where none can be.
    #[error(
        "the workbook's first sheet has a cell out of order or beyond row {MAX_ROWS}, in its row {row}; open it and save it anew, or save it as CSV"
    )]
    OutOfPlace {
        /// Its row, as the sheet counts them.
        row: u64,
    },
    /// It has no sheet.
    #[error("the workbook has no sheet")]
    NoSheet,
    /// Its sheet cannot be read.
    #[error("the workbook's first sheet cannot be read; save it as CSV")]
    Sheet(#[from] calamine::XlsxError),
    /// The CSV could not be written.
    #[error("the workbook could not be turned into a CSV")]
    Csv(#[from] csv::Error),
}

/// Whether a file is a ZIP file, as workbooks are.
#[must_use]
pub fn is_zip(beginning: &[u8]) -> bool {
    beginning.starts_with(b"PK\x03\x04")
}

/// What is read of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workbook {
    /// Its first sheet as a CSV in UTF-8, a record for each row.
    pub csv: Vec<u8>,
    /// The sheet's name.
    sheet: String,
    /// The names of those that are not read.
    others: Vec<String>,
}

impl Workbook {
    /// Reads a workbook.
    ///
    /// # Errors
    /// When it is another kind of file, or one that cannot be read within its bounds.
    pub fn read(file: &[u8]) -> Result<Self, WorkbookError> {
        let mut archive = ZipArchive::new(Cursor::new(file))?;
        if let Some(kind) = other_kind(&mut archive) {
            return Err(WorkbookError::OtherKind { kind });
        }
        check_size(&mut archive)?;
        // calamine trusts places and numbers of a file in a few spots, and panics.
        let read = panic::catch_unwind(AssertUnwindSafe(|| Self::of_sheets(file)));
        read.unwrap_or(Err(WorkbookError::Nonsense))
    }

    fn of_sheets(file: &[u8]) -> Result<Self, WorkbookError> {
        let mut workbook = Xlsx::new(Cursor::new(file))?;
        let mut sheets = sheets(&workbook).into_iter();
        let sheet = sheets.next().ok_or(WorkbookError::NoSheet)?;
        Ok(Self {
            csv: to_csv(&mut workbook, &sheet)?,
            sheet,
            others: sheets.collect(),
        })
    }

    /// Which sheets are not read, if there are any.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let others = self.others.iter().take(SHOWN_SHEETS);
        let others: Vec<_> = others.map(|name| format!("\"{name}\"")).collect();
        let sheet = &self.sheet;
        (!others.is_empty()).then(|| {
            format!(
                "Only the workbook's first sheet, \"{sheet}\", is read; move the one with the products \
                 to the front if it is another ({})",
                others.join(", ")
            )
        })
    }
}

/// The names of the sheets of cells, in their order; those that are hidden only if all are.
fn sheets(workbook: &Xlsx<Cursor<&[u8]>>) -> Vec<String> {
    let all = workbook.sheets_metadata().iter();
    let all = all.filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let (shown, hidden): (Vec<_>, Vec<_>) =
        all.partition(|sheet| sheet.visible == SheetVisible::Visible);
    let sheets = if shown.is_empty() { hidden } else { shown };
    sheets.into_iter().map(|sheet| sheet.name.clone()).collect()
}

/// What a ZIP file is that is no workbook of the kind that is read.
fn other_kind(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Option<&'static str> {
    let has = |name: &str| archive.file_names().flatten().any(|file| file == name);
    if has("xl/workbook.xml") {
        return None;
    }
    Some(if has("xl/workbook.bin") {
        "a binary Excel workbook (.xlsb)"
    } else if has("word/document.xml") {
        "a Word document"
    } else if has("content.xml") {
        "an OpenDocument file (.ods)"
    } else if has("Index/Document.iwa") {
        "an Apple Numbers document"
    } else {
        "a ZIP file"
    })
}

/// Unfolds every part, whatever size it declares, and counts.
fn check_size(archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<(), WorkbookError> {
    let mut left = MAX_UNFOLDED;
    for part in 0..archive.len() {
        let part = archive.by_index(part)?;
        let has_texts = part.name().is_ok_and(|name| {
            let name = name.to_ascii_lowercase();
            name.ends_with("sharedstrings.xml")
        });
        let mut declared = Declared::default();
        let mut part = part.take(left + 1);
        let unfolded = match has_texts {
            true => io::copy(&mut part, &mut declared)?,
            false => io::copy(&mut part, &mut io::sink())?,
        };
        left = left.checked_sub(unfolded).ok_or(WorkbookError::TooLarge)?;
        if declared.most > unfolded {
            return Err(WorkbookError::TooManyTexts);
        }
    }
    Ok(())
}

/// Looks for how many texts a part says that it has: calamine reserves memory for so many, whatever it says.
#[derive(Default)]
struct Declared {
    /// How much of the attribute was read, in bytes of its name and what follows it.
    read: usize,
    number: u64,
    most: u64,
}

/// The attribute, up to its first digit; blanks may stand around `=`.
const ATTRIBUTE: &[u8] = b"uniqueCount=\"";

impl Declared {
    fn byte(&mut self, byte: u8) {
        let expected = ATTRIBUTE.get(self.read).copied();
        let around_sign = self.read + 2 >= ATTRIBUTE.len() && expected.is_some();
        let is_quote = expected == Some(b'"') && byte == b'\'';
        match expected {
            // Of UTF-16, ASCII is every other byte.
            _ if byte == 0 => {}
            Some(expected) if byte == expected || is_quote => {
                (self.read, self.number) = (self.read + 1, 0);
            }
            Some(_) if around_sign && byte.is_ascii_whitespace() => {}
            None if byte.is_ascii_digit() => {
                let more = self.number.saturating_mul(10);
                self.number = more.saturating_add(u64::from(byte - b'0'));
                self.most = self.most.max(self.number);
            }
            _ => self.read = usize::from(byte == ATTRIBUTE[0]),
        }
    }
}

impl Write for Declared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        bytes.iter().for_each(|byte| self.byte(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A sheet as a CSV. Rows without cells are empty lines, so that the rows keep their numbers.
fn to_csv(workbook: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Vec<u8>, WorkbookError> {
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let mut table = Table::default();
    while let Some(cell) = cells.next_cell()? {
        let (line, column) = cell.get_position();
        table.put(line, column, text(cell.get_value()))?;
    }
    table.finish()
}

/// A CSV that is being written. It has no more bytes than a workbook may unfold to: one text may stand in any number of
/// cells, for which a few bytes each say which it is.
#[derive(Default)]
struct Table {
    csv: Vec<u8>,
    /// The cells of the row that is being read.
    row: Vec<String>,
    /// Their bytes.
    bytes: u64,
    /// Number of that row, from 0.
    line: u32,
}

impl Table {
    /// A cell, which is behind all others so far.
    fn put(&mut self, line: u32, column: u32, text: String) -> Result<(), WorkbookError> {
        if column >= MAX_COLUMNS {
            return Err(WorkbookError::TooWide);
        }
        let place = column as usize;
        let behind = line > self.line || (line == self.line && place >= self.row.len());
        if line >= MAX_ROWS || !behind {
            let row = u64::from(line) + 1;
            return Err(WorkbookError::OutOfPlace { row });
        }
        while self.line < line {
            self.end_row()?;
            self.line += 1;
        }
        self.bytes += text.len() as u64;
        if self.csv.len() as u64 + self.bytes > MAX_UNFOLDED {
            return Err(WorkbookError::TooLarge);
        }
        self.row.resize(place, String::new());
        self.row.push(text);
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), WorkbookError> {
        self.bytes = 0;
        if self.row.is_empty() {
            self.csv.push(b'\n');
            return Ok(());
        }
        let mut writer = csv::WriterBuilder::new().from_writer(&mut self.csv);
        writer.write_record(&self.row)?;
        writer.flush()?;
        drop(writer);
        self.row.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, WorkbookError> {
        if !self.row.is_empty() {
            self.end_row()?;
        }
        Ok(self.csv)
    }
}

/// A cell as it is shown, but for how numbers are formatted; dates in ISO 8601.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Float(number) => shown(*number),
        DataRef::Bool(value) => value.to_string().to_uppercase(),
        DataRef::DateTime(date) => date_text(*date),
        other => Data::from(other.clone()).to_string(),
    }
}

/// A number with the 15 digits that spreadsheets show.
fn shown(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

fn date_text(date: ExcelDateTime) -> String {
    let value = date.as_f64();
    if date.is_duration() {
        return shown(value);
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (value < 1.0, value.fract() == 0.0) {
        (true, _) => time,
        (false, true) => date,
        (false, false) => format!("{date} {time}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            archive
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    /// A workbook of one sheet, as Excel writes them.
    fn workbook(sheet_data: &str) -> Vec<u8> {
        with_sheets(&[("Products", "")], sheet_data)
    }

    /// A workbook of one sheet whose fourth shared text is this.
    fn with_shared(text: &str, sheet_data: &str) -> Vec<u8> {
        made(&[("Products", "")], ("", text), sheet_data)
    }

    /// A workbook with sheets of these names and attributes, all with the same content.
    fn with_sheets(sheets: &[(&str, &str)], sheet_data: &str) -> Vec<u8> {
        made(sheets, ("", "Stühle, \"groß\""), sheet_data)
    }

    /// Sheets, attributes of the shared texts and the fourth of them, content.
    fn made(
        sheets: &[(&str, &str)],
        (attributes, shared): (&str, &str),
        sheet_data: &str,
    ) -> Vec<u8> {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let sheets = (1..).zip(sheets).map(|(id, (name, more))| {
            format!("<sheet name=\"{name}\" sheetId=\"{id}\" {more} r:id=\"rId1\"/>")
        });
        let sheets: String = sheets.collect();
        let book = format!(
            "{xml}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheets>{sheets}</sheets></workbook>"
        );
        let styles = format!(
            "{xml}<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
        );
        let relations = format!(
            "{xml}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"rId1\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
             <Relationship Id=\"rId2\" Type=\"{REL}/sharedStrings\" Target=\"sharedStrings.xml\"/>\
             <Relationship Id=\"rId3\" Type=\"{REL}/styles\" Target=\"styles.xml\"/></Relationships>"
        );
        let strings = format!(
            "{xml}<sst xmlns=\"{MAIN}\" {attributes}><si><t>S. No.</t></si><si><t>Product Name</t></si><si><t>Input Image Urls</t></si>\
             <si><t>{shared}</t></si><si><t>https://a/1.jpg\nhttps://a/2.jpg</t></si></sst>"
        );
        let sheet = format!(
            "{xml}<worksheet xmlns=\"{MAIN}\"><sheetData>{sheet_data}</sheetData></worksheet>"
        );
        let root = format!(
            "{xml}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"rId1\" Type=\"{REL}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        );
        zip(&[
            ("_rels/.rels", &root),
            ("xl/workbook.xml", &book),
            ("xl/_rels/workbook.xml.rels", &relations),
            ("xl/sharedStrings.xml", &strings),
            ("xl/styles.xml", &styles),
            ("xl/worksheets/sheet1.xml", &sheet),
        ])
    }

    const ROWS: &str = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"D1\" t=\"s\"><v>2</v></c></row>\
                        <row r=\"3\"><c r=\"A3\"><v>7</v></c><c r=\"B3\" t=\"s\"><v>3</v></c><c r=\"D3\" t=\"s\"><v>4</v></c></row>";

    #[test]
    fn the_first_sheet_is_a_csv() {
        let read = Workbook::read(&workbook(ROWS)).unwrap();
        assert_eq!(read.note(), None);
        assert_eq!(
            String::from_utf8(read.csv).unwrap(),
            "S. No.,Product Name,,Input Image Urls\n\n\
             7,\"Stühle, \"\"groß\"\"\",,\"https://a/1.jpg\nhttps://a/2.jpg\"\n"
        );
    }

    #[test]
    fn cells_are_as_they_are_shown() {
        let row = "<row r=\"1\"><c r=\"A1\"><v>0.30000000000000004</v></c><c r=\"B1\"><v>5901234123457</v></c>\
                   <c r=\"C1\" t=\"b\"><v>1</v></c><c r=\"D1\" s=\"1\"><v>45943</v></c>\
                   <c r=\"E1\" s=\"1\"><v>45943.5</v></c><c r=\"F1\" s=\"1\"><v>0.5</v></c>\
                   <c r=\"G1\" t=\"str\"><f>A1&amp;\"x\"</f><v>0.3x</v></c><c r=\"H1\" t=\"e\"><v>#N/A</v></c></row>";
        let csv = Workbook::read(&workbook(row)).unwrap().csv;
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "0.3,5901234123457,TRUE,2025-10-13,2025-10-13 12:00:00,12:00:00,0.3x,#N/A\n"
        );
    }

    #[test]
    fn the_first_sheet_that_is_shown_is_read_and_the_others_are_named() {
        let hidden = "state=\"hidden\"";
        let book = [("Lists", hidden), ("Products", ""), ("Notes", "")];
        let read = Workbook::read(&with_sheets(&book, ROWS)).unwrap();
        let note = read.note().unwrap();
        assert!(
            note.contains("first sheet, \"Products\", is read"),
            "{note}"
        );
        assert!(note.ends_with("(\"Notes\")"), "{note}");
    }

    #[test]
    fn a_cell_far_away_does_not_fill_the_memory() {
        let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
        let error = Workbook::read(&workbook(far)).unwrap_err();
        assert!(error.to_string().contains("beyond column 1000"), "{error}");
    }

    #[test]
    fn cells_that_are_out_of_place_are_refused_and_not_moved() {
        for (cells, row) in [
            (
                "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>2</v></c></row>",
                "row 1;",
            ),
            (
                "<row r=\"1\"><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>",
                "row 1;",
            ),
            (
                "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>2</v></c></row>",
                "row 1;",
            ),
            (
                "<row r=\"4000000000\"><c r=\"A4000000000\"><v>1</v></c></row>",
                "row 4000000000;",
            ),
        ] {
            let error = Workbook::read(&workbook(cells)).unwrap_err().to_string();
            assert!(
                error.contains("out of order or beyond row 1048576"),
                "{error}"
            );
            assert!(error.contains(row), "{error}");
        }
    }

    /// Memory would be reserved for as many.
    #[test]
    fn more_texts_than_there_can_be_are_refused() {
        let with = |attributes: &str| {
            let book = made(&[("Products", "")], (attributes, "x"), ROWS);
            Workbook::read(&book).map_err(|error| error.to_string())
        };
        assert!(with("count=\"9000000000000\" uniqueCount=\"5\"").is_ok());
        for many in ["100000000000", "99999999999999999999999"] {
            for said in [format!("=\"{many}\""), format!(" = '{many}'")] {
                let refused = with(&format!("uniqueCount{said}")).unwrap_err();
                assert!(
                    refused.contains("more texts than it has bytes"),
                    "{refused}"
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused_and_nothing_panics() {
        for row in [
            "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>99</v></c></row>",
            "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>-1</v></c></row>",
            "<row r=\"1\"><c r=\"AAAAAAAAAAAA1\"><v>1</v></c></row>",
            "<row r=\"1\"><c r=\"A99999999999\"><v>1</v></c></row>",
            "<row r=\"0\"><c r=\"A0\"><v>1</v></c></row>",
            "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>1e308</v></c></row>",
            "<row r=\"1\"><c r=\"A1\" s=\"99999999999999\"><v>1</v></c></row>",
        ] {
            let read = Workbook::read(&workbook(row));
            let said = read.map_or_else(|error| error.to_string(), |_| String::new());
            assert!(said.is_empty() || said.contains("save it as CSV"), "{said}");
        }
    }

    /// The fourth of the shared texts, again and again.
    #[test]
    fn a_text_that_stands_in_many_cells_is_counted_in_each() {
        let long = "x".repeat(1_000_000);
        let cell =
            |row: usize| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>3</v></c></row>");
        let rows: String = (1..=100).map(cell).collect();
        let wide = "<c t=\"s\"><v>3</v></c>".repeat(100);
        for data in [rows, format!("<row r=\"1\">{wide}</row>")] {
            let mut book = with_shared("Stühle, \"groß\"", &data);
            assert!(Workbook::read(&book).is_ok());
            book = with_shared(&long, &data);
            assert!(book.len() < 100_000);
            let error = Workbook::read(&book).unwrap_err();
            assert!(matches!(error, WorkbookError::TooLarge), "{error}");
        }
    }

    #[test]
    fn what_unfolds_to_too_much_is_refused_before_it_is_read() {
        let zeros = "0".repeat(usize::try_from(MAX_UNFOLDED).unwrap() + 1);
        let bomb = zip(&[("xl/workbook.xml", &zeros)]);
        assert!(bomb.len() < 1_000_000);
        let error = Workbook::read(&bomb).unwrap_err();
        assert!(matches!(error, WorkbookError::TooLarge));
        assert!(
            error.to_string().contains("unfolds to more than"),
            "{error}"
        );
    }

    #[test]
    fn other_files_are_called_by_their_names() {
        for (part, name) in [
            ("content.xml", "OpenDocument"),
            ("word/document.xml", "Word"),
            ("xl/workbook.bin", ".xlsb"),
            ("a.txt", "a ZIP file"),
        ] {
            let error = Workbook::read(&zip(&[(part, "")])).unwrap_err();
            assert!(matches!(error, WorkbookError::OtherKind { .. }));
            assert!(error.to_string().contains(name), "{error}");
        }
        let cut_off = Workbook::read(b"PK\x03\x04");
        assert!(matches!(cut_off, Err(WorkbookError::Zip(_))));
    }
}
