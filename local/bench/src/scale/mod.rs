//! `cargo local bench scale`: what an image costs in requests of ten and of a million.
//!
//! The jobs run in a worker of their own, which is not compiled as they are deployed: what counts are the
//! calls, the memory, and what does not grow. Small requests go through everything; of large ones the
//! documents are laid directly where the bundled database would take hours. What the servers need is
//! measured apart.

mod figures;
mod plot;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::functions;
use halftone_local::layout::{Kind, Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::session::{self, Session, Settings};

use crate::compile::{build, cargo};
use crate::{machine, results};
use figures::{Figures, limits, table};

/// Images of the requests that others are compared with.
const SIZES: [u64; 5] = [10, 1_000, 20_000, 100_000, 1_000_000];
/// What is ours is optimised a little: a CSV of a million rows would take minutes to read otherwise. All
/// else is as in tests, and compiled with them.
const OPTIMISED: &str = "profile.dev.package.halftone-pipeline.opt-level=2";
/// From so many on documents are laid directly.
const LAID: u64 = 100_000;

/// Measures requests of up to so many images, prints and writes. That of the most is measured anew;
/// smaller ones only where no earlier run left its figures.
pub fn run(console: &Console, layout: &Layout, images: u64) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    let settings = Settings {
        services_only: true,
        ..Settings::for_this_machine()
    };
    let session = session::start(console, layout, Kind::Normal, &settings)?;
    let runner = Runner {
        console,
        python: session.python(),
    };
    let worker = console.step("Compile the worker", |step| {
        let mut cargo = cargo(&layout.root);
        cargo.args(["--workspace", "--example", "scale", "--config", OPTIMISED]);
        cargo.args(["--target", &functions::target()]);
        build(runner, cargo, &files.log("scale-build"), step)
    })?;
    let scale = Scale {
        console,
        runner,
        session: &session,
        files: &files,
        worker,
    };
    let smaller = SIZES.into_iter().filter(|size| *size < images);
    let mut rows = Vec::new();
    for size in smaller.chain([images]) {
        rows.push(scale.of(size, size == images)?);
    }
    let limits = scale.limits()?;
    let table = format!("{}\n{limits}\n{}\n", table(&rows), machine::processor());
    println!("\n{table}");
    let results = [("scale.md", table), ("scale.svg", plot::svg(&rows))];
    results::write(&files, &results)
}

struct Scale<'a> {
    console: &'a Console,
    runner: Runner<'a>,
    session: &'a Session<'a>,
    files: &'a StackLayout,
    worker: PathBuf,
}

impl Scale<'_> {
    /// The figures of a size.
    fn of(&self, images: u64, anew: bool) -> Result<Figures, Failure> {
        let file = self.files.result(&format!("scale-{images}.json"));
        let known = fs::read_to_string(&file).ok().filter(|_| !anew);
        let text = match known {
            Some(text) => text,
            None => self.measure(images, (images >= LAID).then_some("laid"), &file)?,
        };
        let figures: Value = serde_json::from_str(&text)
            .map_err(Failure::because("the worker's figures are no JSON"))?;
        Figures::of(&figures).ok_or_else(|| Failure::new("the worker's figures are not whole"))
    }

    /// What the servers do by themselves.
    fn limits(&self) -> Result<String, Failure> {
        let file = self.files.result("scale-limits.json");
        let said = self.measure(1, Some("limits"), &file)?;
        let said = serde_json::from_str(&said).ok();
        let table = said.and_then(|said| limits(&said));
        table.ok_or_else(|| Failure::new("the servers' limits are not whole"))
    }

    fn measure(&self, images: u64, short: Option<&str>, file: &Path) -> Result<String, Failure> {
        let mut command = Command::new(&self.worker);
        command.arg(self.session.layout().description());
        command.args([&images.to_string(), "20"]);
        command.args(short);
        let log = self.files.log("scale");
        let mut said = String::new();
        let what = match short {
            Some("limits") => "The servers alone".to_owned(),
            _ => format!("{images} images"),
        };
        let code = self.console.step(&what, |step| {
            let read = |line: &str, _: &mut _| line.clone_into(&mut said);
            let idle = || self.console.pause(Duration::from_millis(200));
            self.runner.follow(&command, &log, step, read, idle)
        })?;
        if code != 0 {
            return Err(Failure::new(format!("the worker ended with exit code {code}")).log(&log));
        }
        fs::write(file, &said).map_err(Failure::because("cannot keep the figures"))?;
        Ok(said)
    }
}
