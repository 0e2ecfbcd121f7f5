//! `cargo local instructions`: how many instructions fixed work takes, held against the counts that are committed.
//!
//! A clock would not tell a few percent on a machine that does other things too; callgrind counts the same every time.
//! The work is `local/tests/instructions`, compiled as the tests are: codecs optimised, rules not. So the counts say
//! whether something takes more than it did, and not what it costs where it is deployed.

mod baseline;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::functions::target;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::progress::{self, Position};
use halftone_local::python;

use crate::apt::Program;
use baseline::{Baseline, Counts};

const BASELINE: &str = "local/tests/instructions/baseline.tsv";

const VALGRIND: Program = Program {
    names: &["valgrind"],
    package: "valgrind",
    what: "counts of instructions",
};

/// What is called when counting begins, and left when it ends.
const MEASURED: &str = "--toggle-collect=*::measured*";

/// Counts and compares, or writes the baseline anew.
pub fn run(console: &Console, layout: &Layout, write: bool) -> Result<ExitCode, Failure> {
    let files = layout.bench();
    let _lock = files.lock()?.ok_or_else(|| {
        Failure::new("a benchmark is running").advise("start again when it has ended")
    })?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let Some(counts) = count(runner, layout, &files)? else {
        return Ok(ExitCode::FAILURE);
    };
    let committed = committed(layout)?;
    print!("\n{}", committed.beside(&counts));
    if write {
        let machine = machine();
        let text = Baseline { machine, counts }.text();
        fs::write(layout.root.join(BASELINE), text)
            .map_err(Failure::because("cannot write the baseline"))?;
        println!("\nWritten to {BASELINE}.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(u8::from(!passes(&committed, &counts))))
}

/// Counts and compares; nothing where counts would say nothing.
pub fn check(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
) -> Result<Option<bool>, Failure> {
    let committed = committed(layout)?;
    let machine = machine();
    if committed.machine != machine {
        println!("    Counts of instructions are left out, since those that are committed are of");
        println!(
            "    another machine: {}; this is {machine}",
            committed.machine
        );
        return Ok(None);
    }
    let counts = count(runner, layout, files)?;
    Ok(counts.map(|counts| passes(&committed, &counts)))
}

fn passes(committed: &Baseline, counts: &Counts) -> bool {
    let faults = committed.faults(counts);
    for fault in &faults {
        println!("    {fault}");
    }
    if !faults.is_empty() {
        println!("    If that is what it is worth: cargo local instructions --write");
    }
    faults.is_empty()
}

fn committed(layout: &Layout) -> Result<Baseline, Failure> {
    let text = fs::read_to_string(layout.root.join(BASELINE));
    let text = text.map_err(Failure::because(format!("cannot read {BASELINE}")))?;
    Ok(Baseline::read(&text))
}

/// What else the counts depend on: compilers, and what libraries find out about the processor.
fn machine() -> String {
    let first_line = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let text = text.unwrap_or_default();
        text.lines().next().unwrap_or("none").to_owned()
    };
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let avx2 = match flags.contains(" avx2 ") {
        true => " with AVX2",
        false => "",
    };
    let (rustc, cc) = (first_line("rustc"), first_line("cc"));
    format!("{rustc}; {cc}; {}{avx2}", std::env::consts::ARCH)
}

/// Compiles the works and counts each; nothing where there is no valgrind.
fn count(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
) -> Result<Option<Counts>, Failure> {
    let console = runner.console;
    let found = console.step("Find valgrind", |step| VALGRIND.find(runner, files, step))?;
    let Some(valgrind) = found else {
        return Ok(None);
    };
    let target = target();
    let works = layout.root.join("target").join(&target);
    let works = works.join("debug/examples/instructions");
    console.step("Compile what is counted", |step| {
        let mut cargo = Command::new("cargo");
        // With all of the workspace: alone, its dependencies would have other features.
        cargo
            .args(["build", "--workspace", "--example", "instructions"])
            .args(["--target", &target])
            .current_dir(&layout.root)
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "120");
        let log = files.log("instructions-cargo");
        runner.run(&cargo, &log, step, progress::cargo())
    })?;
    let counts = console.step("Count instructions", |step| {
        let counter = Counter {
            runner,
            files,
            valgrind,
            works,
        };
        counter.all(step)
    })?;
    Ok(Some(counts))
}

/// Callgrind, and what it looks at.
struct Counter<'a> {
    runner: Runner<'a>,
    files: &'a StackLayout,
    valgrind: PathBuf,
    works: PathBuf,
}

impl Counter<'_> {
    fn all(&self, step: &mut Step) -> Result<Counts, Failure> {
        let names = Command::new(&self.works).output();
        let names = names.map_err(Failure::because("cannot run what is to be counted"))?;
        let names = String::from_utf8_lossy(&names.stdout).into_owned();
        let total = names.lines().count();
        let mut counts = Counts::new();
        for name in names.lines() {
            step.at(Position {
                done: counts.len(),
                total,
                label: name.to_owned(),
            });
            counts.push((name.to_owned(), self.one(name, step)?));
        }
        Ok(counts)
    }

    fn one(&self, name: &str, step: &mut Step) -> Result<u64, Failure> {
        let profile = self.files.result("callgrind.out");
        let log = self.files.log("callgrind");
        let mut callgrind = Command::new(&self.valgrind);
        callgrind
            .args(["--tool=callgrind", "--collect-atstart=no", MEASURED])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(&self.works)
            .arg(name);
        let idle = || self.runner.console.pause(Duration::from_millis(50));
        let code = self
            .runner
            .follow(&callgrind, &log, step, |_, _| (), idle)?;
        let count = (code == 0).then(|| total(&profile)).flatten();
        count.ok_or_else(|| Failure::new(format!("callgrind did not count {name}")).log(&log))
    }
}

/// The sum in a profile of callgrind's. None is no count: then nothing called what is measured.
fn total(profile: &Path) -> Option<u64> {
    let text = fs::read_to_string(profile).ok()?;
    let mut lines = text.lines();
    let total = lines.find_map(|line| line.strip_prefix("totals: "))?;
    total.trim().parse().ok().filter(|count| *count > 0)
}
