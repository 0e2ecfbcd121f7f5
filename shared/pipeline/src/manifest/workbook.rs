//! Excel workbooks: the first sheet as a CSV, which is what is kept, read and given back from then on.
//!
//! A ZIP file can unfold to anything, so it is unfolded once into nothing and counted before it is read.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader, Xlsx};
use zip::ZipArchive;

/// Most bytes that a workbook may unfold to.
const MAX_UNFOLDED: u64 = 64 * 1024 * 1024;
/// Most columns of a sheet: more than any shop has.
const MAX_COLUMNS: u32 = 1_000;

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

/// The first sheet of a workbook as a CSV in UTF-8.
///
/// # Errors
/// When it is another kind of file, or one that cannot be read within its bounds.
pub fn to_csv(file: &[u8]) -> Result<Vec<u8>, WorkbookError> {
    let mut archive = ZipArchive::new(Cursor::new(file))?;
    if let Some(kind) = other_kind(&mut archive) {
        return Err(WorkbookError::OtherKind { kind });
    }
    check_size(&mut archive)?;
    first_sheet(file)
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
        let unfolded = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())?;
        left = left.checked_sub(unfolded).ok_or(WorkbookError::TooLarge)?;
    }
    Ok(())
}

fn first_sheet(file: &[u8]) -> Result<Vec<u8>, WorkbookError> {
    let mut workbook = Xlsx::new(Cursor::new(file))?;
    let sheets = workbook.sheet_names();
    let sheet = sheets.first().ok_or(WorkbookError::NoSheet)?;
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    let (mut row, mut at) = (Vec::new(), 0);
    while let Some(cell) = cells.next_cell()? {
        let (line, column) = cell.get_position();
        if column >= MAX_COLUMNS {
            return Err(WorkbookError::TooWide);
        }
        if line != at && !row.is_empty() {
            writer.write_record(&row)?;
            row.clear();
        }
        at = line;
        row.resize(row.len().max(column as usize), String::new());
        row.push(text(cell.get_value()));
    }
    if !row.is_empty() {
        writer.write_record(&row)?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}

/// A cell as it is shown, but for how numbers and dates are formatted.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::SharedString(text) => (*text).to_owned(),
        other => Data::from(other.clone()).to_string(),
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
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let book = format!(
            "{xml}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheets><sheet name=\"Products\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
        );
        let relations = format!(
            "{xml}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"rId1\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
             <Relationship Id=\"rId2\" Type=\"{REL}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
        );
        let strings = format!(
            "{xml}<sst xmlns=\"{MAIN}\"><si><t>S. No.</t></si><si><t>Product Name</t></si><si><t>Input Image Urls</t></si>\
             <si><t>Stühle, \"groß\"</t></si><si><t>https://a/1.jpg\nhttps://a/2.jpg</t></si></sst>"
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
            ("xl/worksheets/sheet1.xml", &sheet),
        ])
    }

    const ROWS: &str = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"D1\" t=\"s\"><v>2</v></c></row>\
                        <row r=\"3\"><c r=\"A3\"><v>7</v></c><c r=\"B3\" t=\"s\"><v>3</v></c><c r=\"D3\" t=\"s\"><v>4</v></c></row>";

    #[test]
    fn the_first_sheet_is_a_csv() {
        let csv = to_csv(&workbook(ROWS)).unwrap();
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "S. No.,Product Name,,Input Image Urls\n\
             7,\"Stühle, \"\"groß\"\"\",,\"https://a/1.jpg\nhttps://a/2.jpg\"\n"
        );
    }

    #[test]
    fn a_cell_far_away_does_not_fill_the_memory() {
        let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
        let error = to_csv(&workbook(far)).unwrap_err();
        assert!(error.to_string().contains("beyond column 1000"), "{error}");
    }

    #[test]
    fn what_unfolds_to_too_much_is_refused_before_it_is_read() {
        let zeros = "0".repeat(usize::try_from(MAX_UNFOLDED).unwrap() + 1);
        let bomb = zip(&[("xl/workbook.xml", &zeros)]);
        assert!(bomb.len() < 1_000_000);
        let error = to_csv(&bomb).unwrap_err();
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
            let error = to_csv(&zip(&[(part, "")])).unwrap_err();
            assert!(matches!(error, WorkbookError::OtherKind { .. }));
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(matches!(to_csv(b"PK\x03\x04"), Err(WorkbookError::Zip(_))));
    }
}
