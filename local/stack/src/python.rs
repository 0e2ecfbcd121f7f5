//! Virtual environments, from pinned and hashed requirements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::console::Step;
use crate::failure::Failure;
use crate::layout::{Layout, StackLayout};
use crate::process::Runner;
use crate::progress;

/// The environments of every stack: `sam` builds and deploys, `services` are the servers. Apart from each other,
/// since their requirements contradict one another.
pub const ENVIRONMENTS: [&str; 2] = ["sam", "services"];

/// Finds a Python that is new enough and can make environments.
pub fn find() -> Result<PathBuf, Failure> {
    const CHECK: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
    let names = [
        "python3",
        "python",
        "python3.14",
        "python3.13",
        "python3.12",
        "python3.11",
    ];
    let works = |name: &&str| {
        let output = Command::new(name).args(["-c", CHECK]).output();
        output.is_ok_and(|output| output.status.success())
    };
    names
        .into_iter()
        .find(works)
        .map(PathBuf::from)
        .ok_or_else(|| {
            Failure::new("no Python 3.11 or newer with venv was found").advise(
            "install Python 3.11 or newer (on Debian and Ubuntu also python3-venv) and start again",
        )
        })
}

/// Makes both environments, unless they are there already.
pub fn environments(
    runner: Runner<'_>,
    layout: &Layout,
    stack: &StackLayout,
    step: &mut Step,
) -> Result<(), Failure> {
    let mut made = false;
    for name in ENVIRONMENTS {
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
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
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
