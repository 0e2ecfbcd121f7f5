//! What may be asked about copyright notices.

use super::by_word::chosen_by_word;

/// What becomes of a picture's copyright notice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Copyright {
    /// It goes, as all metadata does.
    #[default]
    Remove,
    /// EXIF's `Copyright` and `Artist` stay, each of at most 1,000 bytes. A longer one goes: half of a notice may say
    /// something else.
    Keep,
}

chosen_by_word!(Copyright, "copyright", InvalidCopyright: Remove = "remove"; Keep = "keep");

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
        assert_eq!(
            InvalidCopyright.to_string(),
            "the copyright must be remove or keep"
        );
    }
}
