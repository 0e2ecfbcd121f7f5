//! What runs a program of an architecture: this machine, or an emulator of its processor.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Architecture;

/// QEMU's user mode, as packages name it.
const EMULATORS: [&str; 2] = ["qemu-aarch64-static", "qemu-aarch64"];

/// Where Debian's `libc6-arm64-cross` puts the libraries of arm64.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// What a program is run by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Machine {
    /// By this one.
    This,
    /// By an emulator, with libraries of the other architecture.
    Emulator(PathBuf),
}

impl Machine {
    /// One for an architecture, or what would have to be installed.
    pub fn for_architecture(architecture: Architecture) -> Result<Self, &'static str> {
        match (architecture, std::env::consts::ARCH) {
            (Architecture::Arm64, "aarch64") | (Architecture::X86_64, "x86_64") => Ok(Self::This),
            (Architecture::Arm64, _) => emulator().ok_or(
                "to start them here, install qemu-user-static and libc6-arm64-cross (Debian, Ubuntu)",
            ),
            (Architecture::X86_64, _) => Err("x86-64 functions are started on x86-64 only"),
        }
    }

    /// Runs this program.
    pub fn command(&self, program: &Path) -> Command {
        match self {
            Self::This => Command::new(program),
            Self::Emulator(emulator) => {
                let mut command = Command::new(emulator);
                command.args(["-L", LIBRARIES]).arg(program);
                command
            }
        }
    }
}

fn emulator() -> Option<Machine> {
    if !Path::new(LIBRARIES).exists() {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut programs = EMULATORS.iter().flat_map(|name| {
        directories
            .iter()
            .map(move |directory| directory.join(name))
    });
    programs
        .find(|program| program.exists())
        .map(Machine::Emulator)
}
