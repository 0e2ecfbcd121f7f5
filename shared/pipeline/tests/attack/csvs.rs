//! CSVs that mean to cost much or to be misread: each is understood or refused in words, soon and in little memory.

use std::fmt::Write;
use std::io::Write as _;
use std::time::{Duration, Instant};

use halftone_pipeline::jobs::accept;
use halftone_pipeline::manifest::{Hints, Look, ManifestLimits, Workbook, is_zip, validate};

/// As large as an upload may be.
const UPLOAD: usize = 4 << 20;
/// The template's bounds.
const LIMITS: ManifestLimits = ManifestLimits {
    max_rows: 10_000,
    max_urls_per_row: 100,
    max_images: 2_000_000,
    max_cell_bytes: 1_024,
};
/// Twice as much as a workbook may unfold to, in megabytes.
const BOMB: usize = 128;
/// Longest time for one, where nothing is optimised and the machine is busy.
const LONG: Duration = Duration::from_secs(60);
/// What all of them together may take, in kB, beside the largest file itself.
const MEMORY: u64 = 400_000;

/// How a file is read: `Ok` with its images, or what its owner is told.
fn read(file: &[u8]) -> Result<u64, String> {
    let mut text = file.to_vec();
    if is_zip(file) {
        text = Workbook::read(file).map_err(|error| error.to_string())?.csv;
    }
    let look = Look::at(&text[..]).map_err(|error| error.to_string())?;
    let hints = Hints::default();
    let (reading, titles) = accept::reading(&look, &hints).map_err(|error| error.to_string())?;
    let understood = validate(&text[..], &reading, &titles, LIMITS);
    let understood = understood.map_err(|error| error.to_string())?;
    Ok(understood.images)
}

fn table(rows: &str) -> Vec<u8> {
    format!("S. No.,Product Name,Input Image Urls\n{rows}").into_bytes()
}

/// A zip with one file of so many of these bytes.
fn zip_of(name: &str, byte: u8, megabytes: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("[Content_Types].xml", "<Types/>"),
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.start_file(name, options).unwrap();
    let part = vec![byte; 1 << 20];
    for _ in 0..megabytes {
        zip.write_all(&part).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let good = "http://shop.example/a.jpg";
    let row = format!("1,A,{good}\n");
    let mut many = String::from("S. No.,Product Name,Input Image Urls");
    while many.len() < UPLOAD - 100 {
        many.push_str(",x");
    }
    let mut links = String::new();
    while links.len() < UPLOAD - 200 {
        let _ = write!(links, "http://a.example/{} ", links.len());
    }
    let cell = "x".repeat(1 << 20);
    vec![
        ("nothing", Vec::new()),
        ("a byte order mark alone", b"\xef\xbb\xbf".to_vec()),
        ("NULs", vec![0; UPLOAD]),
        ("a NUL in a cell", table("1,A\0,http://a.example/a.jpg\n")),
        (
            "UTF-16 NULs",
            [&b"\xff\xfe"[..], &vec![0; UPLOAD - 2]].concat(),
        ),
        ("a lone surrogate", b"\xff\xfea\0\x00\xd8b\0".to_vec()),
        ("UTF-32", b"\xff\xfe\0\0S\0\0\0".to_vec()),
        ("new lines", vec![b'\n'; UPLOAD]),
        ("carriage returns", vec![b'\r'; UPLOAD]),
        ("quotes", vec![b'"'; UPLOAD]),
        ("an odd number of quotes", vec![b'"'; UPLOAD - 1]),
        ("delimiters", vec![b','; UPLOAD]),
        ("semicolons, commas and tabs", b",;\t|".repeat(UPLOAD / 4)),
        ("a million columns", many.clone().into_bytes()),
        (
            "a million columns and a row",
            format!("{many}\n{row}").into_bytes(),
        ),
        ("one line without end", vec![b'a'; UPLOAD]),
        ("a name of a megabyte", table(&format!("1,{cell},{good}\n"))),
        (
            "a number of a megabyte",
            table(&format!("{cell},A,{good}\n")),
        ),
        (
            "a URL of a megabyte",
            table(&format!("1,A,http://a.example/{cell}\n")),
        ),
        (
            "a further cell of a megabyte",
            format!("S. No.,Product Name,Input Image Urls,Note\n1,A,{good},{cell}\n").into_bytes(),
        ),
        (
            "a title of a megabyte",
            format!("S. No.,Product Name,Input Image Urls,{cell}\n1,A,{good},x\n").into_bytes(),
        ),
        (
            "a quote that is never closed",
            table(&format!("1,\"A,{good}\n{}", row.repeat(100_000))),
        ),
        (
            "a hundred thousand URLs in a cell",
            table(&format!("1,A,\"{links}\"\n")),
        ),
        ("a hundred thousand rows", table(&row.repeat(100_000))),
        (
            "a hundred thousand bad rows",
            table(&"1,A,ftp://a/\n".repeat(100_000)),
        ),
        (
            "the header again and again",
            "S. No.,Product Name,Input Image Urls\n"
                .repeat(100_000)
                .into_bytes(),
        ),
        (
            "titles without end above no header",
            "Price list\n".repeat(300_000).into_bytes(),
        ),
        ("sep lines", "sep=;\n".repeat(300_000).into_bytes()),
        (
            "marks that turn text around",
            table(&format!("\u{202e}1,\u{202e}A,{good}\u{202e}\n")),
        ),
        ("a zip that is none", b"PK\x03\x04".repeat(UPLOAD / 4)),
        (
            "a bomb as a sheet",
            zip_of("xl/worksheets/sheet1.xml", b' ', BOMB),
        ),
        (
            "a bomb as shared strings",
            zip_of("xl/sharedStrings.xml", b'<', BOMB),
        ),
        (
            "a bomb beside the sheet",
            zip_of("xl/media/image1.png", 0, BOMB),
        ),
        (
            "a picture",
            std::fs::read(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../events/photos/cat.jpg"
            ))
            .unwrap(),
        ),
        (
            "a page",
            b"<!doctype html><table><tr><td>http://a.example/a.jpg</table>".to_vec(),
        ),
    ]
}

/// The most memory that this process has had, in kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn hostile_csvs_are_understood_or_refused_soon_and_in_little_memory() {
    let files = files();
    let before = peak();
    for (what, file) in files {
        let began = Instant::now();
        let read = read(&file);
        let (took, said) = (began.elapsed(), format!("{read:?}"));
        println!(
            "{what}: {took:?}, {} kB: {}",
            peak(),
            said.chars().take(120).collect::<String>()
        );
        assert!(took < LONG, "{what} took {took:?}");
        // Refused in a sentence, not with what it was made of.
        assert!(
            said.len() < 20_000,
            "{what}: {} bytes were said",
            said.len()
        );
    }
    assert!(peak() - before < MEMORY, "{} kB", peak() - before);
}
