//! Secrets Manager: what must stand in no environment.

use std::fmt;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;

/// Why a secret could not be read. Says nothing of what it holds.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager failed or refused.
    #[error("the secret {id} could not be read")]
    Call {
        /// Its name or ARN.
        id: String,
        /// What the SDK says.
        source: Box<SdkError<GetSecretValueError>>,
    },
    /// It is no JSON object of texts, or has no such text.
    #[error("the secret {id} is no JSON object with a text under the key \"{key}\"")]
    Form {
        /// Its name or ARN.
        id: String,
        /// The key that was looked for.
        key: &'static str,
    },
}

/// One text of a secret, which is a JSON object. Its `Debug` names it and shows nothing of it.
#[derive(Clone)]
pub struct Secret {
    client: Client,
    id: String,
    key: &'static str,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, {})", self.id, self.key)
    }
}

impl Secret {
    /// The text under `key` of the secret with this name or ARN.
    #[must_use]
    pub fn new(aws: &SdkConfig, id: String, key: &'static str) -> Self {
        Self {
            client: Client::new(aws),
            id,
            key,
        }
    }

    /// Reads its current version.
    ///
    /// # Errors
    /// When Secrets Manager fails or refuses, or the secret has another form.
    pub async fn read(&self) -> Result<String, SecretError> {
        let secret = value(&self.client, &self.id).await?;
        text(&secret, self.key).ok_or_else(|| SecretError::Form {
            id: self.id.clone(),
            key: self.key,
        })
    }
}

/// The whole of a secret's current version.
///
/// # Errors
/// When Secrets Manager fails or refuses.
pub async fn read(aws: &SdkConfig, id: &str) -> Result<String, SecretError> {
    value(&Client::new(aws), id).await
}

async fn value(client: &Client, id: &str) -> Result<String, SecretError> {
    let call = client.get_secret_value().secret_id(id).send().await;
    let secret = call.map_err(|source| SecretError::Call {
        id: id.to_owned(),
        source: Box::new(source),
    })?;
    Ok(secret.secret_string().unwrap_or_default().to_owned())
}

fn text(json: &str, key: &str) -> Option<String> {
    let object: serde_json::Value = serde_json::from_str(json).ok()?;
    object.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_an_object_of_texts() {
        let json = r#"{"uri": "mongodb://a", "port": 1}"#;
        assert_eq!(text(json, "uri").as_deref(), Some("mongodb://a"));
        for (json, key) in [
            (json, "URI"),
            (json, "port"),
            ("mongodb://a", "uri"),
            ("", "uri"),
        ] {
            assert_eq!(text(json, key), None, "{json}");
        }
    }
}
