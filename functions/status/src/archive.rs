//! All outputs of a request as a ZIP: whether it can be had, and what is said until it is there.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::completion::archive::{MAX_BYTES, MAX_IMAGES};
use halftone_pipeline::services::store::Request;
use lambda_http::http::StatusCode;

/// The word that asks for it.
pub const WORD: &str = "zip";
/// Seconds after which to ask again.
pub const AGAIN: u64 = 2;

/// Refuses the ZIP of a request that has ended, where there can be none.
pub fn check(request: &Request) -> Result<(), Problem> {
    let conflict = |code, detail| Err(Problem::new(StatusCode::CONFLICT, code, detail));
    let (images, bytes) = (request.intake.images, request.savings.bytes_out);
    if request.counts.succeeded == 0 {
        let detail =
            "No image of the request succeeded, so there is nothing for a ZIP; see its results.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_outputs", detail));
    }
    if images > MAX_IMAGES {
        let what =
            format!("The request has {images} images; a ZIP is made of at most {MAX_IMAGES}.");
        return conflict("too_many_for_zip", what + &one_by_one(request));
    }
    if bytes > MAX_BYTES {
        let what = format!("The outputs have {bytes} bytes; a ZIP is made of at most {MAX_BYTES}.");
        return conflict("too_large_for_zip", what + &one_by_one(request));
    }
    match request.archive.as_ref().and_then(|it| it.failure.as_ref()) {
        Some(why) => conflict("no_zip", format!("There is no ZIP of this request: {why}.")),
        None => Ok(()),
    }
}

/// How to get all outputs without a ZIP.
fn one_by_one(request: &Request) -> String {
    let id = request.id;
    format!(
        " The results CSV (?as=csv) names every output. This fetches them all: \
         curl -sL -H \"x-api-key: $KEY\" \"$API/api/v1/images/results/{id}?as=ndjson\" \
         | grep -o '\"outputUrl\":\"[^\"]*\"' | cut -d '\"' -f 4 \
         | xargs -n 1 -P 8 sh -c 'curl -sfL --create-dirs -o \"${{0#*/output/}}\" \"$0\"'"
    )
}
