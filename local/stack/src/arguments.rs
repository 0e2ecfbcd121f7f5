//! The command line.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use halftone_local::functions::FUNCTIONS;
use halftone_local::schedule::{Family, Schedule};
use halftone_local::session::Settings;

use crate::checks::Selection;
use crate::fuzz::Search;
use crate::release::Architecture;
use crate::run::Order;
use crate::storm::Storm;

const ABOUT: &str = "\
The whole of Halftone on this machine.

Without a command: sets up, shows the pipeline at work, and keeps serving.";

/// One of the commands.
#[derive(Debug)]
pub enum Command {
    /// Set up, run the demo, serve.
    Demo,
    /// Set up and serve.
    Up(Settings),
    /// Run a CSV of one's own.
    Run(Order),
    /// Stop the stack that is up.
    Down,
    /// Say what is up.
    Status,
    /// Print logs.
    Logs {
        /// Of this function only.
        function: Option<String>,
        /// Also what is still to come.
        follow: bool,
    },
    /// Print metrics.
    Metrics {
        /// Of so many last minutes.
        minutes: u64,
    },
    /// Run checks and tests.
    Test(Selection),
    /// Count the instructions of fixed work.
    Instructions {
        /// Keep the counts, for others to be held against.
        write: bool,
    },
    /// Let everything fail at random.
    Chaos(Storm),
    /// Try hostile URLs, bodies and CSVs.
    Attack {
        /// Which damage is done.
        seed: u64,
    },
    /// Look for bytes that break what reads them.
    Fuzz(Search),
    /// Build and check what is deployed to AWS.
    Release(Architecture),
    /// Run a CSV through a deployed API, as the check's own arguments say.
    Check(Vec<OsString>),
    /// Measure, as the benchmark's own arguments say.
    Bench(Vec<OsString>),
}

/// Reads the command line of this process; ends it with an explanation when that is wrong.
pub fn parse() -> Command {
    from(&cli().get_matches())
}

fn cli() -> clap::Command {
    let command = |name: &'static str, about: &'static str| clap::Command::new(name).about(about);
    clap::Command::new("cargo local")
        .bin_name("cargo local")
        .about(ABOUT)
        .subcommand(
            command("up", "Set up and serve, without the show")
                .arg(allow_network())
                .arg(
                    Arg::new("services-only")
                        .long("services-only")
                        .help("MongoDB and AWS with a few buckets and queues; deploy nothing")
                        .action(ArgAction::SetTrue)
                        .conflicts_with("allow-network"),
                )
                .arg(
                    Arg::new("for-tests")
                        .long("for-tests")
                        .help("With the parameters of `cargo local test`: what is waited for comes soon")
                        .action(ArgAction::SetTrue)
                        .conflicts_with_all(["allow-network", "services-only"]),
                )
                .arg(mongodb_uri()),
        )
        .subcommand(run())
        .subcommand(command("down", "Stop what is up"))
        .subcommand(command("status", "Say what is up, and where"))
        .subcommand(
            command("logs", "Print the logs of the functions")
                .arg(
                    Arg::new("function")
                        .help("Of this one only")
                        .value_parser(PossibleValuesParser::new(FUNCTIONS)),
                )
                .arg(
                    Arg::new("follow")
                        .long("follow")
                        .help("Also what is still to come, until Ctrl-C")
                        .action(ArgAction::SetTrue),
                ),
        )
        .subcommand(
            command("metrics", "Print the metrics of the functions").arg(
                Arg::new("minutes")
                    .long("minutes")
                    .help("Of so many last minutes")
                    .default_value("15")
                    .value_parser(clap::value_parser!(u64).range(1..=1_440)),
            ),
        )
        .subcommand(
            command("test", "Run every check and test, on a stack of its own")
                .arg(
                    Arg::new("long")
                        .long("long")
                        .help("Those too that take minutes")
                        .action(ArgAction::SetTrue),
                )
                .arg(mongodb_uri()),
        )
        .subcommand(
            command(
                "instructions",
                "Count the instructions of fixed work; fails where they are 3 % more than committed",
            )
            .arg(
                Arg::new("write")
                    .long("write")
                    .help("Write the counts that are to be committed")
                    .action(ArgAction::SetTrue),
            ),
        )
        .subcommand(chaos())
        .subcommand(
            command("attack", "Try hostile URLs, bodies and CSVs, and say what became of them")
                .arg(number("seed", "Which damage is done to real files", "1", u64::MAX)),
        )
        .subcommand(
            command("fuzz", "Look for bytes that break what reads them, with cargo-fuzz")
                .arg(Arg::new("target").help("What reads them; without one, they are listed"))
                .arg(number("minutes", "How long", "10", 1_440)),
        )
        .subcommand(
            command("release", "Build and check what is deployed to AWS, for arm64").arg(
                Arg::new("x86-64")
                    .long("x86-64")
                    .help("For Intel and AMD instead")
                    .action(ArgAction::SetTrue),
            ),
        )
        .subcommand(handed_over(
            "check",
            "See whether a deployed API works; `check --help` says how",
        ))
        .subcommand(handed_over(
            "bench",
            "Measure and compare; `bench --help` says how",
        ))
}

fn number(name: &'static str, help: &'static str, usual: &'static str, most: u64) -> Arg {
    let parser = value_parser!(u64).range(1..=most);
    let number = Arg::new(name).long(name).help(help);
    number.default_value(usual).value_parser(parser)
}

fn chaos() -> clap::Command {
    clap::Command::new("chaos")
        .about("Let everything fail at random on a stack of its own, and count what is there")
        .arg(number("seed", "Which faults come when", "1", u64::MAX))
        .arg(number(
            "images",
            "Images that are worked on",
            "400",
            100_000,
        ))
        .arg(number("minutes", "How long things fail", "5", 600))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("KINDS")
                .help("Kinds of faults that come, with commas")
                .value_delimiter(',')
                .value_parser(PossibleValuesParser::new(Family::ALL.map(Family::word))),
        )
        .arg(of_faults("from", "Number of the first fault that comes"))
        .arg(of_faults("to", "Number of the last fault that comes"))
        .arg(of_faults(
            "shrink",
            "Minutes to look for fewer faults that fail too, where it fails",
        ))
}

fn of_faults(name: &'static str, help: &'static str) -> Arg {
    let number = Arg::new(name).long(name).value_name("NUMBER").help(help);
    number.value_parser(value_parser!(u64).range(1..))
}

/// Which faults are asked for.
fn schedule(chaos: &ArgMatches) -> Schedule {
    let all = Schedule::default();
    let number = |name, usual: &u64| chaos.get_one(name).copied().unwrap_or(*usual);
    let only = chaos.get_many::<String>("only").into_iter().flatten();
    let only: BTreeSet<_> = only.filter_map(|word| Family::of(word)).collect();
    Schedule {
        only: if only.is_empty() { all.only } else { only },
        numbers: number("from", all.numbers.start())..=number("to", all.numbers.end()),
    }
}

fn run() -> clap::Command {
    let field = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("VALUE").help(help)
    };
    clap::Command::new("run")
        .about("Run a CSV of your own, on the stack that is up or one that lasts as long")
        .after_help("Ends with 0 if every image succeeded, and with 1 otherwise.")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .help("The CSV, a shop system's export, or an Excel workbook")
                .required(true)
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .help("The folder for outputs and results")
                .default_value("halftone-out")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(field("quality", "1 to 100; 50 if none is given"))
        .arg(field("format", "original, jpeg, webp, avif or png"))
        .arg(field(
            "max-width",
            "Pixels across at most; larger pictures are made smaller",
        ))
        .arg(field("max-height", "Pixels down at most"))
        .arg(
            Arg::new("fresh")
                .long("fresh")
                .help("Make all of it anew, also what has not changed since an earlier run")
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new("set")
                .long("set")
                .value_name("FIELD=VALUE")
                .help("Any other field of the upload's form, such as onRowError=skip")
                .action(ArgAction::Append)
                .value_parser(field_and_value),
        )
        .arg(allow_network())
}

fn field_and_value(text: &str) -> Result<(String, String), &'static str> {
    let (field, value) = text.split_once('=').ok_or("expected FIELD=VALUE")?;
    Ok((field.to_owned(), value.to_owned()))
}

fn order(run: &ArgMatches) -> Order {
    let path = |name| run.get_one::<PathBuf>(name).cloned().unwrap_or_default();
    let named = [
        ("quality", "quality"),
        ("format", "format"),
        ("max-width", "maxWidth"),
        ("max-height", "maxHeight"),
    ];
    let named = named.into_iter().filter_map(|(name, field)| {
        let value = run.get_one::<String>(name)?;
        Some((field.to_owned(), value.clone()))
    });
    let fresh = run.get_flag("fresh");
    let fresh = fresh.then(|| ("fresh".to_owned(), "true".to_owned()));
    let others = run.get_many("set").into_iter().flatten().cloned();
    Order {
        file: path("file"),
        out: path("out"),
        fields: named.chain(fresh).chain(others).collect(),
        networks: networks(run),
    }
}

fn allow_network() -> Arg {
    Arg::new("allow-network")
        .long("allow-network")
        .value_name("CIDR")
        .help("Let images and webhooks be in this network, beside global addresses")
        .action(ArgAction::Append)
        .value_parser(network)
}

fn networks(matches: &ArgMatches) -> Vec<String> {
    let networks = matches.get_many("allow-network");
    networks.into_iter().flatten().cloned().collect()
}

/// A command whose arguments are those of another program.
fn handed_over(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name)
        .about(about)
        .disable_help_flag(true)
        .arg(
            Arg::new("arguments")
                .num_args(0..)
                .allow_hyphen_values(true)
                .trailing_var_arg(true)
                .value_parser(clap::value_parser!(OsString)),
        )
}

fn mongodb_uri() -> Arg {
    Arg::new("mongodb-uri")
        .long("mongodb-uri")
        .value_name("URI")
        .help("A MongoDB of your own (8.0 or later, a replica set) instead of the bundled server")
}

fn from(matches: &ArgMatches) -> Command {
    let own_mongodb = |matches: &ArgMatches| matches.get_one("mongodb-uri").cloned();
    match matches.subcommand() {
        Some(("up", up)) if up.get_flag("for-tests") => Command::Up(Settings {
            mongodb_uri: own_mongodb(up),
            ..Settings::for_tests()
        }),
        Some(("up", up)) => Command::Up(Settings {
            networks: networks(up),
            services_only: up.get_flag("services-only"),
            mongodb_uri: own_mongodb(up),
            ..Settings::default()
        }),
        Some(("run", run)) => Command::Run(order(run)),
        Some(("down", _)) => Command::Down,
        Some(("status", _)) => Command::Status,
        Some(("logs", logs)) => Command::Logs {
            function: logs.get_one("function").cloned(),
            follow: logs.get_flag("follow"),
        },
        Some(("metrics", metrics)) => Command::Metrics {
            minutes: metrics.get_one("minutes").copied().unwrap_or_default(),
        },
        Some(("test", test)) => Command::Test(Selection {
            long: test.get_flag("long"),
            mongodb_uri: own_mongodb(test),
        }),
        Some(("instructions", instructions)) => Command::Instructions {
            write: instructions.get_flag("write"),
        },
        Some(("chaos", chaos)) => {
            let number = |name| chaos.get_one(name).copied().unwrap_or_default();
            Command::Chaos(Storm {
                seed: number("seed"),
                images: number("images"),
                minutes: number("minutes"),
                schedule: schedule(chaos),
                shrink: chaos.get_one("shrink").copied(),
            })
        }
        Some(("attack", attack)) => Command::Attack {
            seed: attack.get_one("seed").copied().unwrap_or_default(),
        },
        Some(("fuzz", fuzz)) => Command::Fuzz(Search {
            target: fuzz.get_one("target").cloned(),
            minutes: fuzz.get_one("minutes").copied().unwrap_or_default(),
        }),
        Some(("release", release)) => Command::Release(match release.get_flag("x86-64") {
            true => Architecture::X86_64,
            false => Architecture::Arm64,
        }),
        Some(("check", check)) => Command::Check(arguments(check)),
        Some(("bench", bench)) => Command::Bench(arguments(bench)),
        _ => Command::Demo,
    }
}

fn arguments(matches: &ArgMatches) -> Vec<OsString> {
    let arguments = matches.get_many("arguments");
    arguments.into_iter().flatten().cloned().collect()
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

    fn parsed(words: &[&str]) -> Result<Command, clap::Error> {
        let words = [&["cargo local"], words].concat();
        cli()
            .try_get_matches_from(words)
            .map(|matches| from(&matches))
    }

    #[test]
    fn commands() {
        cli().debug_assert();
        assert!(matches!(parsed(&[]), Ok(Command::Demo)));
        let logs = parsed(&["logs", "compress"]).unwrap();
        assert!(
            matches!(logs, Command::Logs { function: Some(name), follow: false } if name == "compress")
        );
        let instructions = parsed(&["instructions", "--write"]);
        assert!(matches!(
            instructions,
            Ok(Command::Instructions { write: true })
        ));
        for words in [&["logs", "nothing"], &["upp", "x"], &["down", "now"]] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn what_the_documents_say_is_understood() {
        let root = halftone_local::layout::Layout::of_this_repository().root;
        let mut lines = Vec::new();
        for file in ["README.md", "CONTRIBUTING.md", "docs/operations.md"] {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            let commands = text
                .lines()
                .filter_map(|line| line.strip_prefix("cargo local"));
            lines.extend(commands.map(|line| line.split('#').next().unwrap().trim().to_owned()));
        }
        assert!(lines.len() > 5, "{lines:?}");
        for line in lines {
            let words: Vec<_> = line.split_whitespace().collect();
            assert!(parsed(&words).is_ok(), "cargo local {line}");
        }
    }

    #[test]
    fn chaos_has_bounds() {
        let Ok(Command::Chaos(storm)) = parsed(&["chaos", "--seed", "7"]) else {
            panic!("no chaos");
        };
        assert_eq!((storm.seed, storm.images, storm.minutes), (7, 400, 5));
        assert_eq!((storm.schedule, storm.shrink), (Schedule::default(), None));
        assert!(parsed(&["chaos", "--images", "0"]).is_err());
        assert!(parsed(&["chaos", "--only", "weather"]).is_err());
    }

    #[test]
    fn what_chaos_says_after_shrinking_can_be_asked_for() {
        let few = Schedule {
            only: [Family::Kill, Family::Mongodb].into(),
            numbers: 7..=9,
        };
        let words = format!("chaos {few} --shrink 60");
        let words: Vec<&str> = words.split(' ').collect();
        let Ok(Command::Chaos(storm)) = parsed(&words) else {
            panic!("no chaos");
        };
        assert_eq!((storm.schedule, storm.shrink), (few, Some(60)));
    }

    #[test]
    fn attacks_and_fuzzing_need_nothing_to_be_said() {
        assert!(matches!(
            parsed(&["attack"]),
            Ok(Command::Attack { seed: 1 })
        ));
        let search = |target: Option<&str>, minutes| Search {
            target: target.map(str::to_owned),
            minutes,
        };
        let of = |words: &[&str]| match parsed(words).unwrap() {
            Command::Fuzz(search) => search,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(&["fuzz"]), search(None, 10));
        let words = ["fuzz", "jpeg", "--minutes", "60"];
        assert_eq!(of(&words), search(Some("jpeg"), 60));
    }

    #[test]
    fn networks_are_checked_and_belong_to_up() {
        let words = [
            "up",
            "--allow-network",
            "127.0.0.0/8",
            "--allow-network=fd00::/8",
        ];
        let Ok(Command::Up(settings)) = parsed(&words) else {
            panic!("not up");
        };
        assert_eq!(settings.networks, ["127.0.0.0/8", "fd00::/8"]);
        for bad in ["127.0.0.1", "127.0.0.0/33", "localhost/8", "::/129"] {
            assert!(parsed(&["up", "--allow-network", bad]).is_err(), "{bad}");
        }
        assert!(parsed(&["--allow-network", "127.0.0.0/8"]).is_err());
        let Ok(Command::Up(settings)) = parsed(&["up", "--for-tests"]) else {
            panic!("not up");
        };
        assert_eq!(settings.parameters, Settings::for_tests().parameters);
        assert!(parsed(&["up", "--for-tests", "--allow-network=::/0"]).is_err());
    }

    #[test]
    fn services_and_databases_of_ones_own() {
        let words = ["up", "--services-only", "--mongodb-uri", "mongodb://m"];
        let Ok(Command::Up(settings)) = parsed(&words) else {
            panic!("not up");
        };
        assert!(settings.services_only);
        assert_eq!(settings.mongodb_uri.as_deref(), Some("mongodb://m"));
        let test = parsed(&["test", "--long"]).unwrap();
        assert!(matches!(
            test,
            Command::Test(Selection {
                long: true,
                mongodb_uri: None
            })
        ));
    }

    #[test]
    fn a_release_is_for_arm64_unless_told_otherwise() {
        let of = |words: &[&str]| match parsed(words).unwrap() {
            Command::Release(architecture) => architecture.name(),
            other => panic!("{other:?}"),
        };
        assert_eq!(of(&["release"]), "arm64");
        assert_eq!(of(&["release", "--x86-64"]), "x86_64");
    }

    #[test]
    fn a_csv_of_ones_own_with_its_options() {
        let words = [
            "run",
            "a.csv",
            "--quality",
            "70",
            "--max-width",
            "1600",
            "--fresh",
            "--set",
            "imageBase=https://x/?a=b",
        ];
        let Ok(Command::Run(order)) = parsed(&words) else {
            panic!("not run");
        };
        let fields = [
            ("quality", "70"),
            ("maxWidth", "1600"),
            ("fresh", "true"),
            ("imageBase", "https://x/?a=b"),
        ];
        let expected = Order {
            file: "a.csv".into(),
            out: "halftone-out".into(),
            fields: fields
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            networks: Vec::new(),
        };
        assert_eq!(order, expected);
        for bad in [&["run"][..], &["run", "a.csv", "--set", "quality"]] {
            assert!(parsed(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_benchmark_has_arguments_of_its_own() {
        let words = ["bench", "codecs", "--quality", "5", "--help"];
        let Ok(Command::Bench(arguments)) = parsed(&words) else {
            panic!("not bench");
        };
        assert_eq!(arguments, words[1..]);
    }
}
