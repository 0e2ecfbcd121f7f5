//! A list of its dependencies in each program, which `cargo audit bin` and scanners of functions read there
//! (<https://github.com/rust-secure-code/cargo-auditable>): what is deployed says itself what it is made of.

use std::path::PathBuf;
use std::process::Command;

use halftone_local::failure::Failure;
use halftone_local::process::path_with;
use halftone_local::progress;

use super::Release;

/// The version that is installed, and how it is asked for what it would otherwise be by `cargo auditable`.
const VERSION: &str = "0.7.7";
const ARGUMENTS: &str = r#"{"offline":false,"locked":true,"frozen":false,"config":[]}"#;

/// The section that holds the list.
const SECTION: &[u8] = b"\0.dep-v0\0";

impl Release<'_> {
    /// Installs what writes the lists, once.
    pub fn auditing(&self) -> Result<(), Failure> {
        self.runner.console.step("Install cargo-auditable", |step| {
            if self.auditor().exists() {
                step.note("is there");
                return Ok(());
            }
            let mut cargo = Command::new("cargo");
            cargo.args([
                "install",
                "cargo-auditable",
                "--locked",
                "--version",
                VERSION,
            ]);
            cargo.arg("--root").arg(self.auditors());
            let log = self.files.log("cargo-auditable");
            self.runner.run(&cargo, &log, step, progress::cargo())
        })
    }

    /// Has whatever compiles write the lists. Cargo takes the path of what it is told to call for a part of what it
    /// compiles: by name, it is the same everywhere.
    pub fn audited(&self, mut command: Command) -> Command {
        let programs = self.auditors().join("bin");
        command
            .env(
                "PATH",
                path_with(&[&programs, &self.layout.environment("sam").join("bin")]),
            )
            .env("RUSTC_WORKSPACE_WRAPPER", "cargo-auditable")
            .env("CARGO_AUDITABLE_ORIG_ARGS", ARGUMENTS);
        command
    }

    fn auditors(&self) -> PathBuf {
        self.layout
            .shared
            .join("tools")
            .join(format!("cargo-auditable-{VERSION}"))
    }

    fn auditor(&self) -> PathBuf {
        self.auditors().join("bin/cargo-auditable")
    }
}

/// What is wrong with a program that has no list.
pub fn fault(name: &str, program: &[u8]) -> Option<String> {
    (!holds(program, SECTION))
        .then(|| format!("{name}: it does not say what it is made of (section .dep-v0)"))
}

/// Whether these bytes are somewhere in a program.
pub fn holds(program: &[u8], bytes: &[u8]) -> bool {
    program.windows(bytes.len()).any(|window| window == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_a_list_is_a_fault() {
        assert_eq!(fault("status", b"\x7fELF .text\0.dep-v0\0.data\0"), None);
        let fault = fault("status", b"\x7fELF .text\0.data\0").unwrap();
        assert!(fault.contains("status: it does not say"), "{fault}");
    }
}
