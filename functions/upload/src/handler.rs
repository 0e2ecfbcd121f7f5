//! Answers an upload: reads the form, has it accepted; or reads what is announced, has it awaited.

use std::time::{Duration, Instant};

use bytes::Bytes;
use halftone_pipeline::api::parameters::only;
use halftone_pipeline::api::{caller, paths};
use halftone_pipeline::jobs::accept::{AcceptError, MAX_KEY_BYTES, Upload, Uploads};
use halftone_pipeline::jobs::intake::Intake;
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::functions::HandOver;
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::services::store::Store;
use halftone_pipeline::settings::{self, Environment, place};
use lambda_http::http::HeaderMap;
use lambda_http::{Body, Error, Request, RequestExt, Response};

use crate::answer::{self, UploadError};
use crate::{announcement, form};

/// Longest call to a service: whichever is away, a caller is told within 5 s.
const SERVICE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a call takes images in itself, counted from its start; the rest is ingest's. With what
/// comes before and after, it answers within two seconds.
const INTAKE_BUDGET: Duration = Duration::from_secs(1);

/// The parameters behind the question mark that its calls have.
pub const PARAMETERS: [&str; 0] = [];

/// What the function works with.
pub struct Handler {
    uploads: Uploads,
    max_bytes: u64,
    max_announced: u64,
}

impl Handler {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load(SERVICE_TIMEOUT).await;
        let (store, intake, limits, defaults, (max_bytes, max_announced, max_pending)) =
            Environment::read(|env| {
                let store = settings::store(env, &aws, SERVICE_TIMEOUT);
                let uploads = env.text(place::UPLOADS_BUCKET);
                let images = env.text(place::IMAGES_QUEUE_URL);
                let finalize = env.text(place::FINALIZE_QUEUE_URL);
                let ingest = env.text(place::INGEST_FUNCTION);
                let limits = settings::upload_limits(env);
                let defaults = settings::request_defaults(env);
                let max_bytes = settings::max_upload_bytes(env);
                let max_announced = settings::max_drop_bytes(env);
                let max_pending = settings::max_pending(env);
                let places = (uploads?, images?, finalize?, ingest?);
                let most = (max_bytes?, max_announced?, max_pending?);
                Some((store?, places, limits?, defaults?, most))
            })?;
        let (uploads, images, finalize, ingest) = intake;
        let intake = Intake {
            store: Store::connect(&store).await?,
            images: Queue::new(&aws, images),
            finalize: Queue::new(&aws, finalize),
            uploads: Blobs::new(&aws, uploads),
            ingest: HandOver::new(&aws, ingest),
        };
        let uploads = Uploads {
            intake,
            limits,
            defaults,
            max_pending,
        };
        Ok(Self {
            uploads,
            max_bytes,
            max_announced,
        })
    }

    /// Answers one call.
    pub async fn handle(&self, request: Request) -> Response<String> {
        let until = Instant::now() + INTAKE_BUDGET;
        match self.answer(request, until).await {
            Ok(response) => response,
            Err(error) => answer::refused(&error),
        }
    }

    async fn answer(
        &self,
        request: Request,
        until: Instant,
    ) -> Result<Response<String>, UploadError> {
        let api_key_id = caller::api_key_id(&request).ok_or_else(answer::no_api_key)?;
        // Options are fields of the form: one that is given here would not be obeyed.
        let given = request.query_string_parameters();
        only(given.iter().map(|(name, _)| name), &PARAMETERS)?;
        let announces = request.raw_http_path().trim_matches('/') == paths::REQUESTS;
        let (parts, body) = request.into_parts();
        let idempotency_key = idempotency_key(&parts.headers)?;
        if announces {
            let caller = (api_key_id, idempotency_key);
            let announcement = announcement::read(&bytes_of(body), caller, self.max_announced)?;
            let announced = self.uploads.announce(&announcement).await?;
            return Ok(answer::announced(&announced));
        }
        let form = form::read(&parts.headers, bytes_of(body), self.max_bytes).await?;
        let mut upload = Upload {
            api_key_id,
            idempotency_key,
            file: form.file,
            file_name: form.file_name,
            wishes: form.wishes,
        };
        if form.dry_run {
            let (_, understood) = self
                .uploads
                .understand(&mut upload)
                .map_err(AcceptError::from)?;
            let options = upload.wishes.over(self.uploads.defaults.options);
            return Ok(answer::understood(&understood, options));
        }
        let accepted = self.uploads.accept(upload, until).await?;
        Ok(answer::accepted(&accepted))
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, UploadError> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match key.to_str() {
        Ok(key) if is_visible(key) && key.len() <= MAX_KEY_BYTES => Ok(Some(key.to_owned())),
        _ => Err(answer::invalid_idempotency_key().into()),
    }
}

fn is_visible(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())
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
    use halftone_pipeline::jobs::accept::reading;
    use halftone_pipeline::manifest::{Look, ManifestLimits, validate};

    use super::*;

    #[tokio::test]
    async fn the_sample_event_holds_a_usable_form() {
        let event = include_str!("../../../events/upload.json");
        let request = lambda_http::request::from_str(event).unwrap();
        let key = caller::api_key_id(&request);
        assert_eq!(key.as_deref(), Some("k1e2y3i4d5"));
        let (parts, body) = request.into_parts();
        let form = form::read(&parts.headers, bytes_of(body), 10_000)
            .await
            .unwrap();
        let limits = ManifestLimits {
            max_rows: 10,
            max_urls_per_row: 10,
            max_images: 10,
            max_cell_bytes: 1_024,
        };
        let look = Look::at(&form.file[..]).unwrap();
        let (reading, titles) = reading(&look, &form.wishes.hints).unwrap();
        let understood = validate(&form.file[..], &reading, &titles, limits).unwrap();
        assert_eq!(understood.images, 3);
        assert!(form.wishes.webhook_url.is_some());
    }

    #[test]
    fn an_idempotency_key_is_bounded() {
        let read = |key: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("idempotency-key", key.parse().unwrap());
            idempotency_key(&headers)
        };
        assert_eq!(read("a").unwrap().as_deref(), Some("a"));
        assert!(read("").is_err());
        assert!(read("a b").is_err());
        assert!(read(&"a".repeat(MAX_KEY_BYTES + 1)).is_err());
        assert_eq!(idempotency_key(&HeaderMap::new()).unwrap(), None);
    }
}
