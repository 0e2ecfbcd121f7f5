//! `cargo local chaos`: everything fails at random on a stack of its own, then all is counted from outside.

use std::process::{Command, ExitCode};

use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::functions::target;
use halftone_local::layout::{Kind, Layout};
use halftone_local::process::Runner;
use halftone_local::python;
use halftone_local::session::{self, Settings};

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storm {
    /// Decides which fault comes when.
    pub seed: u64,
    /// Images that are worked on meanwhile.
    pub images: u64,
    /// How long things fail.
    pub minutes: u64,
}

/// Runs it; fails where anything was lost or done twice.
pub fn run(console: &Console, layout: &Layout, storm: Storm) -> Result<ExitCode, Failure> {
    let mut settings = Settings::for_tests();
    // So that messages may get lost.
    settings.parameters.push(("RequeueAfterMinutes", "1"));
    let mut session = session::start(console, layout, Kind::Test, &settings)?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
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
        .env("RUST_BACKTRACE", "0")
        .env("HALFTONE_STACK", session.layout().description())
        .env("HALFTONE_CHAOS_LOSES", "1")
        .env("HALFTONE_CHAOS_SEED", storm.seed.to_string())
        .env("HALFTONE_CHAOS_IMAGES", storm.images.to_string())
        .env("HALFTONE_CHAOS_SECONDS", (storm.minutes * 60).to_string());
    let log = layout.stack(Kind::Test).log("chaos");
    let title = format!("Chaos, seed {}", storm.seed);
    let code = console.step(&title, |step| {
        let say = |line: &str, step: &mut Step| step.say(line);
        runner.follow(&test, &log, step, say, || session.watch())
    })?;
    Ok(ExitCode::from(u8::from(code != 0)))
}
