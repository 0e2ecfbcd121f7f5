//! Answers one API call.

use std::time::Duration;

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::event;
use halftone_pipeline::jobs::webhook::signature::Secret;
use halftone_pipeline::request::{ImageRef, RequestId, RequestStatus};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::{BlobError, Blobs, Key};
use halftone_pipeline::services::store::{Request as Stored, Store, StoreConfig, StoreError};
use halftone_pipeline::settings;
use halftone_pipeline::telemetry::chain;
use lambda_http::http::{Method, StatusCode, header};
use lambda_http::{Error, Request, RequestExt, Response, tracing};
use serde::Serialize;

use crate::cursor::Page;
use crate::{receiver, status};

/// Whatever is away, a caller is told within 5 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// Life of a presigned URL: long enough to follow a redirect, too short to be passed around.
const PRESIGNED_FOR: Duration = Duration::from_secs(15 * 60);

/// What the function works with.
pub struct Api {
    store: Store,
    outputs: Blobs,
    /// Base URL of a CDN in front of the outputs bucket, where there is one.
    cdn: Option<String>,
    secrets: Vec<Secret>,
}

/// Why a call has no answer of its own.
#[derive(Debug, thiserror::Error)]
enum ApiError {
    #[error("the call was refused")]
    Refused(Problem),
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the blobs failed")]
    Blobs(#[from] BlobError),
    #[error("the answer could not be serialized")]
    Serialize(#[from] serde_json::Error),
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

type Answer = Result<Response<String>, ApiError>;

impl Api {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load().await;
        Ok(Self {
            store: Store::connect(&StoreConfig::from_env(ANSWER_WITHIN)?).await?,
            outputs: Blobs::new(&aws, settings::text("OUTPUTS_BUCKET")?),
            cdn: settings::optional("OUTPUT_BASE_URL"),
            secrets: settings::list("WEBHOOK_SECRETS")?,
        })
    }

    /// Answers one call, in time.
    pub async fn handle(&self, request: Request) -> Response<String> {
        let answer = tokio::time::timeout(ANSWER_WITHIN, self.route(&request)).await;
        let problem = match answer {
            Ok(Ok(response)) => return response,
            Ok(Err(ApiError::Refused(problem))) => problem,
            Ok(Err(error @ ApiError::Serialize(_))) => {
                tracing::error!(error = chain(&error), "the call could not be answered");
                Problem::internal()
            }
            Ok(Err(error)) => {
                tracing::error!(error = chain(&error), "the call could not be served");
                Problem::unavailable()
            }
            Err(_) => {
                tracing::error!(
                    limit_ms = ANSWER_WITHIN.as_millis(),
                    "the call took too long"
                );
                Problem::unavailable()
            }
        };
        problem.response()
    }

    async fn route(&self, request: &Request) -> Answer {
        match (request.method(), path(request).as_slice()) {
            (&Method::GET, ["api", "v1", "images", "status", id]) => self.status(request, id).await,
            (&Method::GET, ["api", "v1", "images", "results", id]) => {
                self.results(request, id).await
            }
            (&Method::GET, ["output", id, file]) => self.output(id, file).await,
            (&Method::POST, ["api", "v1", "webhook"]) => self.webhook(request),
            _ => Err(Problem::not_found().into()),
        }
    }

    async fn status(&self, request: &Request, id: &str) -> Answer {
        let query = request.query_string_parameters();
        let page = Page::parse(query.first("limit"), query.first("cursor"))?;
        let stored = self.owned(request, id).await?;
        if stored.status == RequestStatus::Pending {
            return json(&status::pending(&stored));
        }
        let images = self
            .store
            .images()
            .page(stored.id, page.after, page.limit + 1)
            .await?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        json(&status::ended(stored, images, limit))
    }

    async fn results(&self, request: &Request, id: &str) -> Answer {
        let stored = self.owned(request, id).await?;
        if stored.ended_at.is_none() {
            let detail = "The request has not ended: its results CSV is still to come.";
            return Err(Problem::new(StatusCode::CONFLICT, "not_ended", detail).into());
        }
        if stored.failure.is_some() {
            let detail = "The request's CSV was refused, so there are no results; see its status.";
            return Err(Problem::new(StatusCode::NOT_FOUND, "no_results", detail).into());
        }
        redirect(
            &self
                .outputs
                .presigned_url(&Key::Results(stored.id), PRESIGNED_FOR)
                .await?,
        )
    }

    /// The path is the capability: whoever knows the request's id may see its outputs.
    async fn output(&self, id: &str, file: &str) -> Answer {
        let (image, extension) = output_of(id, file).ok_or_else(Problem::not_found)?;
        let key = Key::Output {
            image,
            extension: extension.to_owned(),
        };
        let stored = self.store.images().get(image).await?;
        let output = stored
            .and_then(|image| image.success)
            .map(|success| success.output_key);
        if output != Some(key.to_string()) {
            return Err(Problem::not_found().into());
        }
        match &self.cdn {
            Some(base) => redirect(&format!("{}/{key}", base.trim_end_matches('/'))),
            None => redirect(&self.outputs.presigned_url(&key, PRESIGNED_FOR).await?),
        }
    }

    fn webhook(&self, request: &Request) -> Answer {
        receiver::receive(&self.secrets, request.headers(), request.body().as_ref())?;
        json(&serde_json::json!({"message": "Webhook received"}))
    }

    /// A request of the caller's own; another's is as unknown as none.
    async fn owned(&self, request: &Request, id: &str) -> Result<Stored, ApiError> {
        let id: RequestId = id.parse().map_err(|_| Problem::not_found())?;
        let stored = self.store.requests().get(id).await?;
        let caller = event::owner(request);
        Ok(stored
            .filter(|stored| stored.owner == caller)
            .ok_or_else(Problem::not_found)?)
    }
}

/// The parts of the path, without the stage.
fn path(request: &Request) -> Vec<&str> {
    request
        .raw_http_path()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect()
}

/// Reads `{row}-{position}.{extension}`.
fn output_of<'a>(id: &str, file: &'a str) -> Option<(ImageRef, &'a str)> {
    let (place, extension) = file.split_once('.')?;
    let (row, position) = place.split_once('-')?;
    let request_id = id.parse().ok()?;
    let (row, position) = (row.parse().ok()?, position.parse().ok()?);
    Some((
        ImageRef {
            request_id,
            row,
            position,
        },
        extension,
    ))
}

fn json(body: &impl Serialize) -> Answer {
    let mut response = Response::new(serde_json::to_string(body)?);
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

fn redirect(url: &str) -> Answer {
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::FOUND;
    let location = header::HeaderValue::from_str(url).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::LOCATION, location);
    // The target dies before long; whoever asks again gets a fresh one.
    let no_store = header::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use halftone_pipeline::request::Owner;

    use super::*;

    #[test]
    fn the_sample_event_asks_for_a_status() {
        let event = include_str!("../../../events/status.json");
        let request = lambda_http::request::from_str(event).unwrap();
        assert_eq!(path(&request)[..4], ["api", "v1", "images", "status"]);
        assert!(path(&request)[4].parse::<RequestId>().is_ok());
        assert_eq!(event::owner(&request), Owner("k1e2y3i4d5".into()));
    }

    #[test]
    fn output_paths_name_an_image() {
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        let (image, extension) = output_of(id, "12-3.jpg").unwrap();
        assert_eq!((image.row, image.position, extension), (12, 3, "jpg"));
        for file in ["12-3", "12.jpg", "a-b.jpg", "-1-2.jpg", ""] {
            assert!(output_of(id, file).is_none(), "{file}");
        }
        assert!(output_of("nobody", "12-3.jpg").is_none());
    }
}
