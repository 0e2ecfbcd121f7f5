//! Builds the functions: once for both stacks, and only when their sources have changed.
//!
//! `sam build` asks cargo-lambda for one function at a time. All five are compiled together
//! before, with the same flags and beside the installation of the tools, so that it only has to
//! collect them. They are built with the `dev` profile, for this machine and with its own compiler:
//! cross compiling and fat LTO are for what is deployed to AWS.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::console::Console;
use crate::failure::Failure;
use crate::layout::{Layout, StackLayout};
use crate::process::{Runner, Running, path_with};
use crate::progress;

/// The functions, as they are named in `functions/`.
pub const FUNCTIONS: [&str; 5] = ["upload", "ingest", "compress", "finalize", "status"];

/// What the build depends on.
const SOURCES: [&str; 6] = [
    "Cargo.toml",
    "Cargo.lock",
    "template.yaml",
    "shared",
    "functions",
    "local/stack/requirements/sam.txt",
];

/// Folders that no function is made of: fuzz targets and what they are built into, and integration tests.
const NO_SOURCES: [&str; 3] = ["fuzz", "target", "tests"];

/// The triple of this machine: what cargo-lambda asks cargo for. Everything else that is to
/// share its compiled dependencies must name it too.
pub fn target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// What `template.yaml` calls this machine's architecture.
pub fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    }
}

/// Waits until nobody else installs tools or builds functions, and keeps it so as long as the file is kept.
pub fn lock(console: &Console, layout: &Layout) -> Result<File, Failure> {
    let path = layout.shared.join("build.lock");
    let lock = File::create(&path).map_err(Failure::because("cannot lock the build"))?;
    while lock.try_lock().is_err() {
        console.pause(Duration::from_millis(200))?;
    }
    Ok(lock)
}

/// Functions that are built anew, since their sources have changed.
pub struct Build<'a> {
    runner: Runner<'a>,
    layout: &'a Layout,
    stack: &'a StackLayout,
    sources: String,
    compiling: Running,
}

impl<'a> Build<'a> {
    /// Begins to compile what has changed. It takes no tools but cargo.
    pub fn begin(
        runner: Runner<'a>,
        layout: &'a Layout,
        stack: &'a StackLayout,
    ) -> Result<Option<Self>, Failure> {
        let sources = fingerprint(&layout.root)?;
        if fs::read_to_string(stamp(layout)).is_ok_and(|built| built == sources) {
            return Ok(None);
        }
        let _ = fs::remove_file(stamp(layout));
        let compiling = runner.begin(&compile(layout), &stack.log("compile"))?;
        Ok(Some(Self {
            runner,
            layout,
            stack,
            sources,
            compiling,
        }))
    }

    /// Waits until all is compiled, and has SAM collect it.
    pub fn finish(self) -> Result<(), Failure> {
        let runner = self.runner;
        runner.console.step("Compile the functions", |step| {
            let compiled = runner.finish(self.compiling, step, progress::cargo());
            compiled
                .map_err(|failure| failure.advise("correct what the compiler found, start again"))
        })?;
        let title = "Collect the functions (sam build)";
        runner.console.step(title, |step| {
            let read = progress::lines_starting("Building codeuri: ", FUNCTIONS.len());
            let log = self.stack.log("sam-build");
            runner.run(&collect(self.layout), &log, step, read)
        })?;
        let written = fs::write(stamp(self.layout), self.sources);
        written.map_err(Failure::because("cannot finish the build"))
    }
}

/// What was built last.
fn stamp(layout: &Layout) -> PathBuf {
    layout.build().join("sources")
}

/// Compiles all functions at once, as cargo-lambda has each of them compiled for this machine.
fn compile(layout: &Layout) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(&layout.root)
        .args(["build", "--target", &target()]);
    each_function(cargo)
}

/// Compiles all functions at once by cargo-lambda, without optimising them unless it is told to.
pub fn compile_by_lambda(layout: &Layout) -> Command {
    let mut cargo = tool("cargo", layout);
    cargo.args(["lambda", "build"]);
    each_function(cargo)
}

fn each_function(mut cargo: Command) -> Command {
    for function in FUNCTIONS {
        cargo.args(["--bin", function]);
    }
    cargo
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "120");
    cargo
}

fn collect(layout: &Layout) -> Command {
    let mut sam = for_this_machine(tool("sam", layout));
    sam.args(["build", "--config-env", "local"])
        .arg("--build-dir")
        .arg(layout.build())
        .args(["--parameter-overrides"])
        .arg(format!(
            "ParameterKey=Architecture,ParameterValue={}",
            architecture()
        ));
    sam
}

/// A tool of the `sam` environment, run at the root of the repository.
pub fn tool(name: &str, layout: &Layout) -> Command {
    let programs = layout.environment("sam").join("bin");
    let program = if programs.join(name).exists() {
        programs.join(name)
    } else {
        name.into()
    };
    let mut command = Command::new(program);
    command
        .current_dir(&layout.root)
        .env("PATH", path_with(&[&programs]))
        .env("SAM_CLI_TELEMETRY", "0")
        .env("PYTHONUNBUFFERED", "1");
    command
}

/// Has cargo-lambda build for this machine, with the `dev` profile and no other compiler.
fn for_this_machine(mut command: Command) -> Command {
    command
        .env("SAM_BUILD_MODE", "debug")
        .env("CARGO_LAMBDA_COMPILER", "cargo");
    command
}

/// Changes whenever a source does.
fn fingerprint(root: &Path) -> Result<String, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for source in SOURCES {
        list(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
        fs::read(&file)
            .map_err(cannot_read(&file))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(cannot_read(path))? {
        let entry = entry.map_err(cannot_read(path))?;
        if !NO_SOURCES.iter().any(|name| entry.file_name() == *name) {
            list(&entry.path(), files)?;
        }
    }
    Ok(())
}

fn cannot_read(path: &Path) -> impl FnOnce(std::io::Error) -> Failure + use<> {
    Failure::because(format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_source_changes_the_fingerprint() {
        let root = std::env::temp_dir().join(format!("halftone-sources-{}", std::process::id()));
        for source in SOURCES {
            fs::create_dir_all(root.join(source)).unwrap();
        }
        let empty = fingerprint(&root).unwrap();
        fs::write(root.join("shared/lib.rs"), "one").unwrap();
        let one = fingerprint(&root).unwrap();
        fs::write(root.join("shared/lib.rs"), "two").unwrap();
        let two = fingerprint(&root).unwrap();
        assert!(empty != one && one != two);
        assert_eq!(two, fingerprint(&root).unwrap());
        for other in NO_SOURCES {
            fs::create_dir_all(root.join("shared").join(other)).unwrap();
            fs::write(root.join("shared").join(other).join("lib.rs"), "three").unwrap();
        }
        assert_eq!(two, fingerprint(&root).unwrap());
        fs::remove_dir_all(root).unwrap();
    }
}
