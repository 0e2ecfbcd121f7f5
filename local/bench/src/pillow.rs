//! Scripts in Python that read and write pictures, in an environment of their own.

use std::path::Path;
use std::process::Command;

use halftone_local::console::Step;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::process::Runner;
use halftone_local::python;

/// The environment, with Pillow and jpegli.
const ENVIRONMENT: &str = "pictures";

/// Makes the environment, unless it is there already.
pub fn prepare(
    runner: Runner<'_>,
    layout: &Layout,
    log: &Path,
    step: &mut Step,
) -> Result<(), Failure> {
    python::environment(runner, layout, log, ENVIRONMENT, step).map(drop)
}

/// Its Python.
pub fn python(layout: &Layout) -> Command {
    Command::new(layout.environment(ENVIRONMENT).join("bin/python"))
}

/// One of the scripts.
pub fn script(layout: &Layout, name: &str) -> Command {
    let mut python = python(layout);
    python.arg(layout.root.join("local/bench/pictures").join(name));
    python
}
