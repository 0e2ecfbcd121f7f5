//! `cargo local attack`: hostile URLs, bodies and CSVs alone, with what became of them. It needs no stack.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use halftone_local::failure::Failure;
use halftone_local::functions::target;
use halftone_local::layout::Layout;

/// Becomes the tests; comes back only when it cannot. The seed decides which damage is done to real files.
pub fn run(layout: &Layout, seed: u64) -> Result<ExitCode, Failure> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(&layout.root)
        .args([
            "test",
            "--workspace",
            "--target",
            &target(),
            "--no-fail-fast",
        ])
        .args(["--test", "attack", "--test", "hostile", "--", "--nocapture"])
        .env("RUST_BACKTRACE", "0")
        .env("HALFTONE_ATTACK_SEED", seed.to_string());
    Err(Failure::because("cannot run cargo")(cargo.exec()))
}
