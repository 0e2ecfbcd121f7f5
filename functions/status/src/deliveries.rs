//! What became of a request's webhooks, and sending one once more.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::webhook::{MAX_REPLAYS, ReplayError, kind};
use halftone_pipeline::request::{RequestId, Timestamp};
use halftone_pipeline::services::store::{Attempt, Delivery, DeliveryState, Request};
use lambda_http::http::StatusCode;
use serde::Serialize;

/// The answer of the call.
#[derive(Serialize)]
pub struct DeliveriesBody {
    deliveries: Vec<Entry>,
}

/// One webhook.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    webhook_id: String,
    /// The event's type; `None` of one that was never sent and of an earlier round.
    #[serde(rename = "type")]
    kind: Option<String>,
    round: u32,
    url: String,
    state: DeliveryState,
    /// How many attempts there were in all.
    attempts_made: u32,
    /// The latest of them, the oldest first.
    attempts: Vec<Shown>,
    /// When the next one is due, while it is pending.
    next_attempt_at: Option<Timestamp>,
    /// How often it was sent anew.
    replays: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    at: Timestamp,
    status: Option<u16>,
    error: Option<Fault>,
    duration_ms: u64,
}

/// What went wrong.
#[derive(Serialize)]
pub struct Fault {
    code: String,
    message: String,
}

impl Fault {
    /// Of an attempt; nothing of one that went well.
    pub fn of(attempt: &Attempt) -> Option<Self> {
        Some(Self {
            message: attempt.error.clone()?,
            code: attempt.code.clone()?,
        })
    }
}

/// The answer for the webhooks of a request.
pub fn body(request: &Request, found: Vec<Delivery>) -> DeliveriesBody {
    let deliveries = found.into_iter().map(|found| entry(request, found));
    DeliveriesBody {
        deliveries: deliveries.collect(),
    }
}

/// One webhook of a request.
pub fn entry(request: &Request, delivery: Delivery) -> Entry {
    let round = delivery.id.round;
    let now = round == request.round && request.ended_at.is_some();
    let pending = delivery.state == DeliveryState::Pending;
    Entry {
        webhook_id: delivery.id.message_id(),
        kind: match delivery.said {
            Some(said) => Some(said.kind),
            None => now.then(|| kind(request.status).to_owned()),
        },
        round,
        url: delivery.url,
        state: delivery.state,
        attempts_made: delivery.attempt,
        attempts: delivery.attempts.iter().map(shown).collect(),
        next_attempt_at: pending.then_some(delivery.next_attempt_at),
        replays: delivery.replays,
    }
}

fn shown(attempt: &Attempt) -> Shown {
    Shown {
        at: attempt.at,
        status: attempt.status,
        error: Fault::of(attempt),
        duration_ms: attempt.duration_ms,
    }
}

/// The round that a `webhook-id` of this request names; `None` where none was named.
pub fn round(id: RequestId, webhook_id: Option<&str>) -> Result<Option<u32>, Problem> {
    let Some(text) = webhook_id else {
        return Ok(None);
    };
    let round = text.strip_prefix(&format!("msg_{id}_"));
    let round = round.and_then(|round| round.parse().ok());
    round.map(Some).ok_or_else(|| {
        let detail = format!(
            "webhookId must be one of this request's, such as msg_{id}_1; without it the latest webhook \
             is sent once more."
        );
        Problem::new(StatusCode::BAD_REQUEST, "invalid_webhook_id", detail)
    })
}

/// Why a webhook is not sent once more.
pub fn refused(error: &ReplayError) -> Problem {
    let (status, code, detail) = match error {
        ReplayError::Store(_) => return Problem::unavailable(),
        ReplayError::NoReceiver => (
            StatusCode::NOT_FOUND,
            "no_webhook",
            "The request named no webhookUrl, so it has no webhook.".to_owned(),
        ),
        ReplayError::Unknown(round) => (
            StatusCode::NOT_FOUND,
            "no_webhook",
            format!("There is no webhook of round {round} of this request."),
        ),
        ReplayError::NotEnded => (
            StatusCode::CONFLICT,
            "not_ended",
            "The request has not ended: its webhook is still to come.".to_owned(),
        ),
        ReplayError::Pending(at) => (
            StatusCode::CONFLICT,
            "delivery_pending",
            format!(
                "The webhook is still being sent, the next time at {at}: it can be sent once more when \
                 it was delivered or given up."
            ),
        ),
        ReplayError::NeverSent => (
            StatusCode::CONFLICT,
            "never_sent",
            "The webhook was never sent, because the next round began before it could be: that round's \
             webhook tells of the end."
                .to_owned(),
        ),
        ReplayError::TooOften => (
            StatusCode::CONFLICT,
            "replayed_too_often",
            format!(
                "The webhook was sent once more {MAX_REPLAYS} times, which is the most; the request's \
                 status says the same."
            ),
        ),
    };
    Problem::new(status, code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_id_is_one_of_the_request() {
        let id = RequestId::random();
        assert_eq!(round(id, None), Ok(None));
        assert_eq!(round(id, Some(&format!("msg_{id}_2"))), Ok(Some(2)));
        let other = format!("msg_{}_1", RequestId::random());
        for text in ["", "msg_1", &other, &format!("msg_{id}_x")] {
            assert_eq!(
                round(id, Some(text)).unwrap_err().code,
                "invalid_webhook_id",
                "{text}"
            );
        }
    }
}
