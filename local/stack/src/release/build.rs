//! Builds the functions as they are deployed.
//!
//! `sam build` asks cargo-lambda for one function at a time. Here all five are compiled by one call
//! before, with the same flags, so that dependencies are compiled once, the last steps of two functions
//! run side by side, and `sam build` only has to collect. The template stays one that plain `sam build`
//! can build too.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use halftone_local::failure::Failure;
use halftone_local::functions::{self, FUNCTIONS, tool};
use halftone_local::progress;

use super::{Architecture, Release};

/// A function that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The name of its binary.
    pub name: String,
    /// Its program.
    pub program: PathBuf,
    /// Its memory in MB.
    pub memory: String,
    /// Its environment, by the template's defaults.
    pub variables: BTreeMap<String, String>,
}

impl Release<'_> {
    /// Compiles and collects, and tells what came of it.
    pub fn build(&self) -> Result<Vec<Function>, Failure> {
        let (runner, console) = (self.runner, self.runner.console);
        let title = format!("Compile for {}", self.architecture.name());
        console.step(&title, |step| {
            let log = self.files.log("compile");
            let outcome = runner.run(&self.released(self.compile()), &log, step, progress::cargo());
            outcome.map_err(|failure| {
                failure.advise("correct what the compiler found, and see that `rustup target list --installed` has the target that it names")
            })
        })?;
        console.step("Collect (sam build)", |step| {
            let read = progress::lines_starting("Building codeuri: ", FUNCTIONS.len());
            let collect = self.released(self.collect());
            runner.run(&collect, &self.files.log("sam-build"), step, read)
        })?;
        self.functions()
    }

    /// Cargo keeps apart what is compiled otherwise: both commands must be told the same, or the second would compile
    /// everything anew.
    fn released(&self, command: Command) -> Command {
        self.audited(self.without_paths(command))
    }

    fn compile(&self) -> Command {
        let mut cargo = functions::compile_by_lambda(self.layout);
        cargo.arg("--release");
        if self.architecture == Architecture::Arm64 {
            cargo.arg("--arm64");
        }
        cargo
    }

    fn collect(&self) -> Command {
        let mut sam = tool("sam", self.layout);
        let architecture = self.architecture.name();
        sam.args(["build", "--build-dir"])
            .arg(self.files.result(architecture))
            .arg("--parameter-overrides")
            .arg(format!(
                "ParameterKey=Architecture,ParameterValue={architecture}"
            ));
        sam
    }

    fn functions(&self) -> Result<Vec<Function>, Failure> {
        let directory = self.files.result(self.architecture.name());
        let mut python = tool("python", self.layout);
        let script = self.layout.root.join("local/stack/services/variables.py");
        let output = python.arg(script).arg(self.template()).output();
        let output = output.map_err(Failure::because("cannot read the built template"))?;
        let described: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
            let said = String::from_utf8_lossy(&output.stderr);
            Failure::because(format!("cannot read the built template: {said}"))(error)
        })?;
        let function = |name: &str| {
            let described = &described[name];
            let code = described["code"].as_str()?;
            let variables = described["variables"].as_object()?.iter();
            let text =
                |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
            Some(Function {
                name: name.to_owned(),
                program: directory.join(code).join("bootstrap"),
                memory: described["memory"].as_str()?.to_owned(),
                variables: variables.filter_map(text).collect(),
            })
        };
        let built = FUNCTIONS.map(|name| {
            function(name)
                .ok_or_else(|| Failure::new(format!("the built template has no function {name}")))
        });
        built.into_iter().collect()
    }
}
