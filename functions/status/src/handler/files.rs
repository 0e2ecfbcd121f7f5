//! Where results and outputs are.

use std::time::Duration;

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::request::{ImageRef, RequestId};
use halftone_pipeline::services::blobs::{BlobError, Key};
use halftone_pipeline::services::store::Request as Stored;
use lambda_http::http::{Method, StatusCode, header};
use lambda_http::{Request, RequestExt};
use schemars::JsonSchema;
use serde::Serialize;

use super::Api;
use crate::answer::{Answer, accepted, json, redirect, wants_json};
use crate::archive;
use crate::error::ApiError;
use crate::results::Form;

/// Life of a presigned URL: long enough to follow a redirect, too short to be passed around.
const PRESIGNED_FOR: Duration = Duration::from_secs(15 * 60);

/// The answer while a ZIP is being written.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Preparing")]
pub struct PreparingBody {
    request_id: RequestId,
    /// Always true: ask again after `Retry-After`.
    preparing: bool,
}

/// Where results are, for callers that follow no redirect.
#[derive(Serialize, JsonSchema)]
pub struct ResultsUrl {
    /// Presigned; it works for a quarter of an hour.
    url: String,
}

impl Api {
    pub(super) async fn results(&self, request: &Request, id: RequestId) -> Answer {
        let query = request.query_string_parameters();
        let form = Form::of(query.first("as"))?;
        let stored = self.owned(request, id).await?;
        if stored.ended_at.is_none() {
            let detail = "The request has not ended: its results CSV is still to come.";
            return Err(Problem::new(StatusCode::CONFLICT, ProblemCode::NotEnded, detail).into());
        }
        if stored.failure.is_some() || stored.reading.is_none() {
            let detail = "The request's CSV was refused or never came, so there are no results; see its \
                          status.";
            return Err(Problem::new(StatusCode::NOT_FOUND, ProblemCode::NoResults, detail).into());
        }
        match form {
            Form::Archive => self.archive(request, &stored).await,
            Form::File(file) => {
                let key = Key::Results(stored.id, stored.round, file);
                self.object(request, &key).await
            }
        }
    }

    /// All outputs as a ZIP; it is written when it is first asked for.
    async fn archive(&self, request: &Request, stored: &Stored) -> Answer {
        archive::check(stored)?;
        let key = Key::Archive(stored.id, stored.round);
        if self.outputs.has(&key.to_string()).await? {
            return self.object(request, &key).await;
        }
        self.control.archive(stored).await?;
        let mut response = accepted(json(&PreparingBody {
            request_id: stored.id,
            preparing: true,
        })?);
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, archive::AGAIN.into());
        Ok(response)
    }

    /// Leads to an object.
    async fn object(&self, request: &Request, key: &Key) -> Answer {
        let url = self.outputs.presigned_url(key, PRESIGNED_FOR).await?;
        // A browser that follows a redirect takes its API key along; one that asks for JSON need not.
        if wants_json(request.headers()) {
            return json(&ResultsUrl { url });
        }
        redirect(&url)
    }

    /// The path is the capability: whoever knows the request's id may see its outputs.
    pub(super) async fn output(&self, method: &Method, image: ImageRef, key: &str) -> Answer {
        if !self.is_output(image, key).await? {
            return Err(Problem::not_found().into());
        }
        match &self.cdn {
            Some(base) => redirect(&format!("{}/{key}", base.trim_end_matches('/'))),
            // A URL is signed for one method.
            None if method == Method::HEAD => {
                redirect(&self.outputs.presigned_head(key, PRESIGNED_FOR).await?)
            }
            None => redirect(&self.outputs.presigned_output(key, PRESIGNED_FOR).await?),
        }
    }

    /// Whether an output is under this key. Outputs may outlive what is recorded of them.
    async fn is_output(&self, image: ImageRef, key: &str) -> Result<bool, ApiError> {
        if let Some(image) = self.store.images().get(image).await? {
            let output = image.success.map(|success| success.output_key);
            return Ok(output.as_deref() == Some(key));
        }
        match self.outputs.head(key, None).await {
            Ok(_) => Ok(true),
            Err(BlobError::NotFound) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
