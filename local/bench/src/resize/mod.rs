//! `cargo local bench resize`: pictures made smaller by Halftone and by sharp, to the same sides.

mod compare;
mod table;

use std::path::PathBuf;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::process::Runner;
use halftone_local::progress::Position;
use halftone_local::python;

use crate::codecs::{Tools, find};
use crate::results;
use compare::Comparer;

/// The largest sides that are asked for, in pixels: a zoom, a product page, a list.
const SIDES: [u32; 3] = [1_600, 800, 300];

/// What is to be compared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The folder of pictures; the sample photographs when there is none.
    pub directory: Option<PathBuf>,
    /// The quality that both are asked for, 1 to 100.
    pub quality: u8,
    /// How often each picture is made smaller by each; at least once.
    pub rounds: u16,
}

/// Installs what is needed, compares, prints and writes.
pub fn run(console: &Console, layout: &Layout, settings: &Settings) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    let samples = layout.root.join("events/photos");
    let pictures = find(settings.directory.as_ref().unwrap_or(&samples))?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let tools = Tools::prepare(runner, layout, &files)?;
    let total = pictures.len() * SIDES.len();
    let rows = console.step(&format!("Make {total} smaller pictures"), |step| {
        let mut comparer = Comparer::start(console, &tools, settings, files.data())?;
        let mut rows = Vec::new();
        for (done, (side, picture)) in SIDES
            .iter()
            .flat_map(|side| pictures.iter().map(move |picture| (*side, picture)))
            .enumerate()
        {
            step.at(Position {
                done,
                total,
                label: format!("{}, {side} pixels", picture.name),
            });
            rows.extend(comparer.compare(picture, side)?);
        }
        Ok(rows)
    })?;
    let about = format!(
        "quality {}, medians of {} rounds, one thread each, {}",
        settings.quality,
        settings.rounds,
        tools.about()
    );
    let tables = table::markdown(&rows, &about);
    println!("\n{tables}");
    results::write(&files, &[("resize.md", tables)])?;
    println!("The outputs are in {}", files.data().display());
    Ok(())
}
