//! Compiles the workers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use halftone_local::console::Step;
use halftone_local::failure::Failure;
use halftone_local::process::Runner;
use halftone_local::progress;

/// What code is compiled for that runs on any processor of its kind.
const PORTABLE: &str = "any processor";

/// What cargo-lambda compiles a deployed function for, if this machine can run that.
pub fn target_cpu() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("fma")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("movbe")
    {
        return "haswell";
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("lse")
        && std::arch::is_aarch64_feature_detected!("dotprod")
        && std::arch::is_aarch64_feature_detected!("rcpc")
    {
        return "neoverse-n1";
    }
    PORTABLE
}

/// Builds what can be run, in a directory, without optimising it.
pub fn cargo(directory: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--locked"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(directory)
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "120");
    cargo
}

/// Builds it as it is deployed.
pub fn cargo_as_deployed(directory: &Path) -> Command {
    let (mut cargo, target_cpu) = (cargo(directory), target_cpu());
    cargo.arg("--release");
    if target_cpu != PORTABLE {
        cargo.env("RUSTFLAGS", format!("-C target-cpu={target_cpu}"));
    }
    cargo
}

/// Compiles a program, and tells where it is.
pub fn build(
    runner: Runner<'_>,
    command: Command,
    log: &Path,
    step: &mut Step,
) -> Result<PathBuf, Failure> {
    let (mut program, mut position) = (None, progress::cargo());
    let read = |line: &str, step: &mut Step| {
        program = executable(line).or(program.take());
        if let Some(position) = position(line) {
            step.at(position);
        }
    };
    let idle = || runner.console.pause(Duration::from_millis(50));
    let code = runner.follow(&command, log, step, read, idle)?;
    match program {
        Some(program) if code == 0 => Ok(program),
        _ => Err(Failure::new(format!("cargo ended with exit code {code}"))
            .log(log)
            .advise("correct what the compiler found, start again")),
    }
}

/// The program that a message of cargo announces.
fn executable(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    message["executable"].as_str().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_a_program_is() {
        let line = r#"{"reason":"compiler-artifact","executable":"/x/codec"}"#;
        assert_eq!(executable(line), Some("/x/codec".into()));
        assert_eq!(executable(r#"{"reason":"x","executable":null}"#), None);
        assert_eq!(executable("   Compiling serde"), None);
    }
}
