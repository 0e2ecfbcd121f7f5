//! `cargo local bench generations`: pictures that have been compressed before, compressed again by Halftone and by sharp,
//! and how much of them each has lost.

mod compare;
mod sources;
mod table;

use std::path::PathBuf;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::process::Runner;
use halftone_local::progress::Position;
use halftone_local::python;

use crate::codecs::{Format, Tools, find};
use crate::{machine, results};
use compare::Comparer;
use sources::{Past, pasts, reference};

/// What is to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The folder of pictures; the sample photographs when there is none.
    pub directory: Option<PathBuf>,
    /// The quality that both are asked for, 1 to 100.
    pub quality: u8,
}

/// Installs what is needed, compares, prints and writes.
pub fn run(console: &Console, layout: &Layout, settings: &Settings) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    let samples = layout.root.join("events/photos");
    let mut pictures = find(settings.directory.as_ref().unwrap_or(&samples))?;
    pictures.retain(|picture| picture.format == Format::Jpeg);
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let tools = Tools::prepare(runner, layout, &files)?;
    let pasts: Vec<Past> = pasts().collect();
    let total = pictures.len() * pasts.len();
    let title = format!("Compress {total} pictures twice");
    let rows = console.step(&title, |step| {
        let mut comparer = Comparer::start(console, &tools, settings.quality, files.data())?;
        let mut rows = Vec::new();
        for picture in &pictures {
            let reference = reference(&picture.path)?;
            for past in &pasts {
                step.at(Position {
                    done: rows.len(),
                    total,
                    label: format!("{}, {past}", picture.name),
                });
                rows.push(comparer.compare(&reference, past)?);
            }
        }
        Ok(rows)
    })?;
    let table = table::markdown(&pasts, &rows);
    let about = format!(
        "quality {}, {} pictures; sharp {}; {}",
        settings.quality,
        pictures.len(),
        tools.sharp_version,
        machine::processor()
    );
    let text = format!("{table}\n{about}\n");
    println!("\n{text}");
    results::write(&files, &[("generations.md", text)])
}
