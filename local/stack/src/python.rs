//! Virtual environments, from pinned and hashed requirements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::console::Step;
use crate::failure::Failure;
use crate::layout::{Layout, StackLayout};
use crate::process::Runner;
use crate::progress;

/// The environments of every stack: `sam` builds and deploys, `services` are the servers. Apart
/// from each other, since their requirements contradict one another.
pub const ENVIRONMENTS: [&str; 2] = ["sam", "services"];

/// The versions that the requirements resolve for, the best known first. The bundled database has
/// no wheel for 3.14.
const VERSIONS: [&str; 3] = ["3.13", "3.12", "3.11"];

/// Finds a Python that the requirements know and that can make environments.
pub fn find() -> Result<PathBuf, Failure> {
    choose(candidates(), version).ok_or_else(|| {
        let versions = VERSIONS.join(", ");
        Failure::new(format!(
            "no Python of a version that works was found: {versions}, with venv"
        ))
        .advise(
            "install one of them, for example with `uv python install 3.13`, or with your \
             system's packages (on Debian and Ubuntu python3-venv too), and start again",
        )
    })
}

/// Where one may be, the usual names first.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let usual = ["python3", "python"].map(PathBuf::from).into_iter();
    let exact = VERSIONS.map(|version| PathBuf::from(format!("python{version}")));
    usual
        .chain(exact)
        .chain(VERSIONS.into_iter().filter_map(of_uv))
}

/// The one that uv has installed, which need not be in the path.
fn of_uv(version: &str) -> Option<PathBuf> {
    let mut uv = Command::new("uv");
    uv.args(["python", "find", "--no-python-downloads", version]);
    let output = uv.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}

/// The version of an interpreter, if it can make environments.
fn version(python: &Path) -> Option<String> {
    const TELL: &str = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])";
    let output = Command::new(python).args(["-c", TELL]).output().ok()?;
    let told = output.status.success().then_some(output.stdout)?;
    Some(String::from_utf8(told).ok()?.trim().to_owned())
}

fn choose(
    mut candidates: impl Iterator<Item = PathBuf>,
    version: impl Fn(&Path) -> Option<String>,
) -> Option<PathBuf> {
    let known = |python: &PathBuf| {
        version(python).is_some_and(|version| VERSIONS.contains(&version.as_str()))
    };
    candidates.find(known)
}

/// Makes environments, unless they are there already.
pub fn environments(
    runner: Runner<'_>,
    layout: &Layout,
    stack: &StackLayout,
    names: &[&str],
    step: &mut Step,
) -> Result<(), Failure> {
    let mut made = false;
    for name in names {
        made |= environment(
            runner,
            layout,
            &stack.log(&format!("pip-{name}")),
            name,
            step,
        )?;
    }
    if !made {
        step.note("already there");
    }
    Ok(())
}

/// Makes one environment, and tells whether it was not there yet.
pub fn environment(
    runner: Runner<'_>,
    layout: &Layout,
    log: &Path,
    name: &str,
    step: &mut Step,
) -> Result<bool, Failure> {
    let requirements = layout
        .root
        .join("local/stack/requirements")
        .join(format!("{name}.txt"));
    let wanted = fs::read_to_string(&requirements).map_err(Failure::because(format!(
        "cannot read {}",
        requirements.display()
    )))?;
    let directory = layout.environment(name);
    // Written last, so that half an environment is never taken for a whole one.
    let stamp = directory.join("installed-requirements.txt");
    let installed = fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    // A link, which leads nowhere once the Python that it was made with is gone.
    if installed && directory.join("bin/python").exists() {
        return Ok(false);
    }
    let _ = fs::remove_dir_all(&directory);
    let mut create = Command::new(runner.python);
    create.args(["-m", "venv"]).arg(&directory);
    runner.run(&create, log, step, progress::none())?;
    let count = wanted.lines().filter(|line| line.contains("==")).count();
    let read = progress::lines_starting("Collecting ", count);
    runner
        .run(&install(&directory, &requirements), log, step, read)
        .map_err(|failure| {
            failure.advise("check the network and start again: it goes on from here")
        })?;
    fs::write(&stamp, wanted).map_err(Failure::because("cannot finish an environment"))?;
    Ok(true)
}

/// Every package is listed with its version and hashes, so nothing is left to resolve.
fn install(directory: &Path, requirements: &Path) -> Command {
    let mut install = Command::new(directory.join("bin/python"));
    install
        .args([
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ])
        .args([
            "--disable-pip-version-check",
            "--no-input",
            "--progress-bar",
            "off",
            "-r",
        ])
        .arg(requirements);
    install
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(installed: &[(&str, &str)]) -> Option<PathBuf> {
        let version = |python: &Path| {
            let found = installed.iter().find(|(name, _)| python == Path::new(name));
            found.map(|(_, version)| (*version).to_owned())
        };
        let names = installed.iter().map(|(name, _)| PathBuf::from(name));
        choose(names, version)
    }

    #[test]
    fn a_python_that_the_requirements_do_not_know_is_passed_over() {
        let installed = [
            ("python3", "3.14"),
            ("python", "2.7"),
            ("python3.12", "3.12"),
        ];
        assert_eq!(chosen(&installed), Some("python3.12".into()));
        assert_eq!(chosen(&[("python3", "3.14")]), None);
        let usual = [("python3", "3.11"), ("python3.13", "3.13")];
        assert_eq!(chosen(&usual), Some("python3".into()));
    }

    #[test]
    fn every_known_version_is_looked_for_by_name() {
        let names: Vec<_> = candidates().collect();
        for version in VERSIONS {
            assert!(names.contains(&format!("python{version}").into()));
        }
    }
}
