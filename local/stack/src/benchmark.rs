//! `cargo local bench`: hands over to the package that measures, which needs more to be built than
//! anything here.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use halftone_local::failure::Failure;
use halftone_local::layout::Layout;

/// Becomes the benchmark; comes back only when it cannot.
pub fn run(layout: &Layout, arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "run",
            "--quiet",
            "--package",
            "halftone-bench",
            "--manifest-path",
        ])
        .arg(layout.root.join("Cargo.toml"))
        .arg("--")
        .args(arguments);
    Err(Failure::because("cannot run cargo")(cargo.exec()))
}
