//! Errors as clients see them: RFC 9457 `application/problem+json` with a stable `code`.

use http::{Response, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::codes::ProblemCode;
use crate::manifest::{ManifestError, RowError};

/// One refusal or failure of an API call. Carries no internal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// The section of the page of problems that is about this code.
    #[serde(rename = "type")]
    #[schemars(extend("format" = "uri"))]
    kind: String,
    /// The HTTP status in words.
    title: String,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599), extend("format" = "int32"))]
    status: u16,
    /// Stable, for programs.
    pub code: ProblemCode,
    /// What is wrong, with what, and how to put it right.
    detail: String,
    /// Row errors, each with its line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<RowError>,
    /// Seconds after which the same call may go better.
    #[serde(skip)]
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem with a sentence that says what to do.
    #[must_use]
    pub fn new(status: StatusCode, code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: code.kind(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// The same, of a call that may go better after so many seconds.
    #[must_use]
    pub fn after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// No such request, or not this caller's: the two must look alike.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            ProblemCode::NotFound,
            "There is nothing here under this key.",
        )
    }

    /// A service behind the API is away; the same call may be made again.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ProblemCode::Unavailable,
            "A service this call needs is away for the moment. Please try again.",
        )
        .after(5)
    }

    /// A fault of ours.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ProblemCode::Internal,
            "The call could not be served. The failure has been logged.",
        )
    }

    /// What is wrong with a CSV.
    #[must_use]
    pub fn of_manifest(error: &ManifestError) -> Self {
        let mut detail = error.to_string();
        if let Some(first) = detail.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.code(), detail + ".");
        Self {
            errors: error.rows().to_vec(),
            ..problem
        }
    }

    /// The HTTP answer.
    #[must_use]
    pub fn response(&self) -> Response<String> {
        // A struct of strings and numbers always serializes.
        let body = serde_json::to_string(self).unwrap_or_default();
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        let json = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_errors_are_listed() {
        let error = ManifestError::Rows {
            errors: vec![RowError {
                line: 2,
                code: "no_url".to_owned(),
                message: "the row has no image URL".to_owned(),
            }],
            total: 1,
        };
        let response = Problem::of_manifest(&error).response();
        assert_eq!(response.status(), 422);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(response.body()).unwrap(),
            serde_json::json!({"type": ProblemCode::InvalidRows.kind(), "title": "Unprocessable Entity", "status": 422,
                "code": "invalid_rows", "detail": "1 row cannot be used.",
                "errors": [{"line": 2, "code": "no_url", "message": "the row has no image URL"}]})
        );
    }
}
