//! Commands that are packages of their own, since they need more to be built than anything here.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use halftone_local::failure::Failure;
use halftone_local::layout::Layout;

/// Becomes a package's program; comes back only when it cannot.
pub fn become_program(
    layout: &Layout,
    package: &str,
    arguments: &[OsString],
) -> Result<ExitCode, Failure> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["run", "--quiet", "--package", package, "--manifest-path"])
        .arg(layout.root.join("Cargo.toml"))
        .arg("--")
        .args(arguments);
    Err(Failure::because("cannot run cargo")(cargo.exec()))
}
