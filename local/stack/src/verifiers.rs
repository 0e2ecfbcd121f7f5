//! The published libraries that tests have webhooks verified by, in two languages.

use std::path::Path;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::layout::{Layout, StackLayout};
use crate::node::Node;
use crate::process::Runner;
use crate::python;

/// The folder of `local` with the scripts, and the name of the Python environment.
const NAME: &str = "webhooks";

/// Installs them, unless they are there already; the commands that run them, by the registry that they are from.
///
/// # Errors
/// When they cannot be installed.
pub fn prepare(runner: Runner<'_>, layout: &Layout, files: &StackLayout) -> Result<Value, Failure> {
    let node = Node::prepare(runner, layout, files)?;
    let title = "Install the webhooks' verifiers (npm ci, pip)";
    let scripts = runner.console.step(title, |step| {
        python::environment(runner, layout, &files.log("pip-webhooks"), NAME, step)?;
        node.install(runner, layout, files, NAME, step)
    })?;
    let npm = node.script(&scripts, "verify.mjs");
    let python = layout.environment(NAME).join("bin/python");
    let script = layout.root.join("local").join(NAME).join("verify.py");
    Ok(json!({
        "npm": [text(npm.get_program().as_ref()), text(npm.get_args().next().unwrap_or_default().as_ref())],
        "pypi": [text(&python), text(&script)],
    }))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
