//! Options that are chosen by a word. What the words are is written down once, where the option is defined: they are
//! read and written here, in text and through serde.

/// Gives an option its name and its words.
macro_rules! chosen_by_word {
    (
        $option:ident, $name:literal, $invalid:ident:
        $first:ident = $first_word:literal $(, $variant:ident = $word:literal)*; $last:ident = $last_word:literal
    ) => {
        impl $option {
            /// What the option is called, in forms, in files and in the API.
            pub const NAME: &'static str = $name;

            /// All that can be asked for.
            pub const ALL: [Self; Self::WORDS.len()] =
                [Self::$first, $(Self::$variant,)* Self::$last];

            /// The words for them, in the same order.
            pub const WORDS: [&'static str; [$first_word, $($word,)* $last_word].len()] =
                [$first_word, $($word,)* $last_word];

            /// The words, as part of a sentence.
            pub const ALLOWED: &'static str =
                concat!($first_word, $(", ", $word,)* " or ", $last_word);

            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                    Self::$last => $last_word,
                }
            }
        }

        impl std::fmt::Display for $option {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $option {
            type Err = $invalid;

            fn from_str(text: &str) -> Result<Self, $invalid> {
                let named = |option: &Self| option.as_str() == text;
                Self::ALL.into_iter().find(named).ok_or($invalid)
            }
        }

        impl serde::Serialize for $option {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $option {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }

        /// A word that is none of them was given.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[error("the {} must be {}", $option::NAME, $option::ALLOWED)]
        pub struct $invalid;
    };
}

pub(super) use chosen_by_word;
