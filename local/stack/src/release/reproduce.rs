//! The same sources give the same programs, wherever they are built: what is deployed can be built anew by
//! whoever doubts it, and compared. Panics name the file that they come from, so without this each program would
//! hold paths of the machine that built it.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use halftone_local::digest::sha256;
use halftone_local::failure::Failure;

use super::{Function, Release};

/// The list of what was built, in the form that `sha256sum --check` reads.
const SUMS: &str = "SHA256SUMS";

impl Release<'_> {
    /// Has whatever compiles name files by their place in the repository, and those of crates by Cargo's folder.
    pub fn without_paths(&self, mut command: Command) -> Command {
        let flags = env::var_os("RUSTFLAGS").unwrap_or_default();
        let flags = flags.to_string_lossy();
        let (root, cargo) = (self.layout.root.display(), cargo_home());
        let cargo = cargo.display();
        let flags = format!(
            "{flags} --remap-path-prefix={root}=/halftone --remap-path-prefix={cargo}=/cargo"
        );
        command.env("RUSTFLAGS", flags.trim());
        command
    }

    /// Writes down what each program is, beside the template that names it.
    pub fn sums(&self, functions: &[Function]) -> Result<(), Failure> {
        let built = self.files.result(self.architecture.name());
        self.runner.console.step("Sum up", |step| {
            let mut sums = String::new();
            for Function { program, .. } in functions {
                let bytes = fs::read(program);
                let bytes = bytes.map_err(Failure::because("cannot read a function"))?;
                let name = program.strip_prefix(&built).unwrap_or(program);
                sums += &format!("{}  {}\n", sha256(&bytes), name.display());
            }
            fs::write(built.join(SUMS), sums).map_err(Failure::because("cannot write sums"))?;
            step.note(format!("in {SUMS} beside the template"));
            Ok(())
        })
    }
}

/// Where Cargo unpacks crates (<https://doc.rust-lang.org/cargo/guide/cargo-home.html>).
fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}
