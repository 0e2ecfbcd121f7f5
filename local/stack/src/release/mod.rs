//! `cargo local release`: builds what is deployed to AWS and says whether it may be.
//!
//! Nothing is asked of AWS. Everything else that can be known before a deployment is: that the
//! functions build for the architecture, that they are small enough to start quickly, that each starts
//! with the variables that the template gives it, and what three linters say of the template.

mod accepted;
mod archive;
mod audit;
mod bom;
mod build;
mod findings;
mod glibc;
mod lint;
mod machine;
mod reproduce;
mod start;

use std::path::PathBuf;
use std::process::ExitCode;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::functions;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::python;

use build::Function;
use machine::Machine;

/// The processors that Lambda has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// AWS Graviton, the template's default.
    Arm64,
    /// Intel and AMD.
    X86_64,
}

impl Architecture {
    /// As the parameter `Architecture` of the template has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// How much of a failed check is shown.
const TAIL_LINES: usize = 60;

/// What is wanted, and with what it is done.
struct Release<'a> {
    runner: Runner<'a>,
    layout: &'a Layout,
    files: StackLayout,
    architecture: Architecture,
}

/// Builds and checks; fails at the end if a check did.
pub fn run(
    console: &Console,
    layout: &Layout,
    architecture: Architecture,
) -> Result<ExitCode, Failure> {
    let files = layout.release();
    let _lock = files.lock()?.ok_or_else(|| {
        Failure::new("a release is being built already").advise("wait until it has ended")
    })?;
    let python = python::find()?;
    let release = Release {
        runner: Runner {
            console,
            python: &python,
        },
        layout,
        files,
        architecture,
    };
    let _build = functions::lock(console, layout)?;
    console.step("Install the Python tools", |step| {
        let environments = ["sam", "release"];
        python::environments(release.runner, layout, &release.files, &environments, step)
    })?;
    release.auditing()?;
    let functions = release.build()?;
    release.bills(&functions)?;
    release.sums(&functions)?;
    let mut failed = 0;
    failed += release.sizes(&functions)?;
    failed += release.starts(&functions)?;
    failed += release.lints()?;
    println!("\n{}", release.conclusion(failed));
    Ok(match failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

impl Release<'_> {
    /// Runs checks as one step, shows what failed, and counts that.
    fn check(
        &self,
        title: &str,
        work: impl FnOnce(&mut halftone_local::console::Step) -> Result<Vec<String>, Failure>,
    ) -> Result<usize, Failure> {
        let mut faults = Vec::new();
        let outcome = self.runner.console.step(title, |step| {
            faults = work(step)?;
            match faults.len() {
                0 => Ok(()),
                count => Err(Failure::new(format!("{count} faults"))),
            }
        });
        match outcome {
            Err(failure) if faults.is_empty() => Err(failure),
            _ => {
                for fault in &faults {
                    println!("    {fault}");
                }
                Ok(faults.len())
            }
        }
    }

    fn conclusion(&self, failed: usize) -> String {
        let architecture = self.architecture.name();
        let template = self.template();
        let template = template
            .strip_prefix(&self.layout.root)
            .unwrap_or(&template);
        let left_out = match Machine::for_architecture(self.architecture) {
            Ok(_) => String::new(),
            Err(why) => format!("No function was started: {why}.\n"),
        };
        match failed {
            0 => format!(
                "{left_out}Ready for {architecture}:\n  .local/venv/sam/bin/sam deploy --guided --template-file {} --parameter-overrides Architecture={architecture}",
                template.display()
            ),
            1 => "1 fault: not ready.".to_owned(),
            _ => format!("{failed} faults: not ready."),
        }
    }

    /// What is deployed: the template with the built functions in it.
    fn template(&self) -> PathBuf {
        self.files
            .result(self.architecture.name())
            .join("template.yaml")
    }
}
