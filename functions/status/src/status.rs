//! A request as its owner sees it.

use halftone_pipeline::jobs::completion::output_url;
use halftone_pipeline::manifest::RowError;
use halftone_pipeline::request::{
    ImageFailure, ImageStatus, Progress, RequestId, RequestStatus, Savings, Timestamp,
};
use halftone_pipeline::services::store::{FailedAlike, Image, Request};
use serde::Serialize;

use crate::page::{self, Found};

/// Size at which a page ends: Lambda answers with at most 6 MB, escaped once more as JSON.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Most kinds of failures that are told.
const MAX_ERRORS: usize = 20;

/// The answer of the status call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusBody {
    status: RequestStatus,
    round: u32,
    /// Null while pending, unless it is asked for.
    data: Option<Data>,
    progress: ProgressBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<Option<String>>,
}

#[derive(Serialize)]
struct ProgressBody {
    #[serde(flatten)]
    progress: Progress,
    #[serde(flatten)]
    details: Details,
}

/// What a status says of its progress beside the counters.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Errors>,
    /// Hosts that asked not to be asked for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<Paused>,
}

/// How images failed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Errors {
    /// The most frequent.
    errors: Vec<ErrorBody>,
    /// So many were counted.
    errors_of: u64,
}

#[derive(Serialize)]
struct ErrorBody {
    code: String,
    host: String,
    images: u64,
}

#[derive(Serialize)]
pub struct Paused {
    pub host: String,
    pub until: Timestamp,
}

impl Errors {
    /// The most frequent of these; `None` where there are none.
    pub fn of(alike: Vec<FailedAlike>) -> Option<Self> {
        let errors_of = alike.iter().map(|alike| alike.images).sum();
        let errors = alike.into_iter().take(MAX_ERRORS).map(|alike| ErrorBody {
            code: alike.code,
            host: alike.host,
            images: alike.images,
        });
        (errors_of > 0).then(|| Self {
            errors: errors.collect(),
            errors_of,
        })
    }
}

impl StatusBody {
    /// The same with what is known beside the counters.
    pub fn with(mut self, details: Details) -> Self {
        self.progress.details = details;
        self
    }

    pub fn progress(&self) -> &Progress {
        &self.progress.progress
    }
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
    unchanged: bool,
    round: u32,
}

/// The answer without images, for a request that is pending.
pub fn pending(request: &Request, now: Timestamp) -> StatusBody {
    StatusBody {
        status: request.status,
        round: request.round,
        data: None,
        progress: ProgressBody {
            progress: request.progress_at(now),
            details: Details::default(),
        },
        next_cursor: None,
    }
}

/// The answer with a page of a request's images. A page ends early where the answer would become larger
/// than Lambda may send.
pub fn with_images(request: Request, found: Found, now: Timestamp) -> StatusBody {
    let base = request.output_base.clone().unwrap_or_default();
    let mut page = Vec::new();
    let (mut bytes, mut next) = (0, found.next);
    for image in found.images {
        let ordinal = image.place.ordinal;
        let body = image_body(&base, image);
        bytes += body.bytes_at_most();
        if bytes > MAX_PAGE_BYTES && !page.is_empty() {
            next = Some(ordinal);
            break;
        }
        page.push(body);
    }
    StatusBody {
        next_cursor: Some(next.map(page::cursor)),
        data: Some(Data {
            images: page,
            request_id: request.id,
            savings: request.savings,
            created_at: request.created_at,
            completed_at: request.ended_at,
            product_name: request.product_name.clone(),
            error: request.failure.clone().map(|failure| Failure {
                code: failure.code,
                message: failure.message,
                errors: failure.rows,
            }),
        }),
        ..pending(&request, now)
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
        unchanged: image
            .success
            .as_ref()
            .is_some_and(|success| success.unchanged),
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
            fresh: false,
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
    fn pages_end_at_what_an_answer_can_hold() {
        let request = request();
        let page = |count, bytes| {
            let images = images(&request, count, bytes);
            let found = Found { images, next: None };
            let body = with_images(request.clone(), found, Timestamp::now());
            let json = serde_json::to_string(&body).unwrap();
            let next = body.next_cursor.flatten();
            (body.data.unwrap().images.len(), next, json.len())
        };
        assert_eq!((page(3, 10).0, page(3, 10).1), (3, None));
        let (shown, next, bytes) = page(1_000, 8_192);
        assert!(
            shown < 1_000 && bytes <= MAX_PAGE_BYTES + 1_000,
            "{shown} {bytes}"
        );
        assert_eq!(next, Some(page::cursor(shown as u64)));
        // One that is too large by itself is shown all the same.
        assert_eq!(page(2, MAX_PAGE_BYTES + 1).0, 1);
    }
}
