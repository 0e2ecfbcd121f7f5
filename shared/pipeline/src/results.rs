//! Writes the results CSV: one line per product, with what became of its images; no I/O.
//!
//! Cells of several images are lists in the order of the input URLs, joined by `", "`.

use crate::request::ImageStatus;

const HEADER: [&str; 8] = [
    "S. No.",
    "Product Name",
    "Input Image Urls",
    "Output Image Urls",
    "Status",
    "Error",
    "Bytes In",
    "Bytes Out",
];

/// What became of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageResult {
    /// Where it was fetched.
    pub input_url: String,
    /// Where its output is; `None` unless it succeeded.
    pub output_url: Option<String>,
    /// How it ended.
    pub status: ImageStatus,
    /// Error code; `None` unless it failed.
    pub error: Option<String>,
    /// Bytes fetched, where anything was.
    pub bytes_in: Option<u64>,
    /// Bytes written; `None` unless it succeeded.
    pub bytes_out: Option<u64>,
}

/// What became of one product's images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductResult {
    /// The input `S. No.`.
    pub serial_number: String,
    /// The input `Product Name`.
    pub product_name: String,
    /// Its images, in order.
    pub images: Vec<ImageResult>,
}

/// The header line.
#[must_use]
pub fn header() -> Vec<u8> {
    line(HEADER.map(str::to_owned))
}

/// The line of one product.
#[must_use]
pub fn product(result: &ProductResult) -> Vec<u8> {
    let images = &result.images;
    line([
        neutral(&result.serial_number),
        neutral(&result.product_name),
        neutral(&list(images, |image| image.input_url.clone())),
        neutral(&list(images, |image| {
            image.output_url.clone().unwrap_or_default()
        })),
        list(images, |image| image.status.to_string()),
        list(images, |image| image.error.clone().unwrap_or_default()),
        list(images, |image| number(image.bytes_in)),
        list(images, |image| number(image.bytes_out)),
    ])
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

/// Keeps spreadsheets from running a cell as a formula.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn neutral(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn line(cells: [String; 8]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory cannot fail.
    let written = writer.write_record(&cells).is_ok();
    debug_assert!(written, "a record of eight cells is always writable");
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(status: ImageStatus) -> ImageResult {
        let done = status == ImageStatus::Succeeded;
        ImageResult {
            input_url: "https://a/1.jpg".into(),
            output_url: done.then(|| "https://b/1.jpg".into()),
            status,
            error: (!done).then(|| "timeout".into()),
            bytes_in: done.then_some(10),
            bytes_out: done.then_some(5),
        }
    }

    #[test]
    fn lists_keep_the_order_of_the_urls() {
        let result = ProductResult {
            serial_number: "1".into(),
            product_name: "Chair, red".into(),
            images: vec![image(ImageStatus::Succeeded), image(ImageStatus::Failed)],
        };
        assert_eq!(
            String::from_utf8(product(&result)).unwrap(),
            "1,\"Chair, red\",\"https://a/1.jpg, https://a/1.jpg\",\"https://b/1.jpg, \",\
             \"Succeeded, Failed\",\", timeout\",\"10, \",\"5, \"\r\n"
        );
    }

    #[test]
    fn formulas_are_text() {
        let result = ProductResult {
            serial_number: "-1".into(),
            product_name: "=HYPERLINK(\"http://evil\")".into(),
            images: vec![image(ImageStatus::Succeeded)],
        };
        let line = String::from_utf8(product(&result)).unwrap();
        assert!(line.starts_with("'-1,\"'=HYPERLINK"), "{line}");
    }
}
