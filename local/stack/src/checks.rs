//! `cargo local test`: every check and every test, cheap ones first.

use std::fs::File;
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::console::{Console, Step, seconds};
use crate::failure::{Failure, tail};
use crate::functions::{target, tool};
use crate::layout::{Kind, Layout, StackLayout};
use crate::process::Runner;
use crate::progress::{self, Reader};
use crate::python;
use crate::services::aws_environment;
use crate::session::{self, Session, Settings};
use crate::summary::{Tally, TestReport};

/// The whole of it, at the most.
const LIMIT: Duration = Duration::from_secs(80 * 60);
/// How much of a failed check is shown.
const TAIL_LINES: usize = 120;

/// Runs everything, on after failures, and ends with one line of counts.
pub fn run(console: &Console, layout: &Layout) -> Result<ExitCode, Failure> {
    console.stop_after(LIMIT);
    let started = std::time::Instant::now();
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
    };
    let mut tally = Tally::default();
    let outcome = checks.all(lock, &mut tally);
    if let Err(failure) = &outcome {
        eprintln!("{failure}");
        tally.check(false);
    }
    println!("\n{} in all.\n{}", seconds(started.elapsed()), tally.line());
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
}

impl Checks<'_> {
    fn all(&self, lock: File, tally: &mut Tally) -> Result<(), Failure> {
        let formatting = self.cargo(&["fmt", "--all", "--check"]);
        tally.check(self.passes("Formatting", &formatting, progress::none())?);
        self.console.step("Install the Python tools", |step| {
            python::environments(self.runner, self.layout, &self.files, step)
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

    /// All tests of the workspace, those that need a stack with one of their own.
    fn tests(&self, common: [&str; 3], lock: File, tally: &mut Tally) -> Result<(), Failure> {
        let mut build = self.cargo(&["test", "--no-run"]);
        build.args(common);
        if !self.passes("Compile the tests", &build, progress::cargo())? {
            tally.check(false);
            return Ok(());
        }
        let settings = Settings::for_tests();
        let session =
            session::start_locked(self.console, self.layout, Kind::Test, &settings, lock)?;
        let description = session.layout().description();
        let mut test = self.cargo(&["test", "--no-fail-fast"]);
        // The message of a failed test says where; the backtrace would bury it.
        test.env("RUST_BACKTRACE", "0");
        test.args(common)
            // Those by hand write goldens or take minutes.
            .args(["--", "--include-ignored", "--skip", "by_hand"])
            // End-to-end tests mostly wait.
            .env("RUST_TEST_THREADS", "8")
            .env("HALFTONE_STACK", &description);
        // Without a bar: lines are read.
        test.env("CARGO_TERM_PROGRESS_WHEN", "never");
        let report = self.run_tests(session, &test)?;
        tally.add(report.tally);
        // Something else than a test failed, such as a program that was killed.
        if !report.succeeded && report.tally.failed == 0 {
            tally.check(false);
        }
        Ok(())
    }

    fn run_tests(&self, mut session: Session<'_>, test: &Command) -> Result<TestReport, Failure> {
        let mut report = TestReport::default();
        let log = self.files.log("tests");
        let code = self.console.step("Test", |step| {
            let read = |line: &str, step: &mut Step| {
                if report.read(line) {
                    step.say(line);
                }
                step.at(report.position());
            };
            let code = self
                .runner
                .follow(test, &log, step, read, || session.watch())?;
            step.note(report.tally.line());
            Ok(code)
        })?;
        report.succeeded = code == 0;
        Ok(report)
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
