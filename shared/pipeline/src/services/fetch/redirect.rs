//! Redirects: each hop is checked like the first URL, and asked with what its own origin wants to see.
//!
//! From https to http is followed as browsers and curl do, since the address over http could as well have been given
//! itself. What was given for https alone (see [`super::headers`]) does not go along.

use ::url::Url;
use http::header::{CONTENT_RANGE, LOCATION};
use http::{HeaderMap, StatusCode};
use percent_encoding::{CONTROLS, percent_encode};
use reqwest::Response;

use super::cookies::Cookies;
use super::{FetchError, Fetcher, Opened, Validators, retry_after};
use crate::url;

const REDIRECTS: [StatusCode; 5] = [
    StatusCode::MOVED_PERMANENTLY,
    StatusCode::FOUND,
    StatusCode::SEE_OTHER,
    StatusCode::TEMPORARY_REDIRECT,
    StatusCode::PERMANENT_REDIRECT,
];

/// Answers that there are only to questions with a condition; the second is given by servers that take it amiss.
const CONDITIONAL: [StatusCode; 2] = [StatusCode::NOT_MODIFIED, StatusCode::PRECONDITION_FAILED];

/// What a URL leads to.
enum Hop {
    End(Response),
    Unchanged,
    Further(Url),
}

/// From the URL that was asked for to the one that answers.
#[derive(Debug)]
pub(super) struct Way {
    first: Url,
    last: Url,
}

impl Way {
    /// Names the host that failed where it is another one than the first URL's.
    pub(super) fn at(&self, error: FetchError) -> FetchError {
        match self.other_host() {
            None => error,
            Some(host) => FetchError::Redirected {
                host,
                source: Box::new(error),
            },
        }
    }

    /// What the last URL's server says of what it sends.
    pub(super) fn validators(&self, headers: &HeaderMap) -> Option<Validators> {
        Validators::of(&self.last, headers)
    }

    /// The host that it leads to, where that is another one.
    pub(super) fn other_host(&self) -> Option<String> {
        let (first, last) = (&self.first, &self.last);
        let is_same = (first.host(), first.port()) == (last.host(), last.port());
        (!is_same).then(|| url::told_host(last))
    }
}

impl Fetcher {
    /// Goes from URL to URL until one answers with success; `None` where that says that it still has what was `known`.
    pub(super) async fn follow(
        &self,
        first: Url,
        known: Option<&Validators>,
    ) -> Result<Option<Opened>, FetchError> {
        let mut way = Way {
            last: first.clone(),
            first,
        };
        let mut cookies = Cookies::default();
        for _ in 0..=self.config.max_redirects {
            let hop = self.hop(&way.last, &mut cookies, known).await;
            match hop.map_err(|error| way.at(error))? {
                Hop::End(response) => {
                    return Ok(Some(Opened {
                        response,
                        way,
                        rest: self.config.total_timeout,
                    }));
                }
                Hop::Unchanged => return Ok(None),
                Hop::Further(next) => way.last = next,
            }
        }
        Err(FetchError::TooManyRedirects {
            limit: self.config.max_redirects,
        })
    }

    async fn hop(
        &self,
        url: &Url,
        cookies: &mut Cookies,
        known: Option<&Validators>,
    ) -> Result<Hop, FetchError> {
        let conditions = known.and_then(|known| known.conditions(url));
        let is_conditional = conditions.is_some();
        let mut response = self.ask(url, cookies, conditions).await?;
        if is_conditional && CONDITIONAL.contains(&response.status()) {
            let headers = response.headers();
            let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
            if is_unchanged && known.is_some_and(|known| known.are_confirmed(headers)) {
                return Ok(Hop::Unchanged);
            }
            response = self.ask(url, cookies, None).await?;
        }
        if let Some(location) = location(&response) {
            cookies.keep(url, response.headers());
            let next = url::follow(url, &location).map_err(FetchError::InvalidRedirect)?;
            return Ok(Hop::Further(next));
        }
        if is_all_of_it(response.status(), response.headers()) {
            self.check_length(&response)?;
            return Ok(Hop::End(response));
        }
        Err(FetchError::HttpStatus {
            status: response.status().as_u16(),
            retry_after: retry_after(&response),
            page: self.glimpse(&mut response).await,
        })
    }
}

/// Where an answer redirects to. Bytes outside of ASCII are kept as they are, in whatever encoding.
fn location(response: &Response) -> Option<String> {
    let target = response.headers().get(LOCATION)?.as_bytes();
    let redirects = REDIRECTS.contains(&response.status()) && !target.trim_ascii().is_empty();
    redirects.then(|| percent_encode(target, CONTROLS).to_string())
}

/// Whether an answer is a success, and of the whole file: no part was asked for.
fn is_all_of_it(status: StatusCode, headers: &HeaderMap) -> bool {
    if status != StatusCode::PARTIAL_CONTENT {
        return status.is_success();
    }
    let range = headers
        .get(CONTENT_RANGE)
        .and_then(|range| range.to_str().ok());
    let all = |range: &str| {
        let (last, length) = range.strip_prefix("bytes 0-")?.split_once('/')?;
        let (last, length): (u64, u64) = (last.parse().ok()?, length.parse().ok()?);
        Some(last.checked_add(1)? == length)
    };
    range.and_then(all).unwrap_or(false)
}
