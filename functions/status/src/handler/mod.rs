//! Answers one API call.

pub mod files;
pub mod requests;
mod webhooks;

use std::time::Duration;

use halftone_pipeline::api::caller;
use halftone_pipeline::api::parameters::only;
use halftone_pipeline::api::paths::Route;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::control::Control;
use halftone_pipeline::jobs::webhook::keys::MasterKey;
use halftone_pipeline::request::RequestId;
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::fetch::Fetcher;
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::services::store::{Request as Stored, Store};
use halftone_pipeline::settings::{self, Environment, place};
use halftone_pipeline::telemetry::chain;
use lambda_http::{Error, Request, RequestExt, Response, tracing};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::owner::Owners;
use crate::{console, openapi, query};

/// Whatever is away, a caller is told within 5 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// What the function works with.
pub struct Api {
    store: Store,
    owners: Owners,
    control: Control,
    outputs: Blobs,
    /// Base URL of a CDN in front of the outputs bucket, where there is one.
    cdn: Option<String>,
    /// What the owners' webhook keys are derived from.
    master: MasterKey,
    /// Posts to receivers that are tried out.
    tester: Fetcher,
    /// How long that may take.
    test_within: Duration,
    /// Whether the webhook receiver is there.
    receiver: bool,
    /// Whether the console is there.
    console: bool,
    /// Where the console puts large files.
    uploads_origin: String,
}

impl Api {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load(ANSWER_WITHIN).await;
        let (places, posting, receiver, console) = Environment::read(|env| {
            let store = settings::store(env, &aws, ANSWER_WITHIN);
            let finalize = env.text(place::FINALIZE_QUEUE_URL);
            let outputs = env.text(place::OUTPUTS_BUCKET);
            let receiver = settings::is_on(env, "WEBHOOK_RECEIVER");
            let console = settings::is_on(env, "CONSOLE");
            let posting = settings::webhook_posting(env);
            let uploads_origin = env.text(place::UPLOADS_ORIGIN);
            let places = (store?, finalize?, outputs?, uploads_origin?);
            Some((places, posting?, receiver?, console?))
        })?;
        let (store, finalize, outputs, uploads_origin) = places;
        // Both read a secret: a caller waits for the longer one only.
        let (store, master) = tokio::join!(Store::connect(&store), settings::webhook_master(&aws));
        let store = store?;
        Ok(Self {
            control: Control {
                store: store.clone(),
                finalize: Queue::new(&aws, finalize),
            },
            store,
            owners: Owners::default(),
            outputs: Blobs::new(&aws, outputs),
            cdn: settings::cdn(),
            master: master?,
            test_within: posting.total_timeout,
            tester: Fetcher::new(posting)?,
            receiver,
            console,
            uploads_origin,
        })
    }

    /// Answers one call, in time.
    pub async fn handle(&self, request: Request) -> Response<String> {
        let limit = self.limit(&request);
        let answer = tokio::time::timeout(limit, self.route(&request)).await;
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
                tracing::error!(limit_ms = limit.as_millis(), "the call took too long");
                Problem::unavailable()
            }
        };
        problem.response()
    }

    /// How long a call may take. A test waits for its receiver as long as a webhook does.
    fn limit(&self, request: &Request) -> Duration {
        match Route::of(request.method(), request.raw_http_path()) {
            Some(Route::WebhookTest) => ANSWER_WITHIN + self.test_within,
            _ => ANSWER_WITHIN,
        }
    }

    async fn route(&self, request: &Request) -> Answer {
        let route = Route::of(request.method(), request.raw_http_path());
        let route = route.ok_or_else(Problem::not_found)?;
        if !query::takes_others(&route) {
            let given = request.query_string_parameters();
            only(
                given.iter().map(|(name, _)| name),
                query::parameters(&route),
            )?;
        }
        match route {
            Route::Requests => self.requests(request).await,
            Route::Request(id) | Route::Status(id) => self.status(request, id).await,
            Route::Cancel(id) => self.cancel(request, id).await,
            Route::RetryFailed(id) => self.retry_failed(request, id).await,
            Route::Results(id) => self.results(request, id).await,
            Route::Output(image, key) => self.output(request.method(), image, &key).await,
            Route::Deliveries(id) => self.deliveries(request, id).await,
            Route::Replay(id) => self.replay(request, id).await,
            Route::WebhookSecret => self.webhook_secret(request).await,
            Route::WebhookTest => self.webhook_test(request).await,
            Route::Webhook => self.webhook(request).await,
            Route::Console => self.console(request),
            Route::OpenApi => Ok(openapi::answer(request.headers())),
        }
    }

    fn console(&self, request: &Request) -> Answer {
        if !self.console {
            return Err(Problem::not_found().into());
        }
        Ok(console::answer(request.headers(), &self.uploads_origin))
    }

    /// A request of the caller's own; another's is as unknown as none.
    async fn owned(&self, request: &Request, id: RequestId) -> Result<Stored, ApiError> {
        let found = self.found(request, id).await?;
        let there = found.filter(|found| found.purged_at.is_none());
        Ok(there.ok_or_else(Problem::not_found)?)
    }

    /// The same, even while it is being removed.
    async fn found(&self, request: &Request, id: RequestId) -> Result<Option<Stored>, ApiError> {
        let key = caller::api_key_id(request).ok_or_else(Problem::not_found)?;
        let requests = self.store.requests();
        let owner = self.owners.find(&self.store, &key);
        let (owner, stored) = tokio::try_join!(owner, requests.get(id))?;
        Ok(stored.filter(|stored| owner.as_ref() == Some(&stored.owner_id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_asks_for_a_status() {
        let event = include_str!("../../../../events/status.json");
        let request = lambda_http::request::from_str(event).unwrap();
        let route = Route::of(request.method(), request.raw_http_path());
        assert!(matches!(route, Some(Route::Status(_))), "{route:?}");
        let key = caller::api_key_id(&request);
        assert_eq!(key.as_deref(), Some("k1e2y3i4d5"));
    }
}
