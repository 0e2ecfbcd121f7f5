//! `POST /api/v1/webhooks/secret`: the key that the caller's webhooks are signed with.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::jobs::webhook::keys::{MasterKey, OVERLAP_SECONDS};
use halftone_pipeline::request::{OwnerId, Timestamp};
use halftone_pipeline::services::store::{Owner, Store};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::ApiError;

/// The answer; the one place where a key is shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "WebhookSecret")]
pub struct SecretBody {
    owner_id: OwnerId,
    secret: String,
    previous: Option<Previous>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PreviousSecret")]
struct Previous {
    secret: String,
    /// Until then webhooks are signed by both.
    valid_until: Timestamp,
}

/// Shows the key of whom an API key stands for, and moves it on before if `rotate` says so.
pub async fn answer(
    store: &Store,
    master: &MasterKey,
    api_key_id: &str,
    rotate: Option<&str>,
) -> Result<SecretBody, ApiError> {
    let rotate = wants_rotation(rotate)?;
    let owners = store.owners();
    let id = owners.find_or_create(api_key_id).await?;
    let now = store.now();
    let owner = if rotate {
        let since = now.plus_seconds(-OVERLAP_SECONDS);
        match owners.rotate_webhook_secret(&id, since).await? {
            Some(owner) => owner,
            None => return Err(rotated_recently(&owners.get(&id).await?).into()),
        }
    } else {
        owners.get(&id).await?
    };
    let keys = master.of(&owner, now);
    Ok(SecretBody {
        owner_id: owner.id,
        secret: keys.current.reveal(),
        previous: keys.previous.map(|(secret, valid_until)| Previous {
            secret: secret.reveal(),
            valid_until,
        }),
    })
}

fn wants_rotation(word: Option<&str>) -> Result<bool, Problem> {
    match word {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => {
            let detail = "rotate must be true or false.";
            Err(Problem::new(
                StatusCode::BAD_REQUEST,
                ProblemCode::InvalidRotate,
                detail,
            ))
        }
    }
}

/// A second rotation would take away the key that receivers were promised for a day.
fn rotated_recently(owner: &Owner) -> Problem {
    let again = match owner.webhook_secret_rotated_at {
        Some(at) => format!("at {}", at.plus_seconds(OVERLAP_SECONDS)),
        None => "a day after that".to_owned(),
    };
    let detail = format!(
        "The secret was rotated within the last 24 hours, in which the one before it signs too. It can \
         be rotated again {again}; without rotate=true this call shows both."
    );
    Problem::new(StatusCode::CONFLICT, ProblemCode::RotatedRecently, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_rotates_nothing() {
        assert_eq!(wants_rotation(None), Ok(false));
        assert_eq!(wants_rotation(Some("false")), Ok(false));
        assert_eq!(wants_rotation(Some("true")), Ok(true));
        for word in ["", "True", "yes", "1"] {
            assert_eq!(
                wants_rotation(Some(word)).unwrap_err().code,
                "invalid_rotate"
            );
        }
    }
}
