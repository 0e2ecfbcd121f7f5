//! What a notice says: to programs what a webhook says, to people who read mail a few lines.

use super::payload;
use crate::request::{OwnerId, RequestStatus, Savings};
use crate::services::store::{Request, Said};
use crate::services::topic::Publication;

/// How much of a file's name is shown, in characters.
const MAX_NAME_CHARS: usize = 200;

/// A notice of a request that has ended.
#[derive(Clone, Debug)]
pub struct Notice {
    /// One line: ASCII, at most 100 characters, as SNS takes it.
    pub subject: String,
    /// For people.
    pub text: String,
    /// For programs.
    pub said: Said,
    /// Whose request it was.
    pub owner_id: OwnerId,
}

impl Notice {
    /// What SNS is given of it.
    #[must_use]
    pub fn publication(&self) -> Publication<'_> {
        Publication {
            subject: &self.subject,
            text: &self.text,
            body: &self.said.body,
            attributes: [("type", &self.said.kind), ("ownerId", &self.owner_id.0)],
        }
    }
}

/// The notice of a request that has ended.
///
/// # Errors
/// Never for real requests: a struct of strings and numbers serializes.
pub(super) fn of(request: &Request, api_url: &str) -> Result<Notice, serde_json::Error> {
    Ok(Notice {
        subject: subject(request),
        text: text(request, api_url),
        said: payload::notice(request, api_url)?,
        owner_id: request.owner_id.clone(),
    })
}

/// Of numbers and words of ours alone: nothing that somebody else wrote stands in a mail's head.
fn subject(request: &Request) -> String {
    if request.failure.is_some() {
        return "Halftone: request failed, its CSV could not be used".to_owned();
    }
    let word = match request.status {
        RequestStatus::Completed => "completed",
        RequestStatus::Cancelled => "cancelled",
        RequestStatus::Failed | RequestStatus::Pending => "failed",
    };
    let progress = request.progress();
    let images = format!("{} of {} images", progress.succeeded, progress.total);
    let saved = saved(request.savings).map(|percent| format!(", {percent} % saved"));
    format!(
        "Halftone: request {word}, {images}{}",
        saved.unwrap_or_default()
    )
}

fn text(request: &Request, api_url: &str) -> String {
    let progress = request.progress();
    let mut lines = vec![
        format!("{}.", subject(request)),
        String::new(),
        format!("Request: {}", request.id),
        format!("Owner: {}", request.owner_id.0),
        format!("Round: {}", request.round),
    ];
    if let Some(name) = &request.source.key {
        let shown = name.chars().filter(|c| !c.is_control());
        let name: String = shown.take(MAX_NAME_CHARS).collect();
        lines.push(format!("File: {name}"));
    }
    let (succeeded, failed) = (progress.succeeded, progress.failed);
    match &request.failure {
        Some(failure) => lines.push(format!("Reason: {} ({})", failure.message, failure.code)),
        None => {
            let Savings {
                bytes_in,
                bytes_out,
            } = request.savings;
            lines.push(format!("Images: {succeeded} succeeded, {failed} failed"));
            lines.push(format!("Bytes: {bytes_in} before, {bytes_out} after"));
            let path = crate::api::paths::results(request.id);
            lines.push(format!("Results, for the owner's key: {api_url}/{path}"));
        }
    }
    lines.join("\n") + "\n"
}

/// What was saved, in whole percent rounded down; nothing of nothing.
fn saved(savings: Savings) -> Option<u64> {
    let gone = savings.bytes_in.checked_sub(savings.bytes_out)?;
    gone.saturating_mul(100).checked_div(savings.bytes_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_rounded_down_and_never_negative() {
        let of = |bytes_in, bytes_out| {
            saved(Savings {
                bytes_in,
                bytes_out,
            })
        };
        assert_eq!(of(1_000, 241), Some(75));
        assert_eq!(of(0, 0), None);
        assert_eq!(of(10, 11), None);
    }
}
