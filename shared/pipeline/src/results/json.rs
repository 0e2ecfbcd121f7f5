//! A row of the results as one JSON object, with the names that the status of a request has.

use serde::Serialize;

use super::{ImageResult, RowReport, RowResult};
use crate::request::{ImageFailure, ImageStatus};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    row: u64,
    serial_number: &'a str,
    product_name: &'a str,
    /// Null where each image has its own.
    status: Option<&'static str>,
    error: Option<Failure<'a>>,
    images: Vec<Image<'a>>,
    /// A list: titles need not differ.
    columns: Vec<Column<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Image<'a> {
    input_url: &'a str,
    output_url: Option<&'a str>,
    position: usize,
    status: ImageStatus,
    error: Option<&'a ImageFailure>,
    bytes_in: Option<u64>,
    bytes_out: Option<u64>,
    kept: bool,
    unchanged: bool,
    notes: &'a [String],
    round: u32,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Column<'a> {
    title: &'a str,
    value: &'a str,
}

/// The object of one row, without a line break.
///
/// # Errors
/// None that is known: texts and numbers always serialize.
pub fn row(report: &RowReport<'_>) -> serde_json::Result<Vec<u8>> {
    let (status, error, images) = match &report.result {
        RowResult::Images(images) => (None, None, images.as_slice()),
        RowResult::NoImage => (Some("No image"), None, &[][..]),
        RowResult::Skipped(error) => {
            let (code, message) = (error.code.as_str(), error.message.as_str());
            (Some("Skipped"), Some(Failure { code, message }), &[][..])
        }
    };
    let column = |&(title, value)| Column { title, value };
    serde_json::to_vec(&Row {
        row: report.row,
        serial_number: report.id,
        product_name: report.name,
        status,
        error,
        images: images.iter().enumerate().map(image).collect(),
        columns: report.further.iter().map(column).collect(),
    })
}

fn image((position, image): (usize, &ImageResult)) -> Image<'_> {
    Image {
        input_url: &image.input_url,
        output_url: image.output_url.as_deref(),
        position,
        status: image.status,
        error: image.error.as_ref(),
        bytes_in: image.bytes_in,
        bytes_out: image.bytes_out,
        kept: image.kept,
        unchanged: image.unchanged,
        notes: &image.notes,
        round: image.round,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::manifest::RowError;

    fn object(result: RowResult<'_>) -> Value {
        let report = RowReport {
            row: 2,
            id: "=1",
            name: "Chair\n\"red\"",
            result,
            further: vec![("Note", "a"), ("Note", "b")],
        };
        let text = row(&report).unwrap();
        assert!(!text.contains(&b'\n'));
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn a_row_holds_all_that_the_csv_holds() {
        let images = vec![ImageResult {
            input_url: "https://a/1.jpg".into(),
            output_url: None,
            status: ImageStatus::Failed,
            error: Some(ImageFailure {
                code: "not_an_image".into(),
                message: "it is not a picture".into(),
                sniffed: Some("text/html, title \"Sign in\"".into()),
            }),
            bytes_in: None,
            bytes_out: None,
            kept: false,
            unchanged: false,
            notes: Vec::new(),
            round: 2,
        }];
        assert_eq!(
            object(RowResult::Images(images)),
            json!({
                "row": 2, "serialNumber": "=1", "productName": "Chair\n\"red\"", "status": null,
                "error": null,
                "images": [{
                    "inputUrl": "https://a/1.jpg", "outputUrl": null, "position": 0,
                    "status": "Failed", "error": {
                        "code": "not_an_image", "message": "it is not a picture",
                        "sniffed": "text/html, title \"Sign in\"",
                    },
                    "bytesIn": null, "bytesOut": null, "kept": false, "unchanged": false, "notes": [], "round": 2,
                }],
                "columns": [{"title": "Note", "value": "a"}, {"title": "Note", "value": "b"}],
            })
        );
    }

    #[test]
    fn rows_without_an_image_and_skipped_rows_say_so() {
        assert_eq!(object(RowResult::NoImage)["status"], "No image");
        let error = RowError {
            line: 2,
            code: "invalid_url".into(),
            message: "no".into(),
        };
        let skipped = object(RowResult::Skipped(&error));
        assert_eq!(skipped["status"], "Skipped");
        assert_eq!(
            skipped["error"],
            json!({"code": "invalid_url", "message": "no"})
        );
        assert_eq!(skipped["images"], json!([]));
    }
}
