//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgMatches};

const ABOUT: &str = "\
Runs a CSV through a deployed Halftone and says step by step what works.

It uploads the CSV and waits for its end, reads the results, fetches an output and decodes it, asks for \
its head, and calls without a key. What it leaves behind is one request, which goes with RetentionDays.";

/// What is checked, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The stack's output `ApiUrl`, without a trailing slash.
    pub api: String,
    /// The environment variable that holds an API key. A key on the command line would be seen by all
    /// processes and kept by the shell.
    pub key_variable: String,
    /// The CSV; the sample when there is none.
    pub csv: Option<PathBuf>,
}

/// Reads the command line of this process; ends it with an explanation when that is wrong.
pub fn parse() -> Settings {
    from(&cli().get_matches())
}

fn cli() -> clap::Command {
    let argument = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    clap::Command::new("cargo local check")
        .bin_name("cargo local check")
        .about(ABOUT)
        .arg(
            argument("api", "URL", "The stack's output ApiUrl")
                .required(true)
                .value_parser(api),
        )
        .arg(
            argument("key-env", "NAME", "The environment variable with an API key")
                .required(true),
        )
        .arg(
            argument("csv", "FILE", "A CSV that the API takes; its image URLs must be public. Without it the sample is used, whose photographs are served by this machine, for an API on this machine only")
                .value_parser(clap::value_parser!(PathBuf)),
        )
}

fn from(matches: &ArgMatches) -> Settings {
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    Settings {
        api: text("api"),
        key_variable: text("key-env"),
        csv: matches.get_one("csv").cloned(),
    }
}

fn api(text: &str) -> Result<String, &'static str> {
    let secure = text.starts_with("https://");
    // Without TLS a key would be read on the way.
    if secure || is_on_this_machine(text) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("expected a URL that begins with https://, or with http://127.0.0.1")
    }
}

/// Whether a URL is of the local stack.
pub fn is_on_this_machine(url: &str) -> bool {
    let rest = url.strip_prefix("http://127.0.0.1");
    rest.is_some_and(|rest| rest.starts_with([':', '/']) || rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Settings, clap::Error> {
        let words = [&["cargo local check"], words].concat();
        cli()
            .try_get_matches_from(words)
            .map(|matches| from(&matches))
    }

    #[test]
    fn an_api_and_the_name_of_a_variable() {
        cli().debug_assert();
        let settings = parsed(&["--api", "https://a.example/prod/", "--key-env", "KEY"]).unwrap();
        assert_eq!(settings.api, "https://a.example/prod");
        assert_eq!(settings.key_variable, "KEY");
        assert_eq!(settings.csv, None);
        assert!(parsed(&["--api", "https://a.example"]).is_err());
        assert!(parsed(&["--key-env", "KEY"]).is_err());
    }

    #[test]
    fn no_key_goes_over_the_network_in_the_clear() {
        for (url, is_taken) in [
            ("http://127.0.0.1:4566/x", true),
            ("http://127.0.0.1.evil.example/", false),
            ("http://a.example/prod", false),
            ("a.example/prod", false),
        ] {
            assert_eq!(api(url).is_ok(), is_taken, "{url}");
        }
    }
}
