//! A request as its owner sees it.

use halftone_pipeline::jobs::completion::output_url;
use halftone_pipeline::manifest::RowError;
use halftone_pipeline::request::{
    ImageFailure, ImageStatus, Progress, RequestId, RequestStatus, Savings, Timestamp,
};
use halftone_pipeline::services::store::{Image, Request};
use serde::Serialize;

use crate::cursor;

/// Size at which a page ends: Lambda answers with at most 6 MB, escaped once more as JSON.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// The answer of the status call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusBody {
    status: RequestStatus,
    round: u32,
    /// Null while pending.
    data: Option<Data>,
    progress: Progress,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<Option<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    request_id: RequestId,
    product_name: String,
    images: Vec<ImageBody>,
    savings: Savings,
    created_at: Timestamp,
    completed_at: Option<Timestamp>,
    /// Why the CSV was refused; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

#[derive(Serialize)]
struct Failure {
    code: String,
    message: String,
    errors: Vec<RowError>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImageBody {
    input_url: String,
    output_url: Option<String>,
    product_name: String,
    serial_number: String,
    row: u64,
    position: u32,
    status: ImageStatus,
    error: Option<ImageFailure>,
    bytes_in: Option<u64>,
    bytes_out: Option<u64>,
    round: u32,
}

/// The answer for a request that has not ended.
pub fn pending(request: &Request) -> StatusBody {
    let progress = request.progress();
    StatusBody {
        status: request.status,
        round: request.round,
        data: None,
        progress,
        next_cursor: None,
    }
}

/// The answer for a request that has ended, with one page of its images; `images` may hold one
/// more than `limit`, which tells that there are more pages. A page ends early where the answer would
/// become larger than Lambda may send.
pub fn ended(request: Request, images: Vec<Image>, limit: usize) -> StatusBody {
    let base = request.output_base.clone().unwrap_or_default();
    let mut page = Vec::new();
    let (mut bytes, mut next) = (0, None);
    for image in images {
        let ordinal = image.place.ordinal;
        let body = image_body(&base, image);
        bytes += body.bytes_at_most();
        if page.len() == limit || (bytes > MAX_PAGE_BYTES && !page.is_empty()) {
            next = Some(cursor::encode(ordinal));
            break;
        }
        page.push(body);
    }
    StatusBody {
        status: request.status,
        round: request.round,
        progress: request.progress(),
        next_cursor: Some(next),
        data: Some(Data {
            request_id: request.id,
            product_name: request.product_name,
            images: page,
            savings: request.savings,
            created_at: request.created_at,
            completed_at: request.ended_at,
            error: request.failure.map(|failure| Failure {
                code: failure.code,
                message: failure.message,
                errors: failure.rows,
            }),
        }),
    }
}

impl ImageBody {
    /// How long it is as JSON, at the most: every character of a text may need six.
    fn bytes_at_most(&self) -> usize {
        let error = self.error.as_ref();
        let texts = [
            self.input_url.as_str(),
            self.output_url.as_deref().unwrap_or_default(),
            &self.product_name,
            &self.serial_number,
            error.map_or("", |error| &error.message),
            error
                .and_then(|error| error.sniffed.as_deref())
                .unwrap_or_default(),
        ];
        let escaped = |text: &&str| {
            let long = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
            text.len() + 5 * text.bytes().filter(long).count()
        };
        400 + texts.iter().map(escaped).sum::<usize>()
    }
}

fn image_body(base: &str, image: Image) -> ImageBody {
    ImageBody {
        output_url: output_url(base, &image),
        bytes_in: image.success.as_ref().map(|success| success.input.bytes),
        bytes_out: image.success.as_ref().map(|success| success.output.bytes),
        input_url: image.input_url,
        product_name: image.product_name,
        serial_number: image.serial_number,
        row: image.row,
        position: image.position,
        status: image.status,
        round: image.round,
        error: image.error,
    }
}

#[cfg(test)]
mod tests {
    use halftone_pipeline::manifest::Product;
    use halftone_pipeline::request::{OutputOptions, OwnerId};
    use halftone_pipeline::services::store::{NewRequest, RequestFailure, Source, SourceKind};

    use super::*;

    fn request() -> Request {
        let new = NewRequest {
            id: RequestId::random(),
            owner_id: OwnerId("owner".into()),
            source: Source {
                kind: SourceKind::Upload,
                bucket: None,
                key: None,
                version: None,
                sha256: String::new(),
                bytes: 0,
            },
            options: OutputOptions::default(),
            webhook_url: None,
            idempotency_key: None,
            now: Timestamp::now(),
            deadline_hours: 24,
            retention_days: 30,
        };
        new.refused(RequestFailure {
            code: "empty_file".into(),
            message: "the file is empty".into(),
            rows: Vec::new(),
        })
    }

    /// Images of one product, each with a URL of so many bytes.
    fn images(request: &Request, count: usize, bytes: usize) -> Vec<Image> {
        let product = Product {
            row: 2,
            serial_number: "1".into(),
            name: "\"".repeat(100),
            urls: vec!["x".repeat(bytes); count],
        };
        Image::of_product(request, &product, 0, Timestamp::now())
    }

    #[test]
    fn pages_end_at_their_limit_and_at_what_an_answer_can_hold() {
        let request = request();
        let page = |count, bytes, limit| {
            let body = ended(request.clone(), images(&request, count, bytes), limit);
            let json = serde_json::to_string(&body).unwrap();
            let next = body.next_cursor.flatten();
            (body.data.unwrap().images.len(), next, json.len())
        };
        assert_eq!(page(4, 10, 3).0, 3);
        assert_eq!(page(4, 10, 3).1, Some(cursor::encode(3)));
        assert_eq!(page(3, 10, 3).1, None);
        let (shown, next, bytes) = page(1_001, 8_192, 1_000);
        assert!(
            shown < 1_000 && bytes <= MAX_PAGE_BYTES + 1_000,
            "{shown} {bytes}"
        );
        assert_eq!(next, Some(cursor::encode(shown as u64)));
        // One that is too large by itself is shown all the same.
        assert_eq!(page(2, MAX_PAGE_BYTES + 1, 10).0, 1);
    }
}
