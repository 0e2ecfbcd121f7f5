//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::bench::{Format, Settings};

/// What `cargo local help` prints.
pub const USAGE: &str = "\
Halftone on this machine.

  cargo local                            set up, show the pipeline at work, keep serving
  cargo local up [--allow-network CIDR]  the same without the show; images and webhooks may be
                                         on global addresses and in the networks named
  cargo local down                       stop what is up
  cargo local status                     what is up, and where
  cargo local logs [FUNCTION]            logs of upload, ingest, compress, finalize or status
  cargo local test                       every check and test, on a stack of its own
  cargo local bench codecs [DIR]         Halftone and sharp on the pictures in DIR, or the samples;
        [--quality N] [--rounds N]       both at this quality (50), so many times each (5),
        [--format F]                     made jpeg, png or webp (what they are)
  cargo local bench sizing               time and cost of an image by the function's memory";

/// The functions, as they are named in `functions/`.
pub const FUNCTIONS: [&str; 5] = ["upload", "ingest", "compress", "finalize", "status"];

/// One of the commands.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Set up, run the demo, serve.
    Demo,
    /// Set up and serve.
    Up {
        /// CIDR blocks that may be fetched from beside global addresses.
        networks: Vec<String>,
    },
    /// Stop the stack that is up.
    Down,
    /// Say what is up.
    Status,
    /// Print logs.
    Logs {
        /// Of this function only.
        function: Option<String>,
    },
    /// Run all checks and tests.
    Test,
    /// Compare the codecs.
    Bench(Settings),
    /// Measure the compress function with different amounts of memory.
    Sizing,
    /// Print the usage.
    Help,
}

/// Reads the command line of this process.
pub fn parse() -> Result<Command, lexopt::Error> {
    from(lexopt::Parser::from_env())
}

fn from(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;
    let mut words = Vec::new();
    let mut networks = Vec::new();
    let (mut quality, mut rounds, mut format) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("allow-network") => networks.push(parser.value()?.parse_with(network)?),
            Long("quality") => quality = Some(parser.value()?.parse_with(quality_of)?),
            Long("rounds") => rounds = Some(parser.value()?.parse_with(rounds_of)?),
            Long("format") => format = Some(parser.value()?.parse_with(format_of)?),
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(word) => words.push(word.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["up"] if quality.is_none() && rounds.is_none() && format.is_none() => {
            Ok(Command::Up { networks })
        }
        _ if !networks.is_empty() => Err("--allow-network belongs to `cargo local up`".into()),
        ["bench", "codecs", rest @ ..] if rest.len() < 2 => Ok(Command::Bench(Settings {
            directory: rest.first().map(PathBuf::from),
            format,
            quality: quality.unwrap_or(Settings::QUALITY),
            rounds: rounds.unwrap_or(Settings::ROUNDS),
        })),
        _ if quality.is_some() || rounds.is_some() || format.is_some() => {
            Err("--quality, --rounds and --format belong to `cargo local bench codecs`".into())
        }
        ["bench", "sizing"] => Ok(Command::Sizing),
        [] => Ok(Command::Demo),
        ["down"] => Ok(Command::Down),
        ["status"] => Ok(Command::Status),
        ["logs"] => Ok(Command::Logs { function: None }),
        ["logs", function] if FUNCTIONS.contains(function) => Ok(Command::Logs {
            function: Some((*function).to_owned()),
        }),
        ["test"] => Ok(Command::Test),
        ["help"] => Ok(Command::Help),
        words => Err(format!("unknown command `{}`", words.join(" ")).into()),
    }
}

fn quality_of(text: &str) -> Result<u8, &'static str> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=100).contains(number))
        .ok_or("a quality is a whole number from 1 to 100")
}

fn format_of(text: &str) -> Result<Format, &'static str> {
    let format = Format::ALL.into_iter().find(|format| format.word() == text);
    format.ok_or("expected jpeg, png or webp")
}

fn rounds_of(text: &str) -> Result<usize, &'static str> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=1000).contains(number))
        .ok_or("expected a whole number from 1 to 1000")
}

fn network(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "expected a network such as 127.0.0.0/8 or fd00::/8";
    let (address, length) = text.split_once('/').ok_or(EXPECTED)?;
    let address: IpAddr = address.parse().map_err(|_| EXPECTED)?;
    let length: u8 = length.parse().map_err(|_| EXPECTED)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    if length > most {
        Err(EXPECTED)
    } else {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, lexopt::Error> {
        from(lexopt::Parser::from_args(words))
    }

    #[test]
    fn commands() {
        assert_eq!(parsed(&[]).unwrap(), Command::Demo);
        assert_eq!(parsed(&["test"]).unwrap(), Command::Test);
        let function = Some("compress".to_owned());
        assert_eq!(
            parsed(&["logs", "compress"]).unwrap(),
            Command::Logs { function }
        );
        assert!(parsed(&["logs", "nothing"]).is_err());
        assert!(parsed(&["upp"]).is_err());
    }

    #[test]
    fn the_benchmark_and_its_options() {
        let settings = |directory: Option<&str>, quality, rounds| {
            Command::Bench(Settings {
                directory: directory.map(PathBuf::from),
                format: None,
                quality,
                rounds,
            })
        };
        let parsed_as = |words: &[&str]| parsed(words).unwrap();
        assert_eq!(parsed_as(&["bench", "codecs"]), settings(None, 50, 5));
        assert_eq!(parsed_as(&["bench", "sizing"]), Command::Sizing);
        let words = ["bench", "codecs", "here", "--quality", "70", "--rounds=2"];
        assert_eq!(parsed_as(&words), settings(Some("here"), 70, 2));
        let to_webp = parsed_as(&["bench", "codecs", "--format", "webp"]);
        assert!(
            matches!(to_webp, Command::Bench(settings) if settings.format == Some(Format::WebP))
        );
        for words in [
            &["bench"][..],
            &["bench", "codecs", "here", "there"],
            &["bench", "sizing", "--rounds", "2"],
            &["bench", "codecs", "--quality", "0"],
            &["bench", "codecs", "--rounds", "0"],
            &["bench", "codecs", "--format", "gif"],
            &["up", "--format", "webp"],
            &["up", "--rounds", "2"],
            &["--quality", "50"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn networks_are_checked_and_belong_to_up() {
        let networks = vec!["127.0.0.0/8".to_owned(), "fd00::/8".to_owned()];
        let words = [
            "up",
            "--allow-network",
            "127.0.0.0/8",
            "--allow-network=fd00::/8",
        ];
        assert_eq!(parsed(&words).unwrap(), Command::Up { networks });
        for bad in ["127.0.0.1", "127.0.0.0/33", "localhost/8", "::/129"] {
            assert!(parsed(&["up", "--allow-network", bad]).is_err(), "{bad}");
        }
        assert!(parsed(&["--allow-network", "127.0.0.0/8"]).is_err());
    }
}
