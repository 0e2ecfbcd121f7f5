//! `cargo local bench corpus csv`: the CSV reader held against others' test suites and parsers.
//!
//! csv-spectrum and PapaParse bring their tests in their packages. csv-parse does not: it judges the others'
//! texts, and those that are made at random. None of them is part of this repository.

mod case;
pub mod pictures;
mod tally;

use std::process::Command;

use serde_json::json;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::process::Runner;
use halftone_local::progress::Position;
use halftone_local::python;

use crate::compile::{build, cargo};
use crate::results;
use crate::worker::{Unanswered, Worker};
use case::{Answer, Case};
use halftone_local::node::{Node, Scripts};
use tally::Tally;

/// What others are not asked, and why.
const NOT_ASKED: &str = "\
Not held against: the JSON of csv-spectrum's location_coordinates, which has another telephone number
than its CSV; PapaParse where rows end in several ways, since it settles on one; csv-parse's tests,
which its package does not hold. PapaParse's tests of options are read without these, as both parsers
read them then.
";

/// How many texts are read between two movements of the bar.
const AT_A_TIME: usize = 100;

/// Installs what is needed, compares, prints and writes.
///
/// # Errors
/// When a text is read wrongly, or too many are refused.
pub fn run(console: &Console, layout: &Layout) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let node = Node::prepare(runner, layout, &files)?;
    let scripts = console.step("Install other parsers (npm ci)", |step| {
        node.install(runner, layout, &files, "bench/corpus", step)
    })?;
    let reader = console.step("Compile the reader", |step| {
        let mut cargo = cargo(&layout.root);
        cargo.args(["--package", "halftone-pipeline", "--example", "records"]);
        build(runner, cargo, &files.log("records"), step)
    })?;
    let cases = console.step("Read with other parsers", |_| {
        others(&mut node.script(&scripts, "cases.mjs"))
    })?;
    let tally = compare(console, Command::new(reader), &cases)?;
    let tables = format!(
        "{}\n{NOT_ASKED}\n{}\n",
        tally.markdown(),
        versions(&scripts)?
    );
    println!("\n{tables}");
    results::write(&files, &[("corpus-csv.md", tables)])?;
    tally.failure().map_or(Ok(()), |why| {
        Err(Failure::new(why).advise("write a test of each kind, and correct the reader"))
    })
}

/// Whose suites and parsers these are.
fn versions(scripts: &Scripts) -> Result<String, Failure> {
    let version = |package| Ok(format!("{package} {}", scripts.version(package)?));
    let packages = ["csv-spectrum", "papaparse", "csv-parse"].into_iter();
    let versions = packages.map(version).collect::<Result<Vec<_>, Failure>>()?;
    Ok(versions.join(", "))
}

/// What other parsers make of all texts.
fn others(script: &mut Command) -> Result<Vec<Case>, Failure> {
    let output = script
        .output()
        .map_err(Failure::because("cannot run the other parsers"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::new(format!("the other parsers failed: {said}")));
    }
    let lines = String::from_utf8(output.stdout)
        .map_err(Failure::because("what others read is no UTF-8"))?;
    lines.lines().map(Case::parse).collect()
}

/// Reads all texts, and counts what came of them.
fn compare(console: &Console, mut reader: Command, cases: &[Case]) -> Result<Tally, Failure> {
    console.step(&format!("Read {} texts", cases.len()), |step| {
        let mut worker = Worker::start("the reader", &mut reader)?;
        let mut tally = Tally::default();
        for (done, case) in cases.iter().enumerate() {
            if done % AT_A_TIME == 0 {
                step.at(Position {
                    done,
                    total: cases.len(),
                    label: case.kind.clone(),
                });
            }
            tally.add(case, &ours(console, &mut worker, case)?);
        }
        Ok(tally)
    })
}

/// What our reader makes of a text.
fn ours(console: &Console, worker: &mut Worker, case: &Case) -> Result<Answer, Failure> {
    let question = json!({ "text": case.text, "delimiter": case.delimiter });
    match worker.ask(console, &question) {
        Ok(answer) => Answer::ours(&answer),
        Err(Unanswered::Refused(why)) => Err(Failure::new(why)),
        Err(Unanswered::Ended(failure)) => Err(failure),
    }
}
