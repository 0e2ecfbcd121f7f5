//! `cargo local bench corpus pictures`: the decoders held against others' test pictures, as sharp sees them.
//!
//! Packages ship these pictures; none of them is part of this repository. What sharp does not read and Pillow does is
//! held against Pillow.

mod compare;
mod files;
mod listed;
mod sources;
mod tally;
mod verdict;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::process::Runner;
use halftone_local::python;

use crate::compile::{build, cargo};
use crate::{pillow, results};
use compare::{Comparer, Programs};
use halftone_local::node::Node;
use sources::SOURCES;

/// Downloads, compares, prints and writes.
///
/// # Errors
/// When a picture comes out wrong, or too many are refused.
pub fn run(console: &Console, layout: &Layout) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let node = Node::prepare(runner, layout, &files)?;
    let scripts = console.step("Install sharp (npm ci)", |step| {
        node.install(runner, layout, &files, "bench/node", step)
    })?;
    let pictures = sources::download(runner, layout, &files)?;
    let codec = console.step("Compile Halftone's codec", |step| {
        let mut cargo = cargo(&layout.root);
        cargo.args(["--package", "halftone-bench", "--example", "codec"]);
        build(runner, cargo, &files.log("codec"), step)
    })?;
    let programs = Programs {
        codec,
        judge: node.script(&scripts, "judge.mjs"),
        pillow: pillow::script(layout, "pillow.py"),
    };
    let tally = console.step(&format!("Compare {} pictures", pictures.len()), |step| {
        Comparer::start(console, programs, &files.data())?.all(&pictures, step)
    })?;
    let sharp = scripts.version("sharp")?;
    let tables = format!("{}\nsharp {sharp}; {SOURCES}\n", tally.markdown());
    println!("\n{tables}");
    results::write(
        &files,
        &[
            ("corpus-pictures.md", tables),
            ("corpus-pictures.csv", tally.csv()),
        ],
    )?;
    tally.failure().map_or(Ok(()), |why| {
        Err(Failure::new(why).advise("write a test of each kind, and correct the codec"))
    })
}
