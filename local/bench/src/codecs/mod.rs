//! `cargo local bench codecs`: Halftone side by side with sharp, on pictures of one's own.

mod compare;
mod csv;
mod figures;
mod pictures;
mod plot;
mod table;
mod tools;

use std::path::PathBuf;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::process::Runner;
use halftone_local::progress::Position;
use halftone_local::python;

use crate::results;
pub use compare::Comparer;
pub use csv::csv;
#[cfg(test)]
pub use figures::tests;
pub use figures::{Contender, Measured, Row};
pub use pictures::{Format, Picture, find};
pub use tools::Tools;

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
    pub rounds: u16,
}

/// Installs what is needed, compares, prints and writes.
pub fn run(console: &Console, layout: &Layout, settings: &Settings) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
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
        let mut comparer = Comparer::start(console, &tools, settings, outputs, Contender::of)?;
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
        "quality {}{}, medians of {} rounds, one thread each, {}",
        settings.quality,
        to.unwrap_or_default(),
        settings.rounds,
        tools.about()
    );
    let tables = table::markdown(&rows, &about);
    println!("\n{tables}");
    let results = [
        ("codecs.md", tables),
        ("codecs.csv", csv(&rows)?),
        ("codecs.svg", plot::svg(&rows)),
    ];
    results::write(&files, &results)?;
    println!("The outputs are in {}", files.data().display());
    Ok(())
}
