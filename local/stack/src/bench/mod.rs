//! `cargo local bench codecs`: Halftone side by side with sharp, on pictures of one's own; and
//! `sizing`, for the memory of the compress function.

mod axis;
mod compare;
mod compile;
mod csv;
mod figures;
mod panel;
mod pictures;
mod plot;
pub mod sizing;
mod statistics;
mod table;
mod tools;
mod worker;

use std::fs::{self, File};
use std::path::PathBuf;

use crate::console::Console;
use crate::failure::Failure;
use crate::layout::{Layout, StackLayout};
use crate::process::Runner;
use crate::progress::Position;
use crate::python;

use compare::Comparer;
pub use pictures::Format;
use tools::Tools;

/// What is to be compared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The folder of pictures; the sample photographs when there is none.
    pub directory: Option<PathBuf>,
    /// What both are to make of the pictures; their own format when there is none.
    pub format: Option<Format>,
    /// The quality that both are asked for, 1 to 100.
    pub quality: u8,
    /// How often each picture is compressed by each; at least once.
    pub rounds: usize,
}

impl Settings {
    /// The quality when none is given: the product's.
    pub const QUALITY: u8 = 50;
    /// The rounds when none are given.
    pub const ROUNDS: usize = 5;
}

/// Installs what is needed, compares, prints and writes.
pub fn run(console: &Console, layout: &Layout, settings: &Settings) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = lock(&files)?;
    let samples = layout.root.join("events/photos");
    let directory = settings.directory.as_ref().unwrap_or(&samples);
    let pictures = pictures::find(directory)?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let tools = Tools::prepare(runner, layout, &files)?;
    let title = format!("Compress {} pictures", pictures.len());
    let rows = console.step(&title, |step| {
        let outputs = files.data();
        let mut comparer = Comparer::start(console, &tools, settings, outputs)?;
        let mut rows = Vec::new();
        for (done, picture) in pictures.iter().enumerate() {
            step.at(Position {
                done,
                total: pictures.len(),
                label: picture.name.clone(),
            });
            rows.push(comparer.compare(done, picture)?);
        }
        Ok(rows)
    })?;
    let to = settings.format.map(|format| format!(" to {format}"));
    let about = format!(
        "quality {}{}, medians of {} rounds, one thread each, {}; sharp {} on Node {}; {}",
        settings.quality,
        to.unwrap_or_default(),
        settings.rounds,
        tools.target_cpu,
        tools.sharp_version,
        tools.node_version,
        tools::machine()
    );
    let tables = table::markdown(&rows, &about);
    println!("\n{tables}");
    let results = [
        ("codecs.md", tables),
        ("codecs.csv", csv::csv(&rows)),
        ("codecs.svg", plot::svg(&rows)),
    ];
    write(&files, &results)?;
    println!("The outputs are in {}", files.data().display());
    Ok(())
}

/// Takes the benchmarks for this process, for as long as the file is kept.
fn lock(files: &StackLayout) -> Result<File, Failure> {
    files.lock()?.ok_or_else(|| {
        Failure::new("it runs already").advise("two at a time would spoil each other's figures")
    })
}

/// Writes results by their names, and says where they are.
fn write(files: &StackLayout, results: &[(&str, String)]) -> Result<(), Failure> {
    for (name, text) in results {
        let path = files.result(name);
        fs::write(&path, text).map_err(Failure::because("cannot write the results"))?;
        println!("{}", path.display());
    }
    Ok(())
}
