//! What is recorded of an image.

use serde::{Deserialize, Serialize};

use crate::manifest::Product;
use crate::request::{ImageFailure, ImageRef, ImageStatus, Timestamp};
use crate::services::queue::ImageMessage;
use crate::services::store::{Request, date};

/// What is recorded of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PictureRecord {
    /// Format, in lower case.
    pub format: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Size.
    pub bytes: u64,
}

/// What is recorded of an image that has an output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageSuccess {
    /// What was fetched.
    pub input: PictureRecord,
    /// What was written.
    pub output: PictureRecord,
    /// Where it was written, in the outputs bucket.
    pub output_key: String,
    /// The source's picture data was kept, because recompressing did not make it smaller.
    pub kept: bool,
    /// What of the picture is not in its output, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// It is the output of an earlier request, whose source has not changed since.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unchanged: bool,
    /// Time spent fetching.
    pub fetch_ms: u64,
    /// Time spent recompressing.
    pub recompress_ms: u64,
}

/// Left out where it says nothing: an index is over those that have it.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// One image.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    #[serde(rename = "_id")]
    id: String,
    /// Which one.
    #[serde(flatten)]
    pub place: ImageRef,
    /// Line of the CSV its product starts on, counted from 1 (the header).
    pub row: u64,
    /// Place among the product's URLs, counted from 0.
    pub position: u32,
    /// Its product's `S. No.`.
    pub serial_number: String,
    /// Its product's name.
    pub product_name: String,
    /// Where it is fetched.
    pub input_url: String,
    /// The host that is asked for it.
    pub host: String,
    /// Its state.
    pub status: ImageStatus,
    /// Tries that were really made at its origin or its bytes, and really failed.
    pub tries: u32,
    /// The round in which it is worked on.
    pub round: u32,
    /// Not to be tried before.
    #[serde(with = "date")]
    pub not_before: Timestamp,
    /// Number of the first image with the same URL: only that one is worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<u64>,
    /// Why it failed, or why the last try did.
    pub error: Option<ImageFailure>,
    /// Its output.
    #[serde(flatten)]
    pub success: Option<ImageSuccess>,
    #[serde(with = "date")]
    created_at: Timestamp,
    #[serde(with = "date")]
    updated_at: Timestamp,
    #[serde(with = "date")]
    expires_at: Timestamp,
}

impl Image {
    /// The images of one product, still to be made; the first of them is number `ordinal`.
    #[must_use]
    pub fn of_product(
        request: &Request,
        product: &Product,
        ordinal: u64,
        now: Timestamp,
    ) -> Vec<Self> {
        let image = |(position, url): (u32, &String)| {
            let place = ImageRef {
                request_id: request.id,
                ordinal: ordinal + u64::from(position),
            };
            Self {
                id: place.id(),
                place,
                row: product.row,
                position,
                serial_number: product.serial_number.clone(),
                product_name: product.name.clone(),
                input_url: url.clone(),
                host: crate::url::host(url),
                status: ImageStatus::Pending,
                tries: 0,
                round: request.round,
                not_before: now,
                same_as: None,
                error: None,
                success: None,
                created_at: now,
                updated_at: now,
                expires_at: request.expires_at,
            }
        };
        (0..).zip(&product.urls).map(image).collect()
    }

    /// The message that has it worked on.
    #[must_use]
    pub fn message(&self) -> ImageMessage {
        ImageMessage::new(self.place, self.round)
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn end(self) -> Option<ImageEnd> {
        match self.status {
            ImageStatus::Succeeded => self.success.map(ImageEnd::Succeeded),
            ImageStatus::Failed => {
                let tries = self.tries;
                self.error.map(|failure| ImageEnd::Failed(failure, tries))
            }
            ImageStatus::Pending | ImageStatus::Cancelled => None,
        }
    }
}

/// How an image ended.
#[derive(Clone, Debug)]
pub enum ImageEnd {
    /// With an output.
    Succeeded(ImageSuccess),
    /// With an error, after so many tries.
    Failed(ImageFailure, u32),
}

/// A try that failed and will be repeated.
#[derive(Clone, Debug)]
pub struct Try {
    /// Tries made so far, this one included where it was one.
    pub tries: u32,
    /// Why it failed.
    pub failure: ImageFailure,
    /// Not to be tried again before.
    pub not_before: Timestamp,
}
