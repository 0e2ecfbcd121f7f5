//! The same sources give the same programs, wherever they are built: what is deployed can be built anew by
//! whoever doubts it, and compared. Panics name the file that they come from, so without this each program would
//! hold paths of the machine that built it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use halftone_local::digest::sha256;
use halftone_local::failure::Failure;

use super::audit::holds;
use super::{Function, Release};

/// The list of what was built, in the form that `sha256sum --check` reads.
const SUMS: &str = "SHA256SUMS";

/// Where Cargo looks for flags of the compiler
/// (<https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags>).
const PLAIN: &str = "RUSTFLAGS";
const SETTING: &str = "CARGO_BUILD_RUSTFLAGS";

impl Release<'_> {
    /// Has whatever compiles name files by their place in the repository, and those of crates by Cargo's folder.
    pub fn without_paths(&self, command: Command) -> Command {
        without(&self.layout.root, command)
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

/// The same, of one folder. As Cargo's own setting, to which cargo-lambda adds the processor that Lambda has:
/// `RUSTFLAGS` would take its place, and functions would be compiled for any.
fn without(root: &Path, mut command: Command) -> Command {
    let flags = [PLAIN, SETTING].map(|name| env::var_os(name).unwrap_or_default());
    let flags = flags.map(|flags| flags.to_string_lossy().into_owned());
    let (root, cargo) = (root.display(), cargo_home());
    let remapped = format!(
        "--remap-path-prefix={root}=/halftone --remap-path-prefix={}=/cargo",
        cargo.display()
    );
    let flags = flags.into_iter().chain([remapped]);
    let flags: Vec<_> = flags.filter(|flags| !flags.is_empty()).collect();
    command.env_remove(PLAIN).env(SETTING, flags.join(" "));
    command
}

/// What is wrong with a program that has paths of this machine: Cargo took other flags in place of ours, and with them
/// those for Lambda's processors are gone.
pub fn fault(name: &str, program: &[u8]) -> Option<String> {
    let cargo = cargo_home();
    holds(program, cargo.as_os_str().as_encoded_bytes()).then(|| {
        format!(
            "{name}: it was compiled with other flags than ours, and for any processor; take `rustflags` of a target \
             out of Cargo's configuration, and CARGO_ENCODED_RUSTFLAGS out of the environment"
        )
    })
}

/// Where Cargo unpacks crates (<https://doc.rust-lang.org/cargo/guide/cargo-home.html>).
fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

#[cfg(test)]
mod tests {
    use halftone_local::functions::tool;
    use halftone_local::layout::Layout;

    use super::*;

    #[test]
    fn a_program_with_paths_of_this_machine_is_a_fault() {
        assert_eq!(fault("status", b"\x7fELF /cargo/registry/src/a.rs\0"), None);
        let path = format!("\x7fELF {}/registry/src/a.rs\0", cargo_home().display());
        let fault = fault("status", path.as_bytes()).unwrap();
        assert!(
            fault.contains("status: it was compiled with other flags"),
            "{fault}"
        );
    }

    /// What compiles a program of one line, as it compiles the functions, says how.
    #[test]
    #[ignore = "needs cargo-lambda: cargo local test"]
    fn functions_are_compiled_for_lambdas_processors_and_without_paths() {
        let root = env::temp_dir().join(format!("halftone-lambda-{}", std::process::id()));
        fs::create_dir_all(root.join("src")).unwrap();
        let manifest = "[package]\nname = \"lambda\"\nedition = \"2024\"\n[workspace]\n";
        fs::write(root.join("Cargo.toml"), manifest).unwrap();
        fs::write(root.join("src/main.rs"), "fn main() {}\n").unwrap();
        let mut cargo = tool("cargo", &Layout::of_this_repository());
        cargo.args(["lambda", "build", "--release", "--verbose"]);
        cargo.current_dir(&root);
        let built = without(&root, cargo).output().unwrap();
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{said}");
        let cpu = match cfg!(target_arch = "aarch64") {
            true => "neoverse-n1",
            false => "haswell",
        };
        for flag in [
            format!("target-cpu={cpu}"),
            format!("--remap-path-prefix={}=/halftone", root.display()),
        ] {
            assert!(said.contains(&flag), "{flag}: {said}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}
