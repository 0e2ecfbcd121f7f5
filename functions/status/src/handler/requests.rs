//! What there is of requests, and what may be done with them.

use halftone_pipeline::api::caller;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::request::{RequestId, RequestStatus};
use halftone_pipeline::services::store::{Request as Stored, StoreError};
use lambda_http::http::StatusCode;
use lambda_http::{Request, RequestExt, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::Api;
use crate::answer::{Answer, accepted, json, polled};
use crate::error::ApiError;
use crate::page::{Found, Page};
use crate::status::{Details, Errors, Paused, StatusBody};
use crate::{control, list, status, tag};

/// The answer of a call that has everything of a request removed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Purge")]
pub struct PurgeBody {
    request_id: RequestId,
    /// Always true: it is 404 from now on, and the rest is on its way.
    purging: bool,
}

impl Api {
    pub(super) async fn requests(&self, request: &Request) -> Answer {
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

    pub(super) async fn status(&self, request: &Request, id: RequestId) -> Answer {
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
    pub(super) async fn cancel(&self, request: &Request, id: RequestId) -> Answer {
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

    pub(super) async fn retry_failed(&self, request: &Request, id: RequestId) -> Answer {
        let query = request.query_string_parameters();
        let retry = control::retry(query.first("code"), query.first("host"))?;
        let stored = self.owned(request, id).await?;
        let begun = self.control.retry(&stored, &retry).await;
        let begun = begun.map_err(|error| ApiError::of_control(error, &retry))?;
        let body = status::pending(&begun, self.store.now());
        Ok(accepted(json(&body)?))
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
