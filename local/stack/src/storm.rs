//! `cargo local chaos`: everything fails at random on a stack of its own, then all is counted from outside.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::functions::target;
use halftone_local::layout::{Kind, Layout};
use halftone_local::process::Runner;
use halftone_local::python;
use halftone_local::schedule::{Schedule, shrunk};
use halftone_local::session::{self, Settings};

/// How much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storm {
    /// Decides which fault comes when.
    pub seed: u64,
    /// Images that are worked on meanwhile.
    pub images: u64,
    /// How long things fail.
    pub minutes: u64,
    /// Which of the faults come.
    pub schedule: Schedule,
    /// How many minutes fewer faults are looked for that still do harm, where it fails.
    pub shrink: Option<u64>,
}

/// Of more images than these some wait for minutes until they are come to.
const MANY: u64 = 2_000;

/// How one went.
struct Gone {
    failed: bool,
    /// The number of the last fault.
    last: u64,
}

/// Runs it; fails where anything was lost or done twice.
pub fn run(console: &Console, layout: &Layout, storm: &Storm) -> Result<ExitCode, Failure> {
    let gone = blow(console, layout, storm, &storm.schedule)?;
    if !gone.failed {
        return Ok(ExitCode::SUCCESS);
    }
    match storm.shrink {
        Some(minutes) => shrink(console, layout, storm, (gone.last, minutes))?,
        None => println!("`--shrink 60` looks for an hour for fewer faults that still fail."),
    }
    Ok(ExitCode::FAILURE)
}

/// Looks for fewer faults that fail too, beginning none after so many minutes, and says which they are.
fn shrink(
    console: &Console,
    layout: &Layout,
    storm: &Storm,
    (last, minutes): (u64, u64),
) -> Result<(), Failure> {
    let end = Instant::now() + Duration::from_secs(minutes * 60);
    let mut known = storm.schedule.clone();
    let last = last.min(*known.numbers.end());
    known.numbers = *known.numbers.start()..=last;
    let few = shrunk(known, |part| {
        if Instant::now() >= end {
            return Ok(None);
        }
        Ok(Some(blow(console, layout, storm, part)?.failed))
    })?;
    let (seed, images) = (storm.seed, storm.images);
    println!(
        "The fewest that still fail: cargo local chaos --seed {seed} --images {images} --minutes {} {few}",
        storm.minutes
    );
    Ok(())
}

/// Lets the faults of a schedule come, on a stack that none has been on before.
fn blow(
    console: &Console,
    layout: &Layout,
    storm: &Storm,
    schedule: &Schedule,
) -> Result<Gone, Failure> {
    let mut session = session::start(console, layout, Kind::Test, &settings(storm.images))?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let mut test = test(layout, storm, schedule);
    test.env("HALFTONE_STACK", session.layout().description());
    let log = layout.stack(Kind::Test).log("chaos");
    let title = match *schedule == Schedule::default() {
        true => format!("Chaos, seed {}", storm.seed),
        false => format!("Chaos, seed {} {schedule}", storm.seed),
    };
    let mut last = 0;
    let code = console.step(&title, |step| {
        let say = |line: &str, step: &mut Step| {
            last = number(line).unwrap_or(last);
            step.say(line);
        };
        runner.follow(&test, &log, step, say, || session.watch())
    })?;
    let failed = code != 0;
    Ok(Gone { failed, last })
}

/// As for other tests, but that messages may get lost, and are missed soon; though not sooner than they are come to, or
/// the queue fills with repeats of what waits in it. Where the bundled database has much to do, batches have the time
/// that it takes; six times as long their messages stay hidden, which must be less than the 300 s they are waited for.
fn settings(images: u64) -> Settings {
    let own = match images {
        ..=MANY => vec![("RequeueAfterMinutes", "1")],
        _ => vec![
            ("RequeueAfterMinutes", "5"),
            ("CompressTimeoutSeconds", "30"),
        ],
    };
    let mut settings = Settings::for_tests();
    let is_own = |name: &str| own.iter().any(|(other, _)| *other == name);
    settings.parameters.retain(|(name, _)| !is_own(name));
    settings.parameters.extend(own);
    settings
}

fn test(layout: &Layout, storm: &Storm, schedule: &Schedule) -> Command {
    let mut test = Command::new("cargo");
    test.current_dir(&layout.root)
        .args([
            "test",
            "--workspace",
            "--target",
            &target(),
            "--test",
            "end_to_end",
        ])
        .args(["--", "storm::", "--include-ignored", "--nocapture"])
        .env("CARGO_TERM_PROGRESS_WHEN", "never")
        .env("RUST_BACKTRACE", "0");
    let wishes = [
        ("LOSES", "1".to_owned()),
        ("SEED", storm.seed.to_string()),
        ("IMAGES", storm.images.to_string()),
        ("SECONDS", (storm.minutes * 60).to_string()),
        ("ONLY", schedule.words()),
        ("FROM", schedule.numbers.start().to_string()),
        ("TO", schedule.numbers.end().to_string()),
    ];
    test.envs(wishes.map(|(name, value)| (format!("HALFTONE_CHAOS_{name}"), value)));
    test
}

/// The number of the fault that a line tells of.
fn number(line: &str) -> Option<u64> {
    let (number, _) = line.strip_prefix("fault ")?.split_once(':')?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_counted_by_the_lines_that_tell_of_them() {
        assert_eq!(number("fault 12: Kill(\"compress\")"), Some(12));
        assert_eq!(number("faults: {"), None);
    }
}
