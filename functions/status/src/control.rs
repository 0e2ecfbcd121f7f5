//! Calls by which owners give requests up, have failed images go again, or have all removed.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::control::ControlError;
use halftone_pipeline::request::RequestStatus;
use halftone_pipeline::services::store::Retry;
use lambda_http::http::StatusCode;

use crate::query;

/// Longest code or host to look for, in bytes: that of a host name.
const MAX_TEXT_BYTES: usize = 260;

/// Whether everything is to be removed.
pub fn purge(text: Option<&str>) -> Result<bool, Problem> {
    query::flag("purge", "invalid_purge", text)
}

/// Which failed images are to go again.
pub fn retry(code: Option<&str>, host: Option<&str>) -> Result<Retry, Problem> {
    Ok(Retry {
        code: text("code", "invalid_code", code)?,
        host: text("host", "invalid_host", host)?.map(|host| host.to_ascii_lowercase()),
        counted: false,
    })
}

fn text(name: &str, code: &'static str, text: Option<&str>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.is_empty() || text.len() > MAX_TEXT_BYTES => {
            let detail = format!("{name} must have 1 to {MAX_TEXT_BYTES} bytes.");
            Err(Problem::new(StatusCode::BAD_REQUEST, code, detail))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// Why a call was refused; `None` for a fault of ours.
pub fn refused(error: &ControlError, retry: &Retry) -> Option<Problem> {
    let (code, detail) = match error {
        ControlError::Store(_) | ControlError::Queue(_) => return None,
        ControlError::AlreadyEnded(status) => (
            "already_ended",
            format!(
                "The request has ended as {status}: there is nothing left to cancel. With \
                 ?purge=true all that it left is removed."
            ),
        ),
        ControlError::NotEnded => (
            "not_ended",
            format!(
                "The request is {}: its failed images can go again once it has ended.",
                RequestStatus::Pending
            ),
        ),
        ControlError::Cancelled => (
            "cancelled",
            "The request was cancelled: send its CSV again to have its images worked on."
                .to_owned(),
        ),
        ControlError::NoResults => (
            "no_results",
            "The request's CSV was refused, so it has no images; see its status.".to_owned(),
        ),
        ControlError::ExpiresSoon(at) => (
            "expires_soon",
            format!(
                "The request is forgotten at {at} (RetentionDays), before all its images could be \
                 tried again (RequestDeadlineHours): send its CSV again."
            ),
        ),
        ControlError::NothingFailed => ("nothing_failed", nothing_failed(retry)),
    };
    Some(Problem::new(StatusCode::CONFLICT, code, detail))
}

fn nothing_failed(retry: &Retry) -> String {
    let code = retry
        .code
        .as_ref()
        .map(|code| format!(" with the code {code:?}"));
    let host = retry
        .host
        .as_ref()
        .map(|host| format!(" at the host {host:?}"));
    let [code, host] = [code, host].map(Option::unwrap_or_default);
    format!("No image of the request failed{code}{host}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_or_refused_by_name() {
        assert_eq!(purge(None), Ok(false));
        assert_eq!(purge(Some("true")), Ok(true));
        assert_eq!(purge(Some("yes")).unwrap_err().code, "invalid_purge");
        let asked = retry(Some("timeout"), Some("Shop.Example")).unwrap();
        assert_eq!(asked.host.as_deref(), Some("shop.example"));
        assert_eq!(retry(Some(""), None).unwrap_err().code, "invalid_code");
        let long = "x".repeat(261);
        assert_eq!(retry(None, Some(&long)).unwrap_err().code, "invalid_host");
    }

    #[test]
    fn a_refusal_says_what_was_looked_for() {
        let asked = retry(Some("timeout"), Some("shop.example")).unwrap();
        let refused = refused(&ControlError::NothingFailed, &asked).unwrap();
        let body = refused.response().into_body();
        let expected = r#"No image of the request failed with the code \"timeout\" at the host \"shop.example\"."#;
        assert!(body.contains(expected), "{body}");
    }
}
