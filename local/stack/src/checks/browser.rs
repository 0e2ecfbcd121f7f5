//! The console in a real Chromium, where one can be had.

use std::path::{Path, PathBuf};
use std::process::Command;

use halftone_local::console::Step;
use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::node::Node;
use halftone_local::process::Runner;
use halftone_local::progress;

/// The names under which it is installed, Debian's first.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// What uses the console of the stack under test; nothing where there is no Chromium.
pub fn walks(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
) -> Result<Option<Command>, Failure> {
    let console = runner.console;
    let found = console.step("Find a Chromium", |step| chromium(runner, files, step))?;
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

fn chromium(
    runner: Runner<'_>,
    files: &StackLayout,
    step: &mut Step,
) -> Result<Option<PathBuf>, Failure> {
    if let Some(found) = in_path() {
        step.note(found.display().to_string());
        return Ok(Some(found));
    }
    if !is_root() || !Path::new("/usr/bin/apt-get").exists() {
        step.note("the console's tests are left out: there is none; install chromium");
        return Ok(None);
    }
    // Without recommendations, which are a sound server and much else.
    let mut apt = Command::new("sh");
    apt.args([
        "-c",
        "apt-get update && apt-get install --yes --no-install-recommends chromium",
    ]);
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    let log = files.log("apt-chromium");
    match runner.run(&apt, &log, step, progress::none()) {
        Err(failure) if failure.is_final() => return Err(failure),
        Ok(()) | Err(_) => {}
    }
    let found = in_path();
    if found.is_none() {
        let note = "the console's tests are left out: apt has none, see";
        step.note(format!("{note} {}", log.display()));
    }
    Ok(found)
}

fn in_path() -> Option<PathBuf> {
    NAMES.into_iter().find_map(|name| {
        let which = Command::new("sh")
            .args(["-c", "command -v \"$0\"", name])
            .output();
        let path = String::from_utf8(which.ok()?.stdout).ok()?;
        let path = path.trim();
        (!path.is_empty()).then(|| path.into())
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}
