//! The owners' signing keys: derived from one master key, so that none is stored. No I/O.

use std::fmt;
use std::str::FromStr;

use hkdf::Hkdf;
use sha2::Sha256;

use super::signature::Secret;
use crate::request::{OwnerId, Timestamp};
use crate::services::store::Owner;

/// How long webhooks are signed by the key before a rotation too, in seconds: receivers have a day to
/// learn the new one.
pub const OVERLAP_SECONDS: i64 = 24 * 3_600;

/// Least length of a master key's text, in bytes. Of letters and digits these are 190 bits.
const MIN_BYTES: usize = 32;
/// Length of a derived key in bytes; SHA-256 gives no more strength.
const KEY_BYTES: usize = 32;

/// What all owners' keys are derived from, by HKDF-SHA256 (RFC 5869). Its `Debug` shows nothing.
#[derive(Clone)]
pub struct MasterKey(Hkdf<Sha256>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Why a text is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key has at least {MIN_BYTES} characters")]
pub struct WeakKey;

impl FromStr for MasterKey {
    type Err = WeakKey;

    fn from_str(text: &str) -> Result<Self, WeakKey> {
        if text.len() < MIN_BYTES {
            return Err(WeakKey);
        }
        Ok(Self(Hkdf::new(None, text.as_bytes())))
    }
}

/// An owner's keys at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerKeys {
    /// The one to give to receivers.
    pub current: Secret,
    /// The one before it, and until when it signs too.
    pub previous: Option<(Secret, Timestamp)>,
}

impl OwnerKeys {
    /// What webhooks are signed with, the newest first.
    #[must_use]
    pub fn signing(&self) -> Vec<Secret> {
        let previous = self.previous.as_ref().map(|(key, _)| key.clone());
        [Some(self.current.clone()), previous]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl MasterKey {
    /// The keys of an owner, as they are `now`.
    #[must_use]
    pub fn of(&self, owner: &Owner, now: Timestamp) -> OwnerKeys {
        let version = owner.webhook_secret_version;
        let until = owner
            .webhook_secret_rotated_at
            .map(|at| at.plus_seconds(OVERLAP_SECONDS))
            .filter(|until| now < *until);
        let previous = version.checked_sub(1).zip(until);
        OwnerKeys {
            current: self.derive(&owner.id, version),
            previous: previous.map(|(version, until)| (self.derive(&owner.id, version), until)),
        }
    }

    fn derive(&self, owner: &OwnerId, version: u32) -> Secret {
        // The version first: no other pair of a number and a text makes the same.
        let info = format!("halftone webhook {version} {}", owner.0);
        let mut key = [0; KEY_BYTES];
        #[allow(
            clippy::expect_used,
            reason = "HKDF gives up to 255 times the length of its hash"
        )]
        self.0
            .expand(info.as_bytes(), &mut key)
            .expect("32 bytes are not too many");
        Secret::of_bytes(key.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "abcdefghijklmnopqrstuvwxyz012345";

    fn owner(id: &str, version: u32, rotated_at: Option<Timestamp>) -> Owner {
        let mut owner = Owner::new(OwnerId(id.to_owned()));
        owner.webhook_secret_version = version;
        owner.webhook_secret_rotated_at = rotated_at;
        owner
    }

    fn current(master: &str, id: &str, version: u32) -> String {
        let master: MasterKey = master.parse().unwrap();
        let keys = master.of(&owner(id, version, None), Timestamp::now());
        keys.current.reveal()
    }

    /// By Python: `HKDF(SHA256(), 32, None, b"halftone webhook 1 owner").derive(MASTER)`. A change would
    /// have every receiver refuse its webhooks.
    #[test]
    fn the_known_answer() {
        assert_eq!(
            current(MASTER, "owner", 1),
            "whsec_g+HfcNzZkZcD4gBW2Xx71CjEthAtM91WdUWl588c0So="
        );
    }

    #[test]
    fn owners_versions_and_masters_have_keys_of_their_own() {
        let keys = [
            current(MASTER, "owner", 1),
            current(MASTER, "owner", 11),
            current(MASTER, "1 owner", 1),
            current(MASTER, "another", 1),
            current(&MASTER.to_uppercase(), "owner", 1),
        ];
        let different: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
    }

    #[test]
    fn the_key_before_signs_for_a_day_after_a_rotation() {
        let master: MasterKey = MASTER.parse().unwrap();
        let now = Timestamp::now();
        let rotated = owner("owner", 1, Some(now));
        let keys = master.of(&rotated, now.plus_seconds(OVERLAP_SECONDS - 1));
        let before = master.of(&owner("owner", 0, None), now).current;
        let until = now.plus_seconds(OVERLAP_SECONDS);
        assert_eq!(keys.previous, Some((before.clone(), until)));
        assert_eq!(keys.signing(), [keys.current.clone(), before]);
        let later = master.of(&rotated, until);
        assert_eq!((later.previous.clone(), later.signing().len()), (None, 1));
        assert_eq!(later.current, keys.current);
    }

    #[test]
    fn a_master_key_is_long_and_shows_nothing() {
        assert_eq!(MASTER[1..].parse::<MasterKey>().unwrap_err(), WeakKey);
        let master: MasterKey = MASTER.parse().unwrap();
        assert_eq!(format!("{master:?}"), "MasterKey(..)");
    }
}
