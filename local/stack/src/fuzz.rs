//! `cargo local fuzz`: lets libFuzzer look for bytes that break what reads them.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use halftone_local::failure::Failure;
use halftone_local::layout::Layout;

/// Packages of targets, beside what they try.
const PACKAGES: [&str; 2] = ["shared/codec/fuzz", "local/fuzz"];

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The target; without one they are listed.
    pub target: Option<String>,
    /// How long it goes on.
    pub minutes: u64,
}

/// The most that one input may take: seconds, and megabytes.
const BOUNDS: [&str; 3] = ["-timeout=20", "-rss_limit_mb=2048", "-malloc_limit_mb=512"];

/// What is known to leak: a search would end at it.
const LEAKS: &str = "shared/codec/fuzz/leaks.supp";

/// Becomes cargo-fuzz, which builds and runs the target; comes back only when it cannot, or lists what there is.
pub fn run(layout: &Layout, search: &Search) -> Result<ExitCode, Failure> {
    let all = targets(&layout.root)?;
    let Some(wanted) = &search.target else {
        for (package, target) in all {
            println!("{target:<16} {package}");
        }
        return Ok(ExitCode::SUCCESS);
    };
    let package = all.iter().find(|(_, target)| target == wanted);
    let (package, _) = package.ok_or_else(|| {
        Failure::new(format!("there is no target {wanted}"))
            .advise("`cargo local fuzz` lists what there is")
    })?;
    is_there()?;
    let package = layout.root.join(package);
    let found = layout.shared.join("fuzz").join(wanted);
    fs::create_dir_all(&found).map_err(Failure::because("cannot keep what is found"))?;
    let mut cargo = nightly();
    cargo
        .args(["run", "--fuzz-dir"])
        .arg(&package)
        .arg(wanted)
        // What is new goes into the first.
        .arg(found)
        .arg(package.join("corpus").join(wanted))
        .arg("--")
        .arg(format!("-max_total_time={}", search.minutes * 60))
        .args(BOUNDS);
    let leaks = layout.root.join(LEAKS);
    cargo.env("LSAN_OPTIONS", format!("suppressions={}", leaks.display()));
    Err(Failure::because("cannot run cargo")(cargo.exec()))
}

/// All targets, each with its package.
fn targets(root: &Path) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut all = Vec::new();
    for package in PACKAGES {
        let names = names(&root.join(package).join("fuzz_targets"));
        let names = names.map_err(Failure::because("cannot list the fuzz targets"))?;
        all.extend(names.into_iter().map(|name| (package, name)));
    }
    Ok(all)
}

fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let files: Result<Vec<PathBuf>, _> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let stem = |path: &PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut names: Vec<String> = files?.iter().filter_map(stem).collect();
    names.sort_unstable();
    Ok(names)
}

/// cargo-fuzz by a nightly compiler. Not `cargo +nightly`: beneath a running cargo that may be another's.
fn nightly() -> Command {
    let mut rustup = Command::new("rustup");
    rustup.args(["run", "nightly", "cargo", "fuzz"]);
    rustup
}

fn is_there() -> Result<(), Failure> {
    let tried = nightly().arg("--version").output();
    if tried.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let advice = "install them: rustup toolchain install nightly --profile minimal; cargo install cargo-fuzz";
    Err(Failure::new("cargo-fuzz or a nightly compiler is missing").advise(advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_is_a_program_of_its_package_with_inputs() {
        let root = Layout::of_this_repository().root;
        let all = targets(&root).unwrap();
        assert!(all.len() >= 19, "{all:?}");
        for (package, target) in all {
            let package = root.join(package);
            let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
            assert!(
                manifest.contains(&format!("name = \"{target}\"")),
                "{target}"
            );
            let inputs = fs::read_dir(package.join("corpus").join(&target));
            assert!(inputs.is_ok_and(|inputs| inputs.count() > 0), "{target}");
        }
    }
}
