//! Where things are kept: all of it under `.local/`, which can be deleted at any time.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Which of the two stacks that can run side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `cargo local` and `cargo local up`.
    Normal,
    /// `cargo local test`.
    Test,
}

/// The repository and its `.local/`.
#[derive(Debug)]
pub struct Layout {
    /// The repository.
    pub root: PathBuf,
    /// Tools and build output, shared by both stacks.
    pub shared: PathBuf,
}

impl Layout {
    /// The repository this program was built from.
    pub fn of_this_repository() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.ancestors().nth(2).unwrap_or(package).to_owned();
        let shared = root.join(".local");
        Self { root, shared }
    }

    /// A virtual environment.
    pub fn environment(&self, name: &str) -> PathBuf {
        self.shared.join("venv").join(name)
    }

    /// Output of `sam build`.
    pub fn build(&self) -> PathBuf {
        self.shared.join("build")
    }

    /// What belongs to the benchmark. There is no stack, but files of the same kinds.
    pub fn bench(&self) -> StackLayout {
        let directory = self.shared.join("bench");
        StackLayout { directory }
    }

    /// What belongs to a release.
    pub fn release(&self) -> StackLayout {
        let directory = self.shared.join("release");
        StackLayout { directory }
    }

    /// What belongs to one stack.
    pub fn stack(&self, kind: Kind) -> StackLayout {
        let directory = match kind {
            Kind::Normal => self.shared.clone(),
            Kind::Test => self.shared.join("test"),
        };
        StackLayout { directory }
    }
}

/// One stack's files.
#[derive(Debug, Clone)]
pub struct StackLayout {
    directory: PathBuf,
}

impl StackLayout {
    /// How any client finds the stack.
    pub fn description(&self) -> PathBuf {
        self.directory.join("stack.json")
    }

    /// Data of the database and the emulator, or outputs of the benchmark: made anew at each start.
    pub fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The log of a step or a server.
    pub fn log(&self, name: &str) -> PathBuf {
        self.directory.join("logs").join(format!("{name}.log"))
    }

    /// A file of figures.
    pub fn result(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Results of the demo.
    pub fn demo(&self) -> PathBuf {
        self.directory.join("demo")
    }

    /// Appears when the stack is to stop.
    pub fn stop(&self) -> PathBuf {
        self.directory.join("stop")
    }

    /// Locks the stack for this process; `None` when another has it. The system lets go of the
    /// lock when the process ends, however it ends.
    pub fn lock(&self) -> Result<Option<File>, Failure> {
        let path = self.directory.join("lock");
        let failure = || Failure::because(format!("cannot lock {}", path.display()));
        std::fs::create_dir_all(self.directory.join("logs")).map_err(failure())?;
        let file = File::create(&path).map_err(failure())?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(failure()(error)),
        }
    }
}
