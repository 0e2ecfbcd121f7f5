//! A request as its owner sees it.

use halftone_pipeline::jobs::completion::output_url;
use halftone_pipeline::manifest::RowError;
use halftone_pipeline::request::{
    ImageFailure, ImageStatus, Progress, RequestId, RequestStatus, Savings, Timestamp,
};
use halftone_pipeline::services::store::{Image, Request};
use serde::Serialize;

use crate::cursor;

/// The answer of the status call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusBody {
    status: RequestStatus,
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
}

/// The answer for a request that has not ended.
pub fn pending(request: &Request) -> StatusBody {
    let progress = request.progress();
    StatusBody {
        status: request.status,
        data: None,
        progress,
        next_cursor: None,
    }
}

/// The answer for a request that has ended, with one page of its images; `images` may hold one
/// more than `limit`, which tells that there are more pages.
pub fn ended(request: Request, mut images: Vec<Image>, limit: usize) -> StatusBody {
    let more = images.len() > limit;
    images.truncate(limit);
    let last = images
        .last()
        .map(|image| (image.place.row, image.place.position));
    let next_cursor = last.filter(|_| more).map(cursor::encode);
    let base = request.output_base.clone().unwrap_or_default();
    StatusBody {
        status: request.status,
        progress: request.progress(),
        next_cursor: Some(next_cursor),
        data: Some(Data {
            request_id: request.id,
            product_name: request.product_name,
            images: images
                .into_iter()
                .map(|image| image_body(&base, image))
                .collect(),
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

fn image_body(base: &str, image: Image) -> ImageBody {
    ImageBody {
        output_url: output_url(base, &image),
        bytes_in: image.success.as_ref().map(|success| success.input.bytes),
        bytes_out: image.success.as_ref().map(|success| success.output.bytes),
        input_url: image.input_url,
        product_name: image.product_name,
        serial_number: image.serial_number,
        row: image.place.row,
        position: image.place.position,
        status: image.status,
        error: image.error,
    }
}
