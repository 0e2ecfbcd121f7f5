//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, value_parser};

use crate::classes::{self, Part};
use crate::codecs::{Format, Settings};
use crate::{generations, resize, server};

/// What is measured or compared.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// The codecs, by classes of pictures.
    Classes(classes::Settings),
    /// The codecs.
    Codecs(Settings),
    /// JPEGs that have been compressed before.
    Generations(generations::Settings),
    /// The local stack at its full rate for so many minutes.
    Load(u64),
    /// What is read, beside what others make of it.
    Corpus(Corpus),
    /// Pictures made smaller.
    Resize(resize::Settings),
    /// Requests of up to so many images.
    Scale(u64),
    /// Halftone beside a Node.js server.
    Server(server::Settings),
    /// The compress function with different amounts of memory.
    Sizing,
}

/// Whose texts and files are read.
#[derive(Debug, PartialEq, Eq)]
pub enum Corpus {
    /// Those of CSV parsers.
    Csv,
    /// Those of decoders of pictures.
    Pictures,
}

/// Reads the command line of this process; ends it with an explanation when that is wrong.
pub fn parse() -> Command {
    from(&cli().get_matches())
}

fn cli() -> clap::Command {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let directory = Arg::new("directory")
        .value_name("DIR")
        .help("The folder of pictures; the samples when there is none")
        .value_parser(value_parser!(PathBuf));
    let quality = option("quality", "N", "What both are asked for, 1 to 100")
        .default_value("50")
        .value_parser(value_parser!(u8).range(1..=100));
    let generations = clap::Command::new("generations")
        .about("What Halftone and sharp leave of JPEGs that have been compressed before")
        .args([directory.clone(), quality.clone()]);
    let rounds = option(
        "rounds",
        "N",
        "How often each picture is compressed by each, 1 to 1000",
    )
    .default_value("5")
    .value_parser(value_parser!(u16).range(1..=1000));
    let resize = clap::Command::new("resize")
        .about("Halftone and sharp on pictures that become smaller")
        .args([directory.clone(), quality.clone(), rounds.clone()]);
    let classes = clap::Command::new("classes")
        .about("Halftone and sharp by classes of pictures, which packages ship")
        .args([quality.clone(), rounds.clone().default_value("3")])
        .arg(
            option(
                "part",
                "P",
                "Which of the pictures: those to tune with, or those to report of",
            )
            .default_value(Part::Reporting.word())
            .value_parser(PossibleValuesParser::new(Part::ALL.map(Part::word))),
        );
    let codecs = clap::Command::new("codecs")
        .about("Halftone and sharp on pictures")
        .args([directory, quality, rounds])
        .arg(
            option(
                "format",
                "F",
                "What is made of them; what they are when there is none",
            )
            .value_parser(PossibleValuesParser::new(Format::ALL.map(Format::word))),
        );
    let csv = clap::Command::new("csv").about(
        "The CSV reader against csv-spectrum, PapaParse and csv-parse; fails if it is wrong",
    );
    let pictures = clap::Command::new("pictures").about(
        "The codec on the test pictures of other projects, beside sharp; fails if one comes out wrong",
    );
    let load = clap::Command::new("load")
        .about("The local stack at its full rate: whether anything grows with time")
        .arg(
            option("minutes", "N", "How long, 1 to 1440")
                .default_value("60")
                .value_parser(value_parser!(u64).range(1..=1440)),
        );
    let scale = clap::Command::new("scale")
        .about("What an image costs in requests of ten and of a million")
        .arg(
            option("images", "N", "The largest request, 10 to 1000000")
                .default_value("100000")
                .value_parser(value_parser!(u64).range(10..=1_000_000)),
        );
    let server = clap::Command::new("server")
        .about("Halftone beside a Node.js server with sharp, on one CSV, and on a bad day")
        .arg(
            option(
                "program",
                "FILE",
                "The compress function as it was built before; it is built when there is none",
            )
            .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option(
                "memory",
                "MB",
                "The memory of the function, 512 to 10240; both get the processors that come with it",
            )
            .default_value("1769")
            .value_parser(value_parser!(u32).range(512..=10_240)),
        );
    let corpus = clap::Command::new("corpus")
        .about("What Halftone reads, held against others' test suites")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(csv)
        .subcommand(pictures);
    clap::Command::new("cargo local bench")
        .bin_name("cargo local bench")
        .about("What Halftone costs, and how it reads beside others")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(classes)
        .subcommand(codecs)
        .subcommand(corpus)
        .subcommand(generations)
        .subcommand(load)
        .subcommand(resize)
        .subcommand(scale)
        .subcommand(server)
        .subcommand(
            clap::Command::new("sizing")
                .about("Time and cost of an image by the function's memory"),
        )
}

fn from(matches: &ArgMatches) -> Command {
    let codecs = match matches.subcommand() {
        Some(("classes", matches)) => {
            let part = matches.get_one::<String>("part");
            return Command::Classes(classes::Settings {
                part: part.map_or(Part::Reporting, |word| Part::of(word)),
                quality: matches.get_one("quality").copied().unwrap_or_default(),
                rounds: matches.get_one("rounds").copied().unwrap_or_default(),
            });
        }
        Some(("codecs", codecs)) => codecs,
        Some(("corpus", corpus)) => {
            return Command::Corpus(match corpus.subcommand_name() {
                Some("pictures") => Corpus::Pictures,
                _ => Corpus::Csv,
            });
        }
        Some(("generations", matches)) => {
            return Command::Generations(generations::Settings {
                directory: matches.get_one("directory").cloned(),
                quality: matches.get_one("quality").copied().unwrap_or_default(),
            });
        }
        Some(("resize", matches)) => {
            return Command::Resize(resize::Settings {
                directory: matches.get_one("directory").cloned(),
                quality: matches.get_one("quality").copied().unwrap_or_default(),
                rounds: matches.get_one("rounds").copied().unwrap_or_default(),
            });
        }
        Some(("load", matches)) => {
            return Command::Load(matches.get_one("minutes").copied().unwrap_or_default());
        }
        Some(("scale", matches)) => {
            return Command::Scale(matches.get_one("images").copied().unwrap_or_default());
        }
        Some(("server", matches)) => {
            return Command::Server(server::Settings {
                program: matches.get_one("program").cloned(),
                memory: matches.get_one("memory").copied().unwrap_or_default(),
            });
        }
        _ => return Command::Sizing,
    };
    let format = codecs.get_one::<String>("format");
    let format = format.and_then(|word| Format::ALL.into_iter().find(|one| one.word() == word));
    Command::Codecs(Settings {
        directory: codecs.get_one("directory").cloned(),
        format,
        quality: codecs.get_one("quality").copied().unwrap_or_default(),
        rounds: codecs.get_one("rounds").copied().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Command, clap::Error> {
        let words = [&["cargo local bench"], words].concat();
        cli()
            .try_get_matches_from(words)
            .map(|matches| from(&matches))
    }

    #[test]
    fn settings_and_their_defaults() {
        cli().debug_assert();
        let settings = |directory: Option<&str>, format, quality, rounds| {
            Command::Codecs(Settings {
                directory: directory.map(PathBuf::from),
                format,
                quality,
                rounds,
            })
        };
        assert_eq!(parsed(&["codecs"]).unwrap(), settings(None, None, 50, 5));
        assert_eq!(parsed(&["load"]).unwrap(), Command::Load(60));
        assert_eq!(parsed(&["sizing"]).unwrap(), Command::Sizing);
        assert_eq!(parsed(&["scale"]).unwrap(), Command::Scale(100_000));
        let million = parsed(&["scale", "--images=1000000"]).unwrap();
        assert_eq!(million, Command::Scale(1_000_000));
        let server = |program: Option<&str>, memory| {
            Command::Server(server::Settings {
                program: program.map(PathBuf::from),
                memory,
            })
        };
        assert_eq!(parsed(&["server"]).unwrap(), server(None, 1769));
        let words = ["server", "--program", "bootstrap", "--memory=1024"];
        assert_eq!(parsed(&words).unwrap(), server(Some("bootstrap"), 1024));
        let generations = Command::Generations(generations::Settings {
            directory: None,
            quality: 85,
        });
        assert_eq!(
            parsed(&["generations", "--quality=85"]).unwrap(),
            generations
        );
        let resize = Command::Resize(resize::Settings {
            directory: Some("here".into()),
            quality: 99,
            rounds: 5,
        });
        assert_eq!(parsed(&["resize", "here", "--quality=99"]).unwrap(), resize);
        let classes = |part, rounds| {
            Command::Classes(classes::Settings {
                part,
                quality: 50,
                rounds,
            })
        };
        assert_eq!(parsed(&["classes"]).unwrap(), classes(Part::Reporting, 3));
        let words = ["classes", "--part=tuning", "--rounds=5"];
        assert_eq!(parsed(&words).unwrap(), classes(Part::Tuning, 5));
        let corpus = parsed(&["corpus", "csv"]).unwrap();
        assert_eq!(corpus, Command::Corpus(Corpus::Csv));
        let corpus = parsed(&["corpus", "pictures"]).unwrap();
        assert_eq!(corpus, Command::Corpus(Corpus::Pictures));
        let words = [
            "codecs",
            "here",
            "--quality",
            "70",
            "--rounds=2",
            "--format",
            "webp",
        ];
        let expected = settings(Some("here"), Some(Format::WebP), 70, 2);
        assert_eq!(parsed(&words).unwrap(), expected);
        for words in [
            &[][..],
            &["codecs", "here", "there"],
            &["sizing", "--rounds", "2"],
            &["classes", "--part", "all"],
            &["corpus"],
            &["corpus", "tsv"],
            &["scale", "--images", "9"],
            &["codecs", "--quality", "0"],
            &["codecs", "--rounds", "0"],
            &["server", "--memory", "128"],
            &["codecs", "--format", "gif"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }
}
