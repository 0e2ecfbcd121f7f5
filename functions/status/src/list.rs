//! An owner's requests as they are listed.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::request::{Progress, RequestId, RequestStatus, Savings, Timestamp};
use halftone_pipeline::services::store::{Listed, Newest, Request, SourceKind};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::query;

/// Requests in one answer unless the caller says otherwise.
const DEFAULT_LIMIT: i64 = 20;
/// Most requests in one answer.
const MAX_LIMIT: i64 = 100;

/// What the caller asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    pub limit: i64,
    pub newest: Newest,
}

impl Asked {
    /// Reads the parameters, each by its name.
    pub fn parse<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        Ok(Self {
            limit: query::limit(parameter("limit"), DEFAULT_LIMIT, MAX_LIMIT)?,
            newest: Newest {
                status: parameter("status").map(status).transpose()?,
                since: parameter("since").map(since).transpose()?,
                behind: query::of_cursor(parameter("cursor"), listed)?,
            },
        })
    }
}

fn status(word: &str) -> Result<RequestStatus, Problem> {
    RequestStatus::of_word(word).ok_or_else(|| {
        let words = RequestStatus::ALL.map(|status| status.to_string());
        let detail = format!("status must be one of {}.", words.join(", "));
        Problem::new(StatusCode::BAD_REQUEST, ProblemCode::InvalidStatus, detail)
    })
}

fn since(text: &str) -> Result<Timestamp, Problem> {
    Timestamp::parse(text).ok_or_else(|| {
        let detail = "since must be a moment in RFC 3339, such as 2026-01-31T12:00:00Z.";
        Problem::new(StatusCode::BAD_REQUEST, ProblemCode::InvalidSince, detail)
    })
}

fn listed(text: &str) -> Option<Listed> {
    let (millis, id) = text.split_once('.')?;
    Some(Listed {
        created_at: Timestamp::from_unix_millis(millis.parse().ok()?)?,
        id: id.parse().ok()?,
    })
}

fn cursor(behind: &Request) -> String {
    let millis = behind.created_at.unix_millis();
    query::cursor(&format!("{millis}.{}", behind.id))
}

/// The answer of the call.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RequestList")]
pub struct ListBody {
    requests: Vec<Entry>,
    next_cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RequestSummary")]
struct Entry {
    request_id: RequestId,
    status: RequestStatus,
    round: u32,
    product_name: String,
    source: Source,
    created_at: Timestamp,
    completed_at: Option<Timestamp>,
    progress: Progress,
    savings: Savings,
    /// Why the CSV was refused; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RequestSource")]
struct Source {
    kind: SourceKind,
    /// The file's name, or the dropped object's key.
    name: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CsvRefusal")]
struct Refusal {
    #[schemars(with = "ProblemCode")]
    code: String,
    message: String,
}

/// The page of these requests; `requests` may hold one more than `limit`, which tells that there are
/// more pages.
pub fn page(mut requests: Vec<Request>, limit: i64, now: Timestamp) -> ListBody {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = requests.len() > limit;
    requests.truncate(limit);
    ListBody {
        next_cursor: requests.last().filter(|_| more).map(cursor),
        requests: requests
            .into_iter()
            .map(|request| entry(request, now))
            .collect(),
    }
}

fn entry(request: Request, now: Timestamp) -> Entry {
    Entry {
        request_id: request.id,
        status: request.status,
        round: request.round,
        progress: request.progress_at(now),
        savings: request.savings,
        created_at: request.created_at,
        completed_at: request.ended_at,
        product_name: request.product_name,
        source: Source {
            kind: request.source.kind,
            name: request.source.key,
        },
        error: request.failure.map(|failure| Refusal {
            code: failure.code,
            message: failure.message,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(parameters: &[(&str, &'static str)]) -> Result<Asked, Problem> {
        Asked::parse(|name| {
            let found = parameters.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        })
    }

    #[test]
    fn every_parameter_is_read() {
        let nothing = Asked {
            limit: DEFAULT_LIMIT,
            newest: Newest::default(),
        };
        assert_eq!(asked(&[]), Ok(nothing));
        let all = asked(&[
            ("status", "Failed"),
            ("since", "2026-01-31T12:00:00Z"),
            ("limit", "100"),
        ])
        .unwrap();
        assert_eq!(all.limit, 100);
        assert_eq!(all.newest.status, Some(RequestStatus::Failed));
        assert_eq!(
            all.newest.since.unwrap().to_string(),
            "2026-01-31T12:00:00Z"
        );
    }

    #[test]
    fn nonsense_is_refused_with_its_code() {
        for (name, value, code) in [
            ("status", "failed", "invalid_status"),
            ("since", "yesterday", "invalid_since"),
            ("limit", "101", "invalid_limit"),
            ("cursor", "MS4x", "invalid_cursor"),
        ] {
            assert_eq!(asked(&[(name, value)]).unwrap_err().code, code);
        }
    }

    #[test]
    fn a_cursor_names_the_last_request_of_its_page() {
        let id = RequestId::random();
        let created_at = Timestamp::now();
        let text = format!("{}.{id}", created_at.unix_millis());
        assert_eq!(listed(&text), Some(Listed { created_at, id }));
    }
}
