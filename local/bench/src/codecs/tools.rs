//! What the comparison needs: sharp with a Node.js to run it, Halftone's codec as it is deployed, the metrics.

use std::path::PathBuf;
use std::process::Command;

use crate::compile::{build, cargo, cargo_as_deployed, target_cpu};
use crate::machine;
use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::node::{Node, Scripts};
use halftone_local::process::Runner;

/// All of it, ready.
#[derive(Debug)]
pub struct Tools {
    node: Node,
    scripts: Scripts,
    codec: PathBuf,
    metrics: PathBuf,
    /// The version of sharp.
    pub sharp_version: String,
    /// The version of Node.js.
    node_version: String,
    /// What the codec was compiled for.
    target_cpu: &'static str,
}

impl Tools {
    /// Installs and compiles what is not there yet.
    pub fn prepare(
        runner: Runner<'_>,
        layout: &Layout,
        files: &StackLayout,
    ) -> Result<Self, Failure> {
        let console = runner.console;
        let node = Node::prepare(runner, layout, files)?;
        let scripts = console.step("Install sharp (npm ci)", |step| {
            node.install(runner, layout, files, "bench/node", step)
        })?;
        let codec = console.step("Compile Halftone's codec", |step| {
            let mut cargo = cargo_as_deployed(&layout.root);
            cargo.args(["--package", "halftone-bench", "--example", "codec"]);
            build(runner, cargo, &files.log("codec"), step)
        })?;
        let metrics = console.step("Compile the metrics", |step| {
            let mut cargo = cargo(&layout.root.join("local/bench/metrics"));
            cargo.arg("--release");
            cargo.arg("--target-dir").arg(files.result("metrics"));
            build(runner, cargo, &files.log("metrics"), step)
        })?;
        Ok(Self {
            sharp_version: scripts.version("sharp")?,
            node_version: node.version()?,
            node,
            scripts,
            codec,
            metrics,
            target_cpu: target_cpu(),
        })
    }

    /// What was measured, and on what.
    pub fn about(&self) -> String {
        format!(
            "{}; sharp {} on Node {}; {}",
            self.target_cpu,
            self.sharp_version,
            self.node_version,
            machine::processor()
        )
    }

    /// Halftone's worker.
    pub fn codec(&self) -> Command {
        Command::new(&self.codec)
    }

    /// sharp's worker.
    pub fn sharp(&self) -> Command {
        self.node.script(&self.scripts, "worker.mjs")
    }

    /// The worker that measures quality.
    pub fn metrics(&self) -> Command {
        Command::new(&self.metrics)
    }
}
