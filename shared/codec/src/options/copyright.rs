//! What may be asked about copyright notices.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What becomes of a picture's copyright notice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Copyright {
    /// It goes, as all metadata does.
    #[default]
    Remove,
    /// EXIF's `Copyright` and `Artist` stay, each of at most 1,000 bytes. A longer one goes: half of a notice may say
    /// something else.
    Keep,
}

/// A word that is not what can become of a copyright notice was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("copyright is one of remove and keep")]
pub struct InvalidCopyright;

impl Copyright {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Remove, Self::Keep];

    /// The word for it in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

impl fmt::Display for Copyright {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Copyright {
    type Err = InvalidCopyright;

    fn from_str(text: &str) -> Result<Self, InvalidCopyright> {
        let named = |copyright: &Self| copyright.as_str() == text;
        Self::ALL.into_iter().find(named).ok_or(InvalidCopyright)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_known_by_their_words() {
        for copyright in Copyright::ALL {
            assert_eq!(copyright.to_string().parse(), Ok(copyright));
        }
        for text in ["", "Keep", "yes", "true"] {
            assert_eq!(text.parse::<Copyright>(), Err(InvalidCopyright));
        }
        assert_eq!(Copyright::default(), Copyright::Remove);
    }
}
