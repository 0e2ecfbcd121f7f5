//! `cargo local test`: every check and every test, cheap ones first.

mod browser;
mod contract;
mod tally;

use std::fs::File;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use halftone_local::console::{Console, Step, seconds};
use halftone_local::failure::{Failure, tail};
use halftone_local::functions::{target, tool};
use halftone_local::layout::{Kind, Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::progress::{self, Reader};
use halftone_local::python;
use halftone_local::services::aws_environment;
use halftone_local::session::{self, Session, Settings};

use crate::instructions;
use tally::Tally;

/// The whole of it, at the most; and with the long tests.
const LIMIT: Duration = Duration::from_secs(80 * 60);
const LONG_LIMIT: Duration = Duration::from_secs(6 * 60 * 60);
/// How much of a failed check is shown.
const TAIL_LINES: usize = 120;

/// Which tests are run, and with what.
#[derive(Debug, Default)]
pub struct Selection {
    /// Those too that take minutes.
    pub long: bool,
    /// The user's own MongoDB.
    pub mongodb_uri: Option<String>,
}

impl Selection {
    /// What the names of tests that are left out contain, and why they are.
    ///
    /// Those that take minutes are in a module, so that `::` stands before their names, and no other that has the word
    /// in it is meant.
    fn left_out(&self) -> Vec<(&'static str, &'static str)> {
        // Writes what others compare with.
        let mut left_out = vec![("by_hand_write", "write files that others compare with")];
        if !self.long {
            const WHY: &str = "take minutes: cargo local test --long";
            left_out.extend([("::long_", WHY), ("by_hand", WHY)]);
        }
        if self.mongodb_uri.is_some() {
            left_out.push(("::mongodb_", "stop the bundled MongoDB"));
        }
        left_out
    }
}

/// Runs everything, on after failures, and ends with one line of counts.
pub fn run(console: &Console, layout: &Layout, selection: &Selection) -> Result<ExitCode, Failure> {
    console.stop_after(if selection.long { LONG_LIMIT } else { LIMIT });
    let started = Instant::now();
    let files = layout.stack(Kind::Test);
    let lock = session::lock(&files)?;
    let python = python::find()?;
    let checks = Checks {
        console,
        runner: Runner {
            console,
            python: &python,
        },
        layout,
        files,
        selection,
    };
    let mut tally = Tally::default();
    let outcome = checks.all(lock, &mut tally);
    if let Err(failure) = &outcome {
        eprintln!("{failure}");
        tally.check(false);
    }
    println!("\n{} in all.", seconds(started.elapsed()));
    if tally.left_out > 0 {
        println!("Left out are tests whose names begin with");
        for (name, why) in selection.left_out() {
            println!("  {:<14} they {why}", name.trim_start_matches("::"));
        }
    }
    println!("{}", tally.line());
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Checks<'a> {
    console: &'a Console,
    runner: Runner<'a>,
    layout: &'a Layout,
    files: StackLayout,
    selection: &'a Selection,
}

impl Checks<'_> {
    fn all(&self, lock: File, tally: &mut Tally) -> Result<(), Failure> {
        let formatting = self.cargo(&["fmt", "--all", "--check"]);
        tally.check(self.passes("Formatting", &formatting, progress::none())?);
        self.dependencies(tally)?;
        self.console.step("Install the Python tools", |step| {
            python::environments(
                self.runner,
                self.layout,
                &self.files,
                &python::ENVIRONMENTS,
                step,
            )
        })?;
        let template = self.template();
        tally.check(self.passes("Template (sam validate)", &template, progress::none())?);
        let target = target();
        let common = ["--workspace", "--target", &target];
        let mut clippy = self.cargo(&["clippy", "--all-targets"]);
        clippy.args(common).args(["--", "--deny", "warnings"]);
        tally.check(self.passes("Clippy", &clippy, progress::cargo())?);
        let mut documentation = self.cargo(&["doc", "--no-deps", "--document-private-items"]);
        documentation
            .args(common)
            .env("RUSTDOCFLAGS", "--deny warnings");
        tally.check(self.passes("Documentation", &documentation, progress::cargo())?);
        self.tests(common, lock, tally)
    }

    /// What `deny.toml` asks of the dependencies, as far as it needs no network.
    fn dependencies(&self, tally: &mut Tally) -> Result<(), Failure> {
        const TITLE: &str = "Dependencies (cargo deny)";
        let there = Command::new("cargo").args(["deny", "--version"]).output();
        if there.is_ok_and(|output| output.status.success()) {
            let deny = self.cargo(&["deny", "--offline", "check", "bans", "licenses", "sources"]);
            tally.check(self.passes(TITLE, &deny, progress::none())?);
            return Ok(());
        }
        self.console.step(TITLE, |step| {
            step.note("left out: cargo-deny is not installed");
            Ok(())
        })
    }

    /// All tests of the workspace, those that need a stack with one of their own.
    fn tests(&self, common: [&str; 3], lock: File, tally: &mut Tally) -> Result<(), Failure> {
        let mut build = self.cargo(&["test", "--no-run"]);
        build.args(common);
        if !self.passes("Compile the tests", &build, progress::cargo())? {
            tally.check(false);
            return Ok(());
        }
        let counted = instructions::check(self.runner, self.layout, &self.files)?;
        counted.into_iter().for_each(|passed| tally.check(passed));
        let settings = Settings {
            mongodb_uri: self.selection.mongodb_uri.clone(),
            ..Settings::for_tests()
        };
        let mut session =
            session::start_locked(self.console, self.layout, Kind::Test, &settings, lock)?;
        let mut test = self.cargo(&["test", "--no-fail-fast"]);
        test.args(common);
        self.run_tests(&mut session, "Test", test, tally)?;
        if self.selection.long {
            let mut test = self.cargo(&["test", "--package", "halftone-tests", "--test", "long"]);
            test.args(&common[1..]);
            self.run_tests(&mut session, "Test for long", test, tally)?;
        }
        if let Some(walks) = browser::walks(self.runner, self.layout, &self.files)? {
            self.follow(&mut session, "Use the console", &walks, tally)?;
        }
        if self.selection.long {
            self.contract(&mut session, tally)?;
        }
        Ok(())
    }

    /// Last, since it cancels and purges what it finds.
    fn contract(&self, session: &mut Session<'_>, tally: &mut Tally) -> Result<(), Failure> {
        const TITLE: &str = "Try the contract out (schemathesis)";
        let tries = contract::tries(self.runner, self.layout, &self.files, &session.stack)?;
        let log = self.files.log("schemathesis");
        let code = self.console.step(TITLE, |step| {
            let read = |_: &str, _: &mut Step| {};
            self.runner
                .follow(&tries, &log, step, read, || session.watch())
        })?;
        tally.check(code == 0);
        if code != 0 {
            println!("{}", tail(&log, TAIL_LINES));
        }
        Ok(())
    }

    fn run_tests(
        &self,
        session: &mut Session<'_>,
        title: &str,
        mut test: Command,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        test.args(["--", "--include-ignored"]);
        for (name, _) in self.selection.left_out() {
            test.args(["--skip", name]);
        }
        // The message of a failed test says where; the backtrace would bury it.
        test.env("RUST_BACKTRACE", "0")
            // End-to-end tests mostly wait.
            .env("RUST_TEST_THREADS", "8")
            .env("HALFTONE_STACK", session.layout().description())
            // Without a bar: lines are read.
            .env("CARGO_TERM_PROGRESS_WHEN", "never");
        self.follow(session, title, &test, tally)
    }

    /// Runs something that says what it tests in the words of `cargo test`.
    fn follow(
        &self,
        session: &mut Session<'_>,
        title: &str,
        tests: &Command,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let log = self.files.log(&title.to_lowercase().replace(' ', "-"));
        let before = tally.failed;
        let code = self.console.step(title, |step| {
            let read = |line: &str, step: &mut Step| {
                if tally.read(line) {
                    step.say(line);
                }
                step.at(tally.position());
            };
            self.runner
                .follow(tests, &log, step, read, || session.watch())
        })?;
        // Something else than a test failed, such as a program that was killed.
        if code != 0 && tally.failed == before {
            tally.check(false);
        }
        Ok(())
    }

    /// Runs a check. A failed one shows the end of its output, and the others go on.
    fn passes(&self, title: &str, command: &Command, read: Reader) -> Result<bool, Failure> {
        let log = self
            .files
            .log(&title.to_lowercase().replace([' ', '(', ')'], "-"));
        let outcome = self
            .console
            .step(title, |step| self.runner.run(command, &log, step, read));
        match outcome {
            Ok(()) => Ok(true),
            Err(failure) if failure.is_final() => Err(failure),
            Err(_) => {
                println!("{}", tail(&log, TAIL_LINES));
                Ok(false)
            }
        }
    }

    fn template(&self) -> Command {
        let mut sam = tool("sam", self.layout);
        // Nothing is asked of AWS, but a region must be known.
        aws_environment(&mut sam, "http://127.0.0.1:9");
        sam.args(["validate", "--lint"]);
        sam
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.args(arguments).current_dir(&self.layout.root);
        cargo
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "120");
        cargo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(long: bool, mongodb_uri: Option<&str>) -> Vec<&'static str> {
        let selection = Selection {
            long,
            mongodb_uri: mongodb_uri.map(str::to_owned),
        };
        let left_out = selection.left_out().into_iter();
        left_out.map(|(name, _)| name).collect()
    }

    #[test]
    fn what_takes_minutes_or_cannot_be_is_left_out() {
        let always = "by_hand_write";
        assert_eq!(names(false, None), [always, "::long_", "by_hand"]);
        assert_eq!(names(true, None), [always]);
        assert_eq!(names(true, Some("mongodb://m")), [always, "::mongodb_"]);
    }
}
