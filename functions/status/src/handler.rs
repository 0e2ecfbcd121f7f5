//! Answers one API call.

use std::time::Duration;

use halftone_pipeline::api::caller;
use halftone_pipeline::api::parameters::only;
use halftone_pipeline::api::paths::Route;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::jobs::control::Control;
use halftone_pipeline::jobs::webhook::ReplayError;
use halftone_pipeline::jobs::webhook::keys::MasterKey;
use halftone_pipeline::request::{ImageRef, RequestId, RequestStatus};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::{BlobError, Blobs, Key};
use halftone_pipeline::services::fetch::Fetcher;
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::services::store::{Request as Stored, Store, StoreError};
use halftone_pipeline::settings::{self, Environment, place};
use halftone_pipeline::telemetry::chain;
use lambda_http::http::{HeaderMap, Method, StatusCode, header};
use lambda_http::{Error, Request, RequestExt, Response, tracing};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::ApiError;
use crate::owner::Owners;
use crate::page::{Found, Page};
use crate::results::Form;
use crate::status::{Details, Errors, Paused, StatusBody};
use crate::{
    archive, console, control, deliveries, list, openapi, query, receiver, status, tag,
    webhook_secret, webhook_test,
};

/// Whatever is away, a caller is told within 5 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// Life of a presigned URL: long enough to follow a redirect, too short to be passed around.
const PRESIGNED_FOR: Duration = Duration::from_secs(15 * 60);

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

type Answer = Result<Response<String>, ApiError>;

/// The answer of a call that has everything of a request removed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Purge")]
pub struct PurgeBody {
    request_id: RequestId,
    /// Always true: it is 404 from now on, and the rest is on its way.
    purging: bool,
}

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

    async fn requests(&self, request: &Request) -> Answer {
        let query = request.query_string_parameters();
        let asked = list::Asked::parse(|name| query.first(name))?;
        let key = caller::api_key_id(request).ok_or_else(Problem::not_found)?;
        let newest = match self.owners.find(&self.store, &key).await? {
            Some(owner) => {
                let requests = self.store.requests();
                requests
                    .newest(&owner, asked.newest, asked.limit + 1)
                    .await?
            }
            // A key that has sent nothing yet.
            None => Vec::new(),
        };
        json(&list::page(newest, asked.limit, self.store.now()))
    }

    async fn status(&self, request: &Request, id: RequestId) -> Answer {
        let page = page_of(request)?;
        let stored = self.owned(request, id).await?;
        let tag = tag::of(&stored, &query_of(request));
        let now = self.store.now();
        if tag::is_known(&stored, request.headers(), &tag) {
            let progress = stored.progress_at(now);
            let mut response = Response::new(String::new());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return polled(response, &tag, tag::retry_after(&stored, &progress, now));
        }
        let body = self.status_of(page, stored.clone()).await?;
        let again = tag::retry_after(&stored, body.progress(), now);
        polled(json(&body)?, &tag, again)
    }

    async fn status_of(&self, page: Page, stored: Stored) -> Result<StatusBody, ApiError> {
        let now = self.store.now();
        let details = self.details(&stored).await?;
        let known = stored.ended_at.is_some() || stored.output_base.is_some();
        let body = if stored.ended_at.is_some() || (page.partial && known) {
            let found = page.find(&self.store, &stored).await?;
            status::with_images(stored, found, now)
        } else if page.partial {
            // None has ended yet, as far as is known.
            status::with_images(stored, Found::default(), now)
        } else {
            status::pending(&stored, now)
        };
        Ok(body.with(details))
    }

    /// What a few bounded reads tell beside the counters.
    async fn details(&self, stored: &Stored) -> Result<Details, StoreError> {
        let images = self.store.images();
        let mut details = Details::default();
        if stored.counts.failed > 0 && stored.failure.is_none() {
            details.errors = Errors::of(images.failed_alike(stored.id).await?);
        }
        if stored.is_open() {
            let hosts = images.hosts_ahead(stored.id).await?;
            let slow = self.store.hosts();
            let slow = slow.slow(hosts.iter().map(String::as_str)).await?;
            let now = self.store.now();
            let paused = slow.into_iter().filter(|(_, slow)| slow.until > now);
            let paused = paused.map(|(host, slow)| Paused {
                host,
                until: slow.until,
            });
            details.paused = paused.collect();
            details.paused.sort_by(|a, b| a.host.cmp(&b.host));
        }
        Ok(details)
    }

    /// Gives a request up, or has all of it removed.
    async fn cancel(&self, request: &Request, id: RequestId) -> Answer {
        let purge = control::purge(request.query_string_parameters().first("purge"))?;
        let Some(stored) = self.found(request, id).await? else {
            return Err(Problem::not_found().into());
        };
        if purge {
            self.control.purge(&stored).await?;
        }
        if purge || stored.purged_at.is_some() {
            let body = PurgeBody {
                request_id: id,
                purging: true,
            };
            return Ok(accepted(json(&body)?));
        }
        let cancelled = self.control.cancel(&stored).await?;
        if cancelled.status == RequestStatus::Pending {
            let body = status::pending(&cancelled, self.store.now());
            return Ok(accepted(json(&body)?));
        }
        json(&self.status_of(Page::default(), cancelled).await?)
    }

    async fn retry_failed(&self, request: &Request, id: RequestId) -> Answer {
        let query = request.query_string_parameters();
        let retry = control::retry(query.first("code"), query.first("host"))?;
        let stored = self.owned(request, id).await?;
        let begun = self.control.retry(&stored, &retry).await;
        let begun = begun.map_err(|error| ApiError::of_control(error, &retry))?;
        let body = status::pending(&begun, self.store.now());
        Ok(accepted(json(&body)?))
    }

    async fn results(&self, request: &Request, id: RequestId) -> Answer {
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
    async fn output(&self, method: &Method, image: ImageRef, key: &str) -> Answer {
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

    async fn webhook_secret(&self, request: &Request) -> Answer {
        let key = caller::api_key_id(request).ok_or_else(Problem::not_found)?;
        let query = request.query_string_parameters();
        let rotate = query.first("rotate");
        let body = webhook_secret::answer(&self.store, &self.master, &key, rotate).await?;
        json(&body).map(no_store)
    }

    async fn deliveries(&self, request: &Request, id: RequestId) -> Answer {
        let stored = self.owned(request, id).await?;
        let found = self.store.deliveries().webhooks_of(&stored).await?;
        json(&deliveries::body(&stored, found))
    }

    async fn replay(&self, request: &Request, id: RequestId) -> Answer {
        let query = request.query_string_parameters();
        let round = deliveries::round(id, query.first("webhookId"))?;
        let stored = self.owned(request, id).await?;
        match self.control.replay(&stored, round).await {
            Ok(replayed) => Ok(accepted(json(&deliveries::entry(&stored, replayed))?)),
            Err(ReplayError::Store(error)) => Err(error.into()),
            Err(error) => Err(deliveries::refused(&error).into()),
        }
    }

    async fn webhook_test(&self, request: &Request) -> Answer {
        let key = caller::api_key_id(request).ok_or_else(Problem::not_found)?;
        let url = webhook_test::url(request.body().as_ref())?;
        let tested = webhook_test::answer(&self.store, &self.tester, &self.master, &key, &url);
        json(&tested.await?)
    }

    async fn webhook(&self, request: &Request) -> Answer {
        if !self.receiver {
            return Err(Problem::not_found().into());
        }
        let (headers, body) = (request.headers(), request.body().as_ref());
        receiver::receive(&self.store, &self.master, headers, body).await?;
        json(&receiver::Receipt::taken())
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

/// The parameters of a call, the same however they are ordered.
fn query_of(request: &Request) -> String {
    let query = request.query_string_parameters();
    let mut pairs: Vec<_> = query.iter().collect();
    pairs.sort_unstable();
    format!("{pairs:?}")
}

fn page_of(request: &Request) -> Result<Page, Problem> {
    let query = request.query_string_parameters();
    Page::parse(|name| query.first(name))
}

/// An answer that is asked for again and again.
fn polled(mut response: Response<String>, tag: &str, again: Option<u64>) -> Answer {
    let headers = response.headers_mut();
    let tag = header::HeaderValue::from_str(tag).map_err(|_| Problem::internal())?;
    headers.insert(header::ETAG, tag);
    if let Some(seconds) = again {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("application/json"))
}

fn json(body: &impl Serialize) -> Answer {
    let mut response = Response::new(serde_json::to_string(body)?);
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// What was asked for is noted, and goes on behind the answer.
fn accepted(mut response: Response<String>) -> Response<String> {
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

fn redirect(url: &str) -> Answer {
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::FOUND;
    let location = header::HeaderValue::from_str(url).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::LOCATION, location);
    // The target dies before long; whoever asks again gets a fresh one.
    Ok(no_store(response))
}

fn no_store(mut response: Response<String>) -> Response<String> {
    let no_store = header::HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_asks_for_a_status() {
        let event = include_str!("../../../events/status.json");
        let request = lambda_http::request::from_str(event).unwrap();
        let route = Route::of(request.method(), request.raw_http_path());
        assert!(matches!(route, Some(Route::Status(_))), "{route:?}");
        let key = caller::api_key_id(&request);
        assert_eq!(key.as_deref(), Some("k1e2y3i4d5"));
    }
}
