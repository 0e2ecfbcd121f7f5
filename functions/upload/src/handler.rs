//! Accepts a CSV: validates it whole, keeps it, records the request, queues its images.

use std::io::Cursor;
use std::time::Duration;

use bytes::Bytes;
use halftone_pipeline::event;
use halftone_pipeline::jobs::intake::{self, Intake};
use halftone_pipeline::jobs::{completion, drop};
use halftone_pipeline::manifest;
use halftone_pipeline::request::{Options, Owner, RequestId};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::{BlobError, Key};
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::services::store::{NewRequest, Request as Stored, Source, SourceKind};
use halftone_pipeline::settings::{self, ConfigError};
use halftone_pipeline::telemetry::chain;
use lambda_http::{Body, Error, Request, Response, tracing};

use crate::answer::{self, UploadError};
use crate::form::{self, Form};

/// API Gateway gives up after 29 s; a database that is away must be noticed well before.
const STORE_TIMEOUT: Duration = Duration::from_secs(8);

/// What the function works with.
pub struct Upload {
    intake: Intake,
    finalize: Queue,
    max_bytes: u64,
    options: Options,
    retention_days: i64,
}

impl Upload {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load().await;
        let intake = Intake::from_env(&aws, STORE_TIMEOUT, "MAX_UPLOAD_ROWS").await?;
        let finalize = Queue::new(&aws, settings::text("FINALIZE_QUEUE_URL")?);
        Self::new(intake, finalize).map_err(Error::from)
    }

    fn new(intake: Intake, finalize: Queue) -> Result<Self, ConfigError> {
        Ok(Self {
            intake,
            finalize,
            max_bytes: settings::parsed("MAX_UPLOAD_BYTES")?,
            options: intake::options_from_env()?,
            retention_days: settings::parsed("RETENTION_DAYS")?,
        })
    }

    /// Answers one call.
    pub async fn handle(&self, request: Request) -> Result<Response<String>, Error> {
        Ok(match self.accept(request).await {
            Ok(id) => answer::accepted(id),
            Err(error) => answer::refused(&error),
        })
    }

    async fn accept(&self, request: Request) -> Result<RequestId, UploadError> {
        let owner = event::owner(&request);
        let (parts, body) = request.into_parts();
        let form = form::read(&parts.headers, bytes_of(body), self.max_bytes).await;
        let form = form.map_err(UploadError::Form)?;
        let summary = manifest::validate(&form.file[..], self.intake.limits)?;
        let key = parts
            .headers
            .get("idempotency-key")
            .and_then(|key| key.to_str().ok());
        let id = key.map_or_else(RequestId::random, |key| {
            RequestId::of_idempotency_key(&owner, key)
        });
        let stored = self.new_request(id, owner, &form).accepted(summary);
        if self.record(&stored, &form.file).await? {
            self.take_in(&stored, form.file).await;
        }
        Ok(id)
    }

    fn new_request(&self, id: RequestId, owner: Owner, form: &Form) -> NewRequest {
        NewRequest {
            id,
            owner,
            source: Source {
                kind: SourceKind::Upload,
                bucket: None,
                key: form.file_name.clone(),
                version: None,
                sha256: drop::sha256(&form.file),
                bytes: form.file.len() as u64,
            },
            options: Options {
                quality: form.quality.unwrap_or(self.options.quality),
                format: form.format.unwrap_or(self.options.format),
                copyright: form.copyright.unwrap_or(self.options.copyright),
            },
            webhook_url: form.webhook_url.clone(),
            lease_seconds: intake::LEASE_SECONDS,
            retention_days: self.retention_days,
        }
    }

    /// Keeps the CSV and records the request; `false` when the same upload was recorded before.
    async fn record(&self, request: &Stored, csv: &Bytes) -> Result<bool, UploadError> {
        let key = Key::Csv(request.id);
        match self
            .intake
            .uploads
            .put_new(&key, "text/csv", csv.clone())
            .await
        {
            Ok(()) | Err(BlobError::Exists) => {}
            Err(error) => return Err(error.into()),
        }
        let requests = self.intake.store.requests();
        self.intake.store.prepare().await?;
        if requests.insert(request).await? {
            return Ok(true);
        }
        match requests.get(request.id).await? {
            Some(first) if first.source.sha256 != request.source.sha256 => {
                Err(UploadError::KeyReused)
            }
            _ => Ok(false),
        }
    }

    /// From here on the request is durable: what fails now is made good by the sweep, and the
    /// client need not know.
    async fn take_in(&self, request: &Stored, csv: Bytes) {
        match self.intake.run(request, Cursor::new(csv)).await {
            Ok(Some(request)) if request.seems_done() => {
                if let Err(error) = completion::queue_finalize(&self.finalize, request.id).await {
                    tracing::warn!(request = %request.id, error = chain(&error), "finalize could not be told; the sweep will look");
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(request = %request.id, error = chain(&error), "the intake stopped half way; the sweep will resume it");
                // Best effort: the lease ends by itself.
                let _ = self.intake.release(request.id).await;
            }
        }
    }
}

fn bytes_of(body: Body) -> Bytes {
    match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sample_event_holds_a_usable_form() {
        let event = include_str!("../../../events/upload.json");
        let request = lambda_http::request::from_str(event).unwrap();
        assert_eq!(event::owner(&request), Owner("k1e2y3i4d5".into()));
        let (parts, body) = request.into_parts();
        let form = form::read(&parts.headers, bytes_of(body), 10_000)
            .await
            .unwrap();
        let limits = manifest::Limits {
            max_rows: 10,
            max_urls_per_row: 10,
        };
        assert_eq!(
            manifest::validate(&form.file[..], limits).unwrap().images,
            3
        );
        assert!(form.webhook_url.is_some());
    }
}
