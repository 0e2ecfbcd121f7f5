//! The results CSV: one line per row of the input.
//!
//! Cells of several images are lists in the order of the input URLs, joined by `", "`.

use super::{ImageResult, RowReport, RowResult};
use crate::request::ImageFailure;

/// Tells spreadsheets that the text is UTF-8: without it they show accents wrong.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const HEADER: [&str; 13] = [
    "S. No.",
    "Product Name",
    "Input Image Urls",
    "Output Image Urls",
    "Status",
    "Error",
    "Bytes In",
    "Bytes Out",
    "Error Detail",
    "Kept",
    "Notes",
    "Round",
    "Unchanged",
];

/// The header line, with the titles of the input's further columns.
#[must_use]
pub fn header<'a>(further: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let titles = HEADER.map(str::to_owned).into_iter();
    [BYTE_ORDER_MARK, &line(titles.chain(further.map(neutral)))].concat()
}

/// The line of one row: its id, its name, what became of it, and its further columns.
#[must_use]
pub fn row(report: &RowReport<'_>) -> Vec<u8> {
    let own = match &report.result {
        RowResult::Images(images) => of_images(images),
        RowResult::NoImage => without_images("No image", "", ""),
        RowResult::Skipped(error) => without_images("Skipped", &error.code, &error.message),
    };
    let names = [neutral(report.id), neutral(report.name)].into_iter();
    let further = report.further.iter().map(|(_, value)| neutral(value));
    line(names.chain(own).chain(further))
}

fn of_images(images: &[ImageResult]) -> [String; 11] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let failure = |image: &ImageResult, told: fn(&ImageFailure) -> String| {
        image.error.as_ref().map(told).unwrap_or_default()
    };
    let yes = |flag: bool| if flag { "yes" } else { "" }.to_owned();
    [
        neutral(&list(images, |image| image.input_url.clone())),
        neutral(&list(images, |image| text(&image.output_url))),
        list(images, |image| image.status.to_string()),
        list(images, |image| failure(image, |error| error.code.clone())),
        list(images, |image| number(image.bytes_in)),
        list(images, |image| number(image.bytes_out)),
        neutral(&list(images, |image| failure(image, ImageFailure::detail))),
        list(images, |image| yes(image.kept)),
        list(images, |image| image.notes.join("; ")),
        list(images, |image| image.round.to_string()),
        list(images, |image| yes(image.unchanged)),
    ]
}

fn without_images(status: &str, error: &str, detail: &str) -> [String; 11] {
    let none = String::new;
    let (status, error) = (status.to_owned(), error.to_owned());
    let detail = neutral(detail);
    [
        none(),
        none(),
        status,
        error,
        none(),
        none(),
        detail,
        none(),
        none(),
        none(),
        none(),
    ]
}

fn list(images: &[ImageResult], cell: impl Fn(&ImageResult) -> String) -> String {
    let cells: Vec<_> = images.iter().map(cell).collect();
    // A list of nothing is an empty cell, not a row of commas.
    if cells.iter().all(String::is_empty) {
        String::new()
    } else {
        cells.join(", ")
    }
}

fn number(value: Option<u64>) -> String {
    value.map(|bytes| bytes.to_string()).unwrap_or_default()
}

/// Keeps spreadsheets from running a cell as a formula, or what becomes a cell where a semicolon or a tab separates them
/// and quotes in the middle of a line are none: so Excel reads this file in half of Europe.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn neutral(cell: &str) -> String {
    let runs = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let mut text = String::with_capacity(cell.len() + 1);
    if cell.starts_with(['\t', '\r', '\n']) {
        text.push('\'');
    }
    let mut begins = true;
    for c in cell.chars() {
        if begins && runs(c) {
            text.push('\'');
        }
        begins = matches!(c, ';' | '\t' | '\r' | '\n') || begins && c == '"';
        text.push(c);
    }
    text
}

fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory cannot fail.
    let written = writer.write_record(cells.collect::<Vec<_>>()).is_ok();
    debug_assert!(written, "a record is always writable to memory");
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::RowError;
    use crate::request::ImageStatus;

    fn image(status: ImageStatus) -> ImageResult {
        let done = status == ImageStatus::Succeeded;
        ImageResult {
            input_url: "https://a/1.jpg".into(),
            output_url: done.then(|| "https://b/1.jpg".into()),
            status,
            error: (!done).then(|| ImageFailure {
                code: "timeout".into(),
                message: "no data within 5 s".into(),
                sniffed: None,
            }),
            bytes_in: done.then_some(10),
            bytes_out: done.then_some(5),
            kept: false,
            unchanged: false,
            notes: Vec::new(),
            round: 1,
        }
    }

    fn text(id: &str, name: &str, result: RowResult<'_>, further: &[&str]) -> String {
        let report = RowReport {
            row: 2,
            id,
            name,
            result,
            further: further.iter().map(|value| ("", *value)).collect(),
        };
        String::from_utf8(row(&report)).unwrap()
    }

    #[test]
    fn lists_keep_the_order_of_the_urls() {
        let mut images = vec![image(ImageStatus::Succeeded), image(ImageStatus::Failed)];
        images[0].unchanged = true;
        images[0].notes = vec!["its HDR gain map is left out".into()];
        assert_eq!(
            text("1", "Chair, red", RowResult::Images(images), &["oak"]),
            "1,\"Chair, red\",\"https://a/1.jpg, https://a/1.jpg\",\"https://b/1.jpg, \",\
             \"Succeeded, Failed\",\", timeout\",\"10, \",\"5, \",\", no data within 5 s\",,\
             \"its HDR gain map is left out, \",\"1, 1\",\"yes, \",oak\r\n"
        );
    }

    #[test]
    fn rows_without_an_image_and_skipped_rows_say_so() {
        assert_eq!(
            text("1", "Gift card", RowResult::NoImage, &[]),
            "1,Gift card,,,No image,,,,,,,,\r\n"
        );
        let error = RowError {
            line: 3,
            code: "invalid_url".into(),
            message: "\"x\" cannot be fetched".into(),
        };
        assert_eq!(
            text("2", "", RowResult::Skipped(&error), &[]),
            "2,,,,Skipped,invalid_url,,,\"\"\"x\"\" cannot be fetched\",,,,\r\n"
        );
    }

    #[test]
    fn formulas_are_text_where_other_signs_separate_cells_too() {
        for (cell, told) in [
            ("a;=1+1", "a;'=1+1"),
            ("a;\"=cmd|' /C calc'!A0;", "\"a;\"\"'=cmd|' /C calc'!A0;\""),
            ("a\n@x", "\"a\n'@x\""),
            ("a\t-1", "a\t'-1"),
            ("\t=1", "'\t'=1"),
            ("a;b=c; -d", "a;b=c; -d"),
            ("https://a/x;v=1.jpg", "https://a/x;v=1.jpg"),
        ] {
            let line = text("1", "A", RowResult::NoImage, &[cell]);
            assert!(line.ends_with(&format!(",{told}\r\n")), "{line}");
        }
    }

    #[test]
    fn formulas_are_text_and_spreadsheets_are_told_the_encoding() {
        let line = text(
            "-1",
            "=HYPERLINK(\"http://evil\")",
            RowResult::NoImage,
            &["@x"],
        );
        assert!(line.starts_with("'-1,\"'=HYPERLINK"), "{line}");
        assert!(line.ends_with("'@x\r\n"), "{line}");
        let header = header(["Größe"].into_iter());
        let header = std::str::from_utf8(&header).unwrap();
        assert!(header.starts_with("\u{feff}S. No.,Product Name,Input Image Urls,Output"));
        assert!(header.ends_with(",Error Detail,Kept,Notes,Round,Unchanged,Größe\r\n"));
    }
}
