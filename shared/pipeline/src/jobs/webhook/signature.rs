//! Signs and verifies webhooks as the Standard Webhooks specification says; no I/O.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::request::Timestamp;

/// How far a signed timestamp may lie from now, in seconds, before it counts as replayed.
const TOLERANCE_SECONDS: i64 = 5 * 60;

/// A signing key: `whsec_` and 24–64 bytes of base64. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a text is no signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is whsec_ and 24 to 64 bytes in base64")]
pub struct InvalidSecret;

impl Secret {
    pub(super) fn of_bytes(key: Vec<u8>) -> Self {
        Self(key)
    }

    /// The key as receivers are given it. For nobody else: no log may have it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("whsec_{}", STANDARD.encode(&self.0))
    }
}

impl FromStr for Secret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix("whsec_").ok_or(InvalidSecret)?;
        let key = STANDARD.decode(encoded).map_err(|_| InvalidSecret)?;
        if (24..=64).contains(&key.len()) {
            Ok(Self(key))
        } else {
            Err(InvalidSecret)
        }
    }
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The timestamp is no number.
    #[error("the timestamp is unreadable")]
    Timestamp,
    /// It was signed too long ago, or in the future.
    #[error("the timestamp is more than five minutes away")]
    Expired,
    /// No signature is of any of our keys.
    #[error("no signature matches")]
    Mismatch,
}

/// The `webhook-signature` header: one signature per key, so that receivers may have either
/// while keys are rotated.
#[must_use]
pub fn sign(secrets: &[Secret], id: &str, at: Timestamp, body: &[u8]) -> String {
    let timestamp = at.unix_seconds().to_string();
    let signature = |secret| {
        let code = mac(secret, id, &timestamp, body).finalize().into_bytes();
        format!("v1,{}", STANDARD.encode(code))
    };
    secrets.iter().map(signature).collect::<Vec<_>>().join(" ")
}

/// Checks the three headers of a webhook against its body, in constant time.
///
/// # Errors
/// When the timestamp is unusable or no signature matches.
pub fn verify(
    secrets: &[Secret],
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let signed_at: i64 = timestamp.parse().map_err(|_| SignatureError::Timestamp)?;
    if signed_at.abs_diff(now.unix_seconds()) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureError::Expired);
    }
    let given = signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"));
    let given: Vec<_> = given
        .filter_map(|code| STANDARD.decode(code).ok())
        .collect();
    let matches = |secret: &Secret| {
        let code = mac(secret, id, timestamp, body);
        given
            .iter()
            .any(|given| code.clone().verify_slice(given).is_ok())
    };
    if secrets.iter().any(matches) {
        Ok(())
    } else {
        Err(SignatureError::Mismatch)
    }
}

fn mac(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length.
    #[allow(clippy::expect_used, reason = "cannot fail")]
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret(text: &str) -> Secret {
        text.parse().unwrap()
    }

    fn known() -> (Secret, Timestamp) {
        let at = Timestamp::from_unix_millis(1_614_265_330_000).unwrap();
        (secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), at)
    }

    /// The vector of the specification's own libraries.
    #[test]
    fn the_known_answer() {
        let (secret, at) = known();
        assert_eq!(sign(&[secret], ID, at, BODY), SIGNATURE);
    }

    #[test]
    fn either_key_is_good_while_rotating() {
        let (old, at) = known();
        let new = secret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let signatures = sign(&[new, old.clone()], ID, at, BODY);
        let headers = (ID, "1614265330", signatures.as_str());
        assert_eq!(verify(&[old], headers, BODY, at), Ok(()));
    }

    #[test]
    fn forgeries_and_replays_are_refused() {
        let (key, at) = known();
        let check = |timestamp, signature, body, now| {
            verify(
                std::slice::from_ref(&key),
                (ID, timestamp, signature),
                body,
                now,
            )
        };
        assert_eq!(
            check("1614265330", SIGNATURE, b"{}", at),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            check("1614265331", SIGNATURE, BODY, at),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            check("1614265330", "v1,", BODY, at),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            check("soon", SIGNATURE, BODY, at),
            Err(SignatureError::Timestamp)
        );
        let later = at.plus_seconds(301);
        assert_eq!(
            check("1614265330", SIGNATURE, BODY, later),
            Err(SignatureError::Expired)
        );
    }

    #[test]
    fn secrets_show_nothing_and_must_be_long() {
        let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(secret(text).reveal(), text);
        assert_eq!(format!("{:?}", known().0), "Secret(..)");
        assert_eq!("whsec_c2hvcnQ=".parse::<Secret>(), Err(InvalidSecret));
        assert_eq!("hunter2".parse::<Secret>(), Err(InvalidSecret));
    }
}
