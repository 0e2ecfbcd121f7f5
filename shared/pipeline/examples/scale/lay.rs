//! A request all of whose images have ended, its documents laid directly: what hours of fetching would
//! leave.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt, TryStreamExt};
use halftone_pipeline::manifest::Product;
use halftone_pipeline::request::{ImageStatus, RequestId};
use halftone_pipeline::services::store::{Image, ImageSuccess, PictureRecord, Request};
use mongodb::IndexModel;
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::IndexOptions;
use serde_json::json;

use crate::world::{Failure, World};

/// Documents of one insert.
const AT_ONCE: u64 = 5_000;

/// Makes a request of which only a part was taken in one whose images have all succeeded. `url` gives
/// the URL of each of them.
pub async fn all(
    world: &World,
    id: RequestId,
    url: impl Fn(u64) -> String,
) -> Result<serde_json::Value, Failure> {
    let request = world.store.requests().get(id).await?.ok_or("no request")?;
    let images = world.database.collection::<RawDocumentBuf>("images");
    // Those of the intake go: documents are laid without the indexes that it had.
    images.drop().await?;
    let started = Instant::now();
    let parts = (0..request.intake.images).step_by(usize::try_from(AT_ONCE)?);
    let insert = async |first: u64| -> Result<(), Failure> {
        let numbers = first..(first + AT_ONCE).min(request.intake.images);
        let documents = numbers.map(|number| document(&request, number, url(number)));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        match images.insert_many(documents).ordered(false).await {
            // The driver tried once more, and the first time had gone well.
            Err(error) if are_there(&error) => Ok(()),
            laid => Ok(laid.map(drop)?),
        }
    };
    stream::iter(parts)
        .map(insert)
        .buffered(2)
        .try_collect::<()>()
        .await?;
    // Whether any is pending is asked of this one.
    let options = IndexOptions::builder().name("pending".to_owned());
    let options = options.partial_filter_expression(doc! {"status": "Pending"});
    let pending = IndexModel::builder().keys(doc! {"requestId": 1, "_id": 1});
    let pending = pending.options(options.build()).build();
    images.create_index(pending).await?;
    let set = doc! {"$set": {"intake.complete": true}};
    let requests = world.database.collection::<RawDocumentBuf>("requests");
    requests
        .update_one(doc! {"_id": id.to_string()}, set)
        .await?;
    Ok(json!({"seconds": Duration::as_secs_f64(&started.elapsed())}))
}

/// Whether all that could not be inserted is there already.
fn are_there(error: &Error) -> bool {
    let ErrorKind::InsertMany(errors) = error.kind.as_ref() else {
        return false;
    };
    let writes = errors.write_errors.iter().flatten();
    errors.write_concern_error.is_none() && writes.map(|one| one.code).all(|code| code == 11_000)
}

/// An image of a request as intake records it.
pub fn pending(request: &Request, number: u64, url: String) -> Result<Image, Failure> {
    let product = Product {
        // Under the header.
        row: number + 2,
        serial_number: number.to_string(),
        name: format!("Product {number}"),
        urls: vec![url],
    };
    let now = request.created_at;
    let mut images = Image::of_product(request, &product, number, now);
    Ok(images.pop().ok_or("no image")?)
}

/// What compress records of it.
pub fn success(request: &Request, number: u64) -> ImageSuccess {
    let picture = |bytes| PictureRecord {
        format: "jpeg".to_owned(),
        width: 64,
        height: 48,
        bytes,
    };
    ImageSuccess {
        input: picture(3_000),
        output: picture(1_000),
        output_key: format!("output/{}/{number}/photo.jpg", request.id),
        kept: false,
        notes: Vec::new(),
        fetch_ms: 12,
        recompress_ms: 3,
        unchanged: false,
    }
}

fn document(request: &Request, number: u64, url: String) -> Result<RawDocumentBuf, Failure> {
    let mut image = pending(request, number, url)?;
    image.status = ImageStatus::Succeeded;
    image.success = Some(success(request, number));
    Ok(mongodb::bson::serialize_to_raw_document_buf(&image)?)
}
