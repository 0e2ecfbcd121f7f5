//! Programs that tests and checks need and that Debian has: found, or installed where that may be done.

use std::path::{Path, PathBuf};
use std::process::Command;

use halftone_local::console::Step;
use halftone_local::failure::Failure;
use halftone_local::layout::StackLayout;
use halftone_local::process::Runner;
use halftone_local::progress;

/// A program, by the names under which it is installed, and Debian's package of it.
#[derive(Debug)]
pub struct Program {
    /// What it may be called, the most likely name first.
    pub names: &'static [&'static str],
    /// The package.
    pub package: &'static str,
    /// What is left out where there is none.
    pub what: &'static str,
}

impl Program {
    /// Where it is. Where it is not, `apt-get` installs it for root, and others are told; nothing then.
    pub fn find(
        &self,
        runner: Runner<'_>,
        files: &StackLayout,
        step: &mut Step,
    ) -> Result<Option<PathBuf>, Failure> {
        if let Some(found) = self.in_path() {
            step.note(found.display().to_string());
            return Ok(Some(found));
        }
        let (what, package) = (self.what, self.package);
        if !is_root() || !Path::new("/usr/bin/apt-get").exists() {
            step.note(format!(
                "{what} are left out: there is none; install {package}"
            ));
            return Ok(None);
        }
        // Without recommendations, which are a sound server and much else.
        let install = "apt-get update && apt-get install --yes --no-install-recommends \"$0\"";
        let mut apt = Command::new("sh");
        apt.args(["-c", install, package]);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        let log = files.log(&format!("apt-{package}"));
        match runner.run(&apt, &log, step, progress::none()) {
            Err(failure) if failure.is_final() => return Err(failure),
            Ok(()) | Err(_) => {}
        }
        let found = self.in_path();
        if found.is_none() {
            step.note(format!(
                "{what} are left out: apt has none, see {}",
                log.display()
            ));
        }
        Ok(found)
    }

    fn in_path(&self) -> Option<PathBuf> {
        self.names.iter().find_map(|name| {
            let which = Command::new("sh")
                .args(["-c", "command -v \"$0\"", name])
                .output();
            let path = String::from_utf8(which.ok()?.stdout).ok()?;
            let path = path.trim();
            (!path.is_empty()).then(|| path.into())
        })
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_any_of_its_names() {
        let program = |names| Program {
            names,
            package: "none",
            what: "tests",
        };
        let shell = program(&["halftone-has-no-such-program", "sh"]).in_path();
        assert!(shell.is_some_and(|path| path.ends_with("sh")));
        assert_eq!(program(&["halftone-has-no-such-program"]).in_path(), None);
    }
}
