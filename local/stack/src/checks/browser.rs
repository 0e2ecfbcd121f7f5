//! The console in a real Chromium, where one can be had.

use std::process::Command;

use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::node::Node;
use halftone_local::process::Runner;

use crate::apt::Program;

const CHROMIUM: Program = Program {
    names: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    package: "chromium",
    what: "the console's tests",
};

/// What uses the console of the stack under test; nothing where there is no Chromium.
pub fn walks(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
) -> Result<Option<Command>, Failure> {
    let console = runner.console;
    let found = console.step("Find a Chromium", |step| CHROMIUM.find(runner, files, step))?;
    let Some(chromium) = found else {
        return Ok(None);
    };
    let node = Node::prepare(runner, layout, files)?;
    let scripts = console.step("Install the browser's tests (npm ci)", |step| {
        node.install(runner, layout, files, "console", step)
    })?;
    let mut walks = node.script(&scripts, "main.mjs");
    walks.arg(files.description()).arg(chromium);
    walks.arg(layout.root.join("events/photos"));
    Ok(Some(walks))
}
