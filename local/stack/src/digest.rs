//! SHA-256 as text.

use sha2::{Digest, Sha256};

/// The SHA-256 of these bytes in hexadecimal, as `sha256sum` prints it.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_what_sha256sum_prints() {
        assert_eq!(
            super::sha256(b"halftone\n"),
            "f2a33acee195ca69a45041ed1ca0735c0d9fe8086e756b9b52d9453db13cb5f3"
        );
    }
}
