//! Reads the environment: the only place that does.
//!
//! `template.yaml` sets every variable; a missing or unreadable one stops the function at
//! start-up with its name, so that no limit is ever silently something else.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// Why a variable could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not set.
    #[error("environment variable {name} is not set (template.yaml sets it)")]
    Missing {
        /// The variable.
        name: &'static str,
    },
    /// It is not what it should be. The value is left out: it may be a secret.
    #[error("environment variable {name} is unusable: {reason}")]
    Unusable {
        /// The variable.
        name: &'static str,
        /// What the parser said.
        reason: String,
    },
}

/// The text of a variable that must be set.
///
/// # Errors
/// When it is missing or empty.
pub fn text(name: &'static str) -> Result<String, ConfigError> {
    optional(name).ok_or(ConfigError::Missing { name })
}

/// The text of a variable that may be missing or empty.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
pub fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable of any type that can be parsed.
///
/// # Errors
/// When it is missing or cannot be parsed.
pub fn parsed<T: FromStr<Err: Display>>(name: &'static str) -> Result<T, ConfigError> {
    parse(name, &text(name)?)
}

/// A number of seconds.
///
/// # Errors
/// When it is missing or not a whole number.
pub fn seconds(name: &'static str) -> Result<Duration, ConfigError> {
    parsed(name).map(Duration::from_secs)
}

/// A comma-separated list; missing or empty means none.
///
/// # Errors
/// When an item cannot be parsed.
pub fn list<T: FromStr<Err: Display>>(name: &'static str) -> Result<Vec<T>, ConfigError> {
    let text = optional(name).unwrap_or_default();
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    items.map(|item| parse(name, item)).collect()
}

fn parse<T: FromStr<Err: Display>>(name: &'static str, text: &str) -> Result<T, ConfigError> {
    text.parse().map_err(|error: T::Err| ConfigError::Unusable {
        name,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = text("HALFTONE_TEST_UNSET").unwrap_err();
        assert!(error.to_string().contains("HALFTONE_TEST_UNSET"));
        assert_eq!(list::<u8>("HALFTONE_TEST_UNSET").unwrap(), Vec::<u8>::new());
    }

    #[test]
    fn an_unusable_value_is_not_shown() {
        let error = parse::<u8>("SECRET", "hunter2").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
