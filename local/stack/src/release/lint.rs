//! What linters say of the template.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use halftone_local::console::Step;
use halftone_local::failure::{Failure, tail};
use halftone_local::functions::tool;
use halftone_local::services::aws_environment;

use super::accepted::ACCEPTED;
use super::{Release, TAIL_LINES, findings};

const TEMPLATE: &str = "template.yaml";

impl Release<'_> {
    /// Runs each, and counts what it finds.
    pub fn lints(&self) -> Result<usize, Failure> {
        let mut sam = tool("sam", self.layout);
        sam.args(["validate", "--lint", "--template", TEMPLATE]);
        let mut cfn = tool("cfn-lint", self.layout);
        cfn.args(["--template", TEMPLATE]);
        Ok(self.passes("sam validate --lint", sam)?
            + self.passes("cfn-lint", cfn)?
            + self.check("checkov", |step| self.checkov(step))?)
    }

    /// One that says by its exit code whether all is well.
    fn passes(&self, title: &str, mut lint: Command) -> Result<usize, Failure> {
        // Nothing is asked of AWS, but a region must be known.
        aws_environment(&mut lint, "http://127.0.0.1:9");
        let log = self.files.log(&title.replace(' ', "-"));
        self.check(title, |step| {
            let code = self.follow(&lint, &log, step)?;
            let faults = (code != 0).then(|| format!("\n{}", tail(&log, TAIL_LINES)));
            Ok(faults.into_iter().collect())
        })
    }

    /// Its list has accepted findings, whatever its exit code.
    fn checkov(&self, step: &mut Step) -> Result<Vec<String>, Failure> {
        let program = self.layout.environment("release").join("bin/checkov");
        let mut checkov = Command::new(program);
        checkov
            .args(["--framework", "cloudformation", "--file", TEMPLATE])
            .args(["--output", "json", "--quiet", "--compact"])
            // Nothing is asked of its maker's servers.
            .args(["--skip-download", "--skip-results-upload"])
            .current_dir(&self.layout.root)
            .env("LOG_LEVEL", "ERROR");
        let log = self.files.log("checkov");
        self.follow(&checkov, &log, step)?;
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        let report: Option<Value> = serde_json::from_str(&said).ok();
        let faults = report.and_then(|report| findings::faults(&report, &ACCEPTED));
        faults.ok_or_else(|| Failure::new("checkov gave no report").log(&log))
    }

    fn follow(&self, command: &Command, log: &Path, step: &mut Step) -> Result<i32, Failure> {
        let pause = std::time::Duration::from_millis(50);
        let idle = || self.runner.console.pause(pause);
        self.runner.follow(command, log, step, |_, _| (), idle)
    }
}
